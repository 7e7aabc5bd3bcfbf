package dev.switchboard.benchmarks.load;

/**
 * When each message of an open loop is to be sent, whatever became of those before: message {@code k} of all at
 * {@code start + k / rate}, by user {@code k} modulo their number. Latency counts from that instant, so that a stall shows in
 * every message it delayed. Instants are {@link System#nanoTime}.
 *
 * @param perSecond messages of all users together
 */
record Schedule(long startNanos, int perSecond, int users) {
    private static final long SECOND_NANOS = 1_000_000_000L;

    /** How many messages should have been sent by then. */
    long dueBy(long nanos) {
        long elapsed = nanos - startNanos;
        return elapsed < 0
                ? 0
                : elapsed / SECOND_NANOS * perSecond + elapsed % SECOND_NANOS * perSecond / SECOND_NANOS + 1;
    }

    /** When the message with that index, counted over all users, is to be sent. */
    long instant(long index) {
        return startNanos + index / perSecond * SECOND_NANOS + index % perSecond * SECOND_NANOS / perSecond;
    }

    /** When a user's message with that number is to be sent. */
    long instant(int user, long number) {
        return instant(number * users + user);
    }

    /** How many of the first {@code due} messages are this user's. */
    long shareOf(int user, long due) {
        return due <= user ? 0 : (due - user - 1) / users + 1;
    }
}
