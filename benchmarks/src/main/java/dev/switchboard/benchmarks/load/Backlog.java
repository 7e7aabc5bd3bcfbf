package dev.switchboard.benchmarks.load;

import java.util.ArrayList;
import java.util.List;

/**
 * How many messages of an open loop were due and not accepted yet, looked at once a second. Where that grows, the rate is beyond
 * what the system can do, and percentiles would only say how long one has looked. One thread.
 */
final class Backlog {
    /** Growth that counts: what comes in a tenth of a second. Less is how full the pipe happens to be. */
    private static final int PART_OF_A_SECOND = 10;

    private final int perSecond;
    private final List<Long> looks = new ArrayList<>();

    Backlog(int perSecond) {
        this.perSecond = perSecond;
    }

    void look(long due, long answered) {
        looks.add(due - answered);
    }

    /** Compares the last quarter with the first: one stall in the middle is latency, not growth. */
    boolean grows() {
        int quarter = Math.max(1, looks.size() / 4);
        return looks.size() > 1
                && mean(looks.size() - quarter, looks.size()) - mean(0, quarter)
                        > (double) perSecond / PART_OF_A_SECOND;
    }

    long max() {
        return looks.stream().mapToLong(Long::longValue).max().orElse(0);
    }

    private double mean(int from, int to) {
        return looks.subList(from, to).stream()
                .mapToLong(Long::longValue)
                .average()
                .orElse(0);
    }
}
