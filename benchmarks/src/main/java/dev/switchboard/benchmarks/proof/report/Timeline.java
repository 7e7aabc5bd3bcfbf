package dev.switchboard.benchmarks.proof.report;

import java.time.Duration;
import java.util.List;

/**
 * What happened while a row ran, in buckets of equal length from the first send on. Immutable by convention: nobody writes to
 * the arrays after construction. Invariant: all arrays have the same length.
 */
public record Timeline(Duration bucket, int[] accepted, int[] delivered, int[] refused, List<Mark> marks) {
    /** A fault or a step of the row, from the start of the timeline; a moment if both are equal. */
    public record Mark(Duration from, Duration to, String label) {}
}
