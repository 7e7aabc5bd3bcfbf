package dev.switchboard.benchmarks.proof.report;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one row of the fault matrix found. Immutable, any thread.
 *
 * @param reason why it was skipped or could not be run; empty if it passed
 * @param checks what had to hold, the invariants I1 to I8 first, then the row's own
 * @param numbers further figures worth a look, in the order to be shown
 * @param timeline empty for a row without load
 */
public record RowResult(
        String id,
        String title,
        Verdict verdict,
        String reason,
        List<Check> checks,
        Map<String, String> numbers,
        Optional<Timeline> timeline,
        Duration took) {

    /** How a row ended. */
    public enum Verdict {
        PASSED,
        FAILED,
        /** The machine lacks something it needs; the reason says what. */
        SKIPPED
    }

    /** One thing that had to hold. */
    public record Check(String id, String expected, String found, boolean held) {}
}
