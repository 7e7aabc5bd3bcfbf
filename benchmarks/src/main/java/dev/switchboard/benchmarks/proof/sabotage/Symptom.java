package dev.switchboard.benchmarks.proof.sabotage;

import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.benchmarks.proof.report.RowResult.Check;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * By what one sabotage is recognised, and not by any failure: a row fails as well when nothing starts. Immutable.
 *
 * @param row of the matrix
 * @param check of that row, the one that must fail
 * @param found is in what it found
 */
record Symptom(String row, String check, Pattern found) {
    private static final String ACCEPTED = "I1";
    private static final String NOBODY = " 0 accepted";

    static Symptom of(String row, String check, String found) {
        return new Symptom(row, check, Pattern.compile(found));
    }

    /** The failed check that shows it; empty if it passed, or failed of something else. */
    Optional<Check> in(RowResult result) {
        return worked(result)
                ? result.checks().stream()
                        .filter(one -> one.id().equals(check) && !one.held())
                        .filter(one -> found.matcher(one.found()).find())
                        .findFirst()
                : Optional.empty();
    }

    /** A system that accepts nothing is not sabotaged, it is down: whatever its row found then is no evidence. */
    private static boolean worked(RowResult result) {
        return result.checks().stream()
                .anyMatch(one -> one.id().equals(ACCEPTED) && !one.found().endsWith(NOBODY));
    }
}
