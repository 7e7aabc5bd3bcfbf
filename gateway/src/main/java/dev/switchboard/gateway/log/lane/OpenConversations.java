package dev.switchboard.gateway.log.lane;

import dev.switchboard.gateway.log.LogLimits;
import dev.switchboard.gateway.log.RedisLine;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.ScoredValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Which conversations are open, by their last activity: the sorted sets of all partitions as one. One for each event loop,
 * confined to it; what it asks of all partitions leaves in one write.
 */
public final class OpenConversations {
    /** Conversations of the same millisecond that may stand before the position in one partition. */
    private static final int TIES_MAX = 64;

    private final RedisLine line;
    private final LogLimits limits;

    public OpenConversations(RedisLine line, LogLimits limits) {
        this.line = line;
        this.limits = limits;
    }

    /**
     * The most recently active ones, newest first.
     *
     * @param before those behind this one in the order of lists; null for the first
     */
    public CompletionStage<List<Activity>> newest(@Nullable Activity before, int max) {
        Range<Long> range = before == null
                ? Range.unbounded()
                : Range.from(Range.Boundary.unbounded(), Range.Boundary.including(before.time()));
        Limit limit = Limit.create(0, before == null ? max : max + TIES_MAX);
        CompletableFuture<TreeSet<Activity>> all = CompletableFuture.completedFuture(new TreeSet<>());
        for (Partition partition : Partition.all()) {
            byte[] key = Keys.open(partition).getBytes(StandardCharsets.UTF_8);
            CompletionStage<List<ScoredValue<byte[]>>> some =
                    line.ask(redis -> redis.zrevrangebyscoreWithScores(key, range, limit));
            all = all.thenCombine(some, (found, more) -> {
                more.forEach(each -> ConversationId.parse(each.getValue())
                        .map(id -> new Activity((long) each.getScore(), id))
                        .filter(activity -> before == null || activity.compareTo(before) > 0)
                        .ifPresent(found::add));
                return found;
            });
        }
        return line.inTime(all, limits.timeout())
                .thenApply(found -> found.stream().limit(max).toList());
    }

    /** Those of the given ones that are open, with the time of their last activity. */
    public CompletionStage<Map<ConversationId, Long>> open(Collection<ConversationId> conversations) {
        List<ConversationId> asked = new ArrayList<>(conversations);
        CompletableFuture<Map<ConversationId, Long>> all = CompletableFuture.completedFuture(new HashMap<>());
        for (ConversationId conversation : asked) {
            byte[] key = Keys.open(conversation.partition()).getBytes(StandardCharsets.UTF_8);
            CompletionStage<@Nullable Double> score = line.ask(redis -> redis.zscore(key, conversation.bytes()));
            all = all.thenCombine(score, (found, time) -> {
                if (time != null) {
                    found.put(conversation, time.longValue());
                }
                return found;
            });
        }
        return line.inTime(all, limits.timeout());
    }
}
