package dev.switchboard.worker.log;

/** The id of an entry in a stream: milliseconds of Redis' clock and a counter within them. */
public record LogId(long millis, long counter) implements Comparable<LogId> {
    /** Before every entry. */
    public static final LogId START = new LogId(0, 0);

    /** Reads {@code 1700000000000-0}. */
    public static LogId parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 1) {
            throw new IllegalArgumentException("not the id of a log entry: " + text);
        }
        return new LogId(
                Long.parseUnsignedLong(text, 0, dash, 10), Long.parseUnsignedLong(text, dash + 1, text.length(), 10));
    }

    /** The lowest id after this one. */
    public LogId next() {
        return counter == -1 ? new LogId(millis + 1, 0) : new LogId(millis, counter + 1);
    }

    @Override
    public int compareTo(LogId other) {
        int byMillis = Long.compareUnsigned(millis, other.millis);
        return byMillis != 0 ? byMillis : Long.compareUnsigned(counter, other.counter);
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(counter);
    }
}
