package dev.switchboard.benchmarks.proof.report;

import java.time.Duration;
import java.util.List;

/** What happened while a row ran, counted in buckets of equal length from the first send on. Invariant: the lists are as long. */
public record Timeline(
        Duration bucket, List<Integer> accepted, List<Integer> delivered, List<Integer> refused, List<Mark> marks) {
    public Timeline {
        if (accepted.size() != delivered.size() || accepted.size() != refused.size()) {
            throw new IllegalArgumentException("each bucket needs all three counts");
        }
    }

    /** A fault or a step of the row, from the start of the timeline; a moment if both are equal. */
    public record Mark(Duration from, Duration to, String label) {}
}
