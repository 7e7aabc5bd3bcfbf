package dev.switchboard.benchmarks.load.client;

/**
 * The ids one user gives to their messages: UUIDs of version 7 by their form, with the user and the message's number inside, so
 * that nothing has to be looked up when an id comes back. Two runs share none, because they don't start in the same millisecond.
 *
 * @param high the first half, the same for all messages: when the run started, and the user
 */
public record MessageIds(long high) {
    /** Bytes of an id. */
    public static final int BYTES = 16;

    /** Twelve bits name the user. */
    public static final int USERS_MAX = 1 << 12;

    private static final long VERSION_7 = 0x7000;
    private static final long VARIANT = 1L << 63;
    private static final long NUMBER_MASK = (1L << 40) - 1;

    public static MessageIds of(long runStartMillis, int user) {
        if (user < 0 || user >= USERS_MAX) {
            throw new IllegalArgumentException("user " + user);
        }
        return new MessageIds(runStartMillis << 16 | VERSION_7 | user);
    }

    static long low(long number) {
        return VARIANT | number;
    }

    /** The number of the message, or -1 if this is no id of ours. */
    public static long number(long low) {
        return (low & ~NUMBER_MASK) == VARIANT ? low & NUMBER_MASK : -1;
    }
}
