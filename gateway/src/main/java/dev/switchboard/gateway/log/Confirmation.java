package dev.switchboard.gateway.log;

import dev.switchboard.wire.RoutedFrame;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the script's answer and ACCEPTED: when what was accepted is as durable as promised, it answers. One for each
 * event loop, confined to it. Invariant: every append it was given is answered once, by its due time or soon after.
 */
public interface Confirmation {
    /**
     * How a message was written.
     *
     * @param connection over which; the script ran there
     * @param epoch of the partition at that moment
     */
    record Written(@Nullable StatefulRedisConnection<byte[], byte[]> connection, int epoch) {}

    /** The script has accepted it, now or at an earlier try. */
    void accepted(Append append, AppendAnswer.Accepted answer, Written how);

    /** All calls of a round have been answered. Completes when the next round may go; empty: at once. */
    Optional<CompletionStage<?>> roundEnded();

    /** Called a few times a second: whoever is overdue hears that it is unknown. */
    void answerOverdue(long nowNanos);

    /** Whether retries must be written again, because something waits for what was written. */
    boolean writesRetriesAgain();

    /** A lane is stored up to here. */
    default void stored(RoutedFrame watermark) {}

    /** Why what is sent now would not be accepted. Any thread. */
    default Optional<String> problem() {
        return Optional.empty();
    }

    /**
     * What this promise asks for.
     *
     * @param appends the line of appends
     * @param lanes reads heads, on the same event loop
     */
    static Confirmation of(Durability promise, RedisLine appends, LaneReader lanes, LogLimits limits) {
        if (promise instanceof Durability.Replicated replicated) {
            return new ReplicaConfirmation(appends, limits, replicated);
        }
        if (promise instanceof Durability.Stored stored) {
            return new StoredConfirmation(stored, lanes::head, System::nanoTime);
        }
        return new AtOnce();
    }

    /** In Redis is enough. */
    final class AtOnce implements Confirmation {
        @Override
        public void accepted(Append append, AppendAnswer.Accepted answer, Written how) {
            append.answer(answer);
        }

        @Override
        public Optional<CompletionStage<?>> roundEnded() {
            return Optional.empty();
        }

        @Override
        public void answerOverdue(long nowNanos) {
            // Nothing waits here.
        }

        @Override
        public boolean writesRetriesAgain() {
            return false;
        }
    }
}
