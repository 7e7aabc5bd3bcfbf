package dev.switchboard.gateway.history;

import dev.switchboard.gateway.log.LaneReader;
import dev.switchboard.gateway.log.lane.Activity;
import dev.switchboard.gateway.log.lane.LanePage;
import dev.switchboard.gateway.log.lane.OpenConversations;
import dev.switchboard.gateway.log.lane.PageReader;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Lists conversations by their last activity, newest first. One for each event loop; what it answers completes there.
 *
 * <p>What always holds: of an open conversation Redis knows the time, of every other MySQL does. So an open one stands where Redis
 * has it, and a row of MySQL counts only if its conversation is not open.
 */
public final class ConversationList {
    /** Batches read of MySQL for one page. Every one but the first means that a page full of rows was out of date. */
    private static final int BATCHES_MAX = 20;

    private final Redis redis;
    private final HistoryDatabase database;
    private final Executor loop;

    public ConversationList(Redis redis, HistoryDatabase database, Executor loop) {
        this.redis = redis;
        this.database = database;
        this.loop = loop;
    }

    /** The readers of this event loop. */
    public record Redis(LaneReader lanes, PageReader pages, OpenConversations open) {}

    /**
     * What is asked for.
     *
     * @param onlyOf whose conversations; null for all
     * @param before those behind this one in the order of lists; null for the first
     */
    public record Asked(@Nullable String onlyOf, @Nullable Activity before, int max) {}

    /**
     * A page of the list.
     *
     * @param more behind which there are more; empty if there are none
     */
    public record Page(List<ConversationSummary> conversations, Optional<Activity> more, Set<Source> missing) {}

    /** Answers a page. Fails with {@link ConversationHistory.Unavailable} if no source can be asked. */
    public CompletionStage<Page> page(Asked asked) {
        return candidates(asked)
                .handle((found, error) -> new Collected(asked, error == null ? found : null))
                .thenCompose(collected -> batch(collected, asked.before(), 0));
    }

    /** The most recently active of those that are open; none where Redis can't be asked. */
    CompletionStage<Page> fresh(int max) {
        return candidates(new Asked(null, null, max - 1))
                .handle((found, error) -> error == null
                        ? new Page(List.copyOf(found.values()), Optional.empty(), Set.of())
                        : new Page(List.of(), Optional.empty(), Set.of(Source.REDIS)));
    }

    /** The open ones. */
    private CompletionStage<Map<ConversationId, ConversationSummary>> candidates(Asked asked) {
        CompletionStage<List<Activity>> found = asked.onlyOf() == null
                ? redis.open().newest(asked.before(), asked.max() + 1)
                : redis.lanes()
                        .openConversation(asked.onlyOf())
                        .thenApply(open ->
                                open.map(id -> List.of(new Activity(0, id))).orElse(List.of()));
        return found.thenCompose(activities -> {
            CompletableFuture<Map<ConversationId, ConversationSummary>> all =
                    CompletableFuture.completedFuture(new LinkedHashMap<>());
            for (Activity activity : activities) {
                all = all.thenCombine(
                        redis.pages().before(activity.conversation(), Lane.PUBLIC, Position.START, 1, null),
                        (map, page) -> {
                            page.map(known -> summary(activity, known, asked.onlyOf() != null))
                                    .ifPresent(summary -> map.put(activity.conversation(), summary));
                            return map;
                        });
            }
            return all;
        });
    }

    private static ConversationSummary summary(Activity activity, LanePage page, boolean owners) {
        List<RoutedFrame> messages = page.messages();
        Optional<HistoryMessage> last = messages.isEmpty()
                ? Optional.empty()
                : Optional.of(HistoryMessage.of(messages.get(messages.size() - 1)));
        long said = page.reads().lastTime() > 0
                ? page.reads().lastTime()
                : last.map(HistoryMessage::time).orElse(0L);
        return new ConversationSummary(
                activity.conversation(),
                page.owner(),
                page.status(),
                owners ? said : activity.time(),
                page.head(),
                page.stored(),
                page.reads(),
                last);
    }

