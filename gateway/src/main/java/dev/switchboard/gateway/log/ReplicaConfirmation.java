package dev.switchboard.gateway.log;

import dev.switchboard.gateway.log.AppendAnswer.Accepted;
import dev.switchboard.gateway.log.AppendAnswer.Refused;
import dev.switchboard.proto.v1.RefusalCode;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;

/**
 * Enough replicas must have it: one WAIT for all that a round wrote, on the connection that wrote it. Confined to one event loop.
 *
 * <p>What always holds: a WAIT counts for what the very same TCP connection wrote, and for nothing else. On a new one Redis
 * knows of no write to wait for and answers at once with all the replicas there are; so the line is one that never reconnects
 * by itself, and it carries appends only: what stands behind a WAIT stands still, up to its time-out.
 */
final class ReplicaConfirmation implements Confirmation {
    /** What a client is told to wait: a replica that was away is back within seconds, or for long not. */
    static final int RETRY_MILLIS = 1_000;

    private final RedisLine line;
    private final LogLimits limits;
    private final int replicas;
    /** Written, and nobody has asked yet who has it. */
    private List<Waiting> written = new ArrayList<>();
    /** Rounds that were asked for: one, or more while Redis is silent and rounds are given up. */
    private final List<List<Waiting>> asked = new ArrayList<>();

    /** @param line that appends are written to, and nothing else */
    ReplicaConfirmation(RedisLine line, LogLimits limits, Durability.Replicated promise) {
        this.line = line;
        this.limits = limits;
        this.replicas = promise.replicas();
    }

    private record Waiting(Append append, Accepted answer, Written how) {}

    @Override
    public void accepted(Append append, Accepted answer, Written how) {
        if (!append.answered()) {
            written.add(new Waiting(append, answer, how));
        }
    }

    @Override
    public Optional<CompletionStage<?>> roundEnded() {
        if (written.isEmpty()) {
            return Optional.empty();
        }
        List<Waiting> round = written;
        written = new ArrayList<>();
        asked.add(round);
        StatefulRedisConnection<byte[], byte[]> current = line.connection();
        CompletionStage<Long> count =
                line.ask(redis -> redis.waitForReplication(replicas, Durability.Replicated.WAIT_MILLIS));
        return Optional.of(line.inTime(count, limits.timeout()).handle((have, error) -> {
            asked.removeIf(each -> each == round);
            for (Waiting each : round) {
                boolean covered = current != null && each.how.connection() == current;
                each.append.answer(
                        error != null
                                ? unanswered(error)
                                : covered && have >= replicas ? each.answer : notReplicated());
            }
            return null;
        }));
    }

    @Override
    public void answerOverdue(long nowNanos) {
        written.forEach(each -> answerIfOverdue(each, nowNanos));
        asked.forEach(round -> round.forEach(each -> answerIfOverdue(each, nowNanos)));
    }

    private static void answerIfOverdue(Waiting each, long nowNanos) {
        if (each.append.isOverdue(nowNanos)) {
            each.append.answer(new Refused(RefusalCode.TIMEOUT));
        }
    }

    @Override
    public boolean writesRetriesAgain() {
        return true;
    }

    private static Refused unanswered(Throwable error) {
        boolean slow = error instanceof TimeoutException;
        return new Refused(slow ? RefusalCode.TIMEOUT : RefusalCode.UNAVAILABLE);
    }

    /** It stands in the log, and may yet be lost: unknown. */
    private static Refused notReplicated() {
        return new Refused(RefusalCode.NOT_REPLICATED, RETRY_MILLIS);
    }
}