    /** Rows of MySQL, until there are enough of them that count. */
    private CompletionStage<Page> batch(Collected collected, @Nullable Activity from, int batches) {
        Asked asked = collected.asked;
        return database.read(statements -> {
                    List<ConversationRows.Row> rows =
                            ConversationRows.newest(statements, asked.onlyOf(), from, asked.max() + 1);
                    Set<ConversationId> unseen = collected.withoutLast();
                    rows.forEach(row -> unseen.remove(row.id()));
                    List<ConversationRows.Row> more =
                            batches == 0 ? ConversationRows.find(statements, unseen) : List.of();
                    return new Batch(rows, more);
                })
                .handleAsync((batch, error) -> error == null ? batch : null, loop)
                .thenCompose(batch -> {
                    if (batch == null) {
                        collected.missing.add(Source.MYSQL);
                        return CompletableFuture.completedFuture(collected.page());
                    }
                    return open(collected, batch).thenCompose(open -> {
                        collected.add(batch, open);
                        boolean last = batch.rows().size() <= asked.max();
                        Activity end = last ? null : batch.end(asked);
                        return end == null || batches == BATCHES_MAX || collected.isFullBefore(end)
                                ? CompletableFuture.completedFuture(collected.page())
                                : batch(collected, end, batches + 1);
                    });
                });
    }

    private record Batch(List<ConversationRows.Row> rows, List<ConversationRows.Row> unseen) {
        Activity end(Asked asked) {
            return rows.get(rows.size() - 1).activity(asked.onlyOf() != null);
        }
    }

    /** Which rows of MySQL belong to conversations that are open, and so stand elsewhere. */
    private CompletionStage<Set<ConversationId>> open(Collected collected, Batch batch) {
        if (collected.missing.contains(Source.REDIS)) {
            return CompletableFuture.completedFuture(Set.of());
        }
        List<ConversationId> asked = batch.rows().stream()
                .map(ConversationRows.Row::id)
                .filter(id -> !collected.summaries.containsKey(id))
                .toList();
        return redis.open().open(asked).handle((found, error) -> {
            if (error != null) {
                collected.missing.add(Source.REDIS);
            }
            return error == null ? new HashSet<>(found.keySet()) : Set.<ConversationId>of();
        });
    }

    /** What was found for one page. Confined to the event loop, but for its snapshot of ids. */
    private static final class Collected {
        private final Asked asked;
        private final Map<ConversationId, ConversationSummary> summaries = new HashMap<>();
        private final Set<Source> missing = EnumSet.noneOf(Source.class);

        Collected(Asked asked, @Nullable Map<ConversationId, ConversationSummary> open) {
            this.asked = asked;
            if (open == null) {
                missing.add(Source.REDIS);
            } else {
                summaries.putAll(open);
            }
        }

        /** Those whose tail is empty: MySQL has their newest message. */
        Set<ConversationId> withoutLast() {
            Set<ConversationId> ids = new HashSet<>();
            summaries.values().stream()
                    .filter(summary -> summary.last().isEmpty())
                    .forEach(summary -> ids.add(summary.id()));
            return ids;
        }

        void add(Batch batch, Set<ConversationId> open) {
            for (ConversationRows.Row row : batch.rows()) {
                if (!open.contains(row.id())) {
                    summaries.merge(row.id(), ofRow(row), (known, same) -> known.with(row.last()));
                }
            }
            for (ConversationRows.Row row : batch.unseen()) {
                summaries.computeIfPresent(row.id(), (id, known) -> known.with(row.last()));
            }
        }

        private ConversationSummary ofRow(ConversationRows.Row row) {
            return new ConversationSummary(
                    row.id(),
                    row.owner(),
                    row.status(),
                    row.activity(asked.onlyOf() != null).time(),
                    row.publicHead(),
                    row.publicHead(),
                    row.reads(),
                    row.last());
        }

        /** Whatever MySQL has behind this one would stand behind the page. */
        boolean isFullBefore(Activity end) {
            return summaries.values().stream()
                            .filter(this::wanted)
                            .filter(summary -> activity(summary).compareTo(end) <= 0)
                            .count()
                    > asked.max();
        }

        Page page() {
            if (missing.size() == Source.values().length) {
                throw new ConversationHistory.Unavailable();
            }
            List<ConversationSummary> sorted = new ArrayList<>(summaries.values().stream()
                    .filter(this::wanted)
                    .sorted(Comparator.comparing(Collected::activity))
                    .toList());
            boolean more = sorted.size() > asked.max();
            List<ConversationSummary> shown = sorted.subList(0, Math.min(sorted.size(), asked.max()));
            return new Page(
                    List.copyOf(shown),
                    more ? Optional.of(activity(shown.get(shown.size() - 1))) : Optional.empty(),
                    Set.copyOf(missing));
        }

        private boolean wanted(ConversationSummary summary) {
            boolean behind = asked.before() == null || activity(summary).compareTo(asked.before()) > 0;
            boolean theirs = asked.onlyOf() == null || summary.owner().equals(asked.onlyOf());
            // An owner sees nothing of a conversation in which only staff has noted something.
            return behind && theirs && (asked.onlyOf() == null || summary.head().seq() > 0);
        }

        private static Activity activity(ConversationSummary summary) {
            return new Activity(summary.activity(), summary.id());
        }
    }
}
