package dev.switchboard.benchmarks.proof.sabotage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.benchmarks.proof.report.RowResult.Check;
import dev.switchboard.benchmarks.proof.report.RowResult.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SymptomTest {
    private static final Check WORKS = new Check("I1", "none", "none; 1000 accepted", true);
    private static final Symptom SYMPTOM = Symptom.of("F21", "pairs", ", [1-9]\\d* with different ones");

    @Test
    void isTheExpectedCheckThatFoundTheExpected() {
        Check pairs = new Check("pairs", "", "0 of 1000, 12 with different ones", false);

        assertEquals(Optional.of(pairs), SYMPTOM.in(result("pairs", WORKS, pairs)));
    }

    @Test
    void isNoOtherFailure() {
        Check held = new Check("pairs", "", "1000 of 1000, 12 with different ones", true);
        Check other = new Check("pairs", "", "3 of 1000, 0 with different ones", false);
        Check elsewhere = new Check("I4", "", "0 of 1000, 12 with different ones", false);

        assertTrue(SYMPTOM.in(result("", WORKS, held)).isEmpty());
        assertTrue(SYMPTOM.in(result("pairs", WORKS, other)).isEmpty());
        assertTrue(SYMPTOM.in(result("I4", WORKS, elsewhere)).isEmpty());
        assertTrue(SYMPTOM.in(result("ended by an exception")).isEmpty());
    }

    @Test
    void isNotThereWhereNothingWorked() {
        Check down = new Check("I1", "none", "none; 0 accepted", true);
        Check pairs = new Check("pairs", "", "0 of 1000, 12 with different ones", false);

        assertTrue(SYMPTOM.in(result("pairs", down, pairs)).isEmpty());
        assertTrue(SYMPTOM.in(result("pairs", pairs)).isEmpty());
    }

    @Test
    void verdictsNameTheCheckOrWhatHappenedInstead() {
        Check pairs = new Check("pairs", "", "0 of 1000, 12 with different ones", false);

        assertEquals(
                "CAUGHT     dedupe-off             F21  pairs: 0 of 1000, 12 with different ones",
                SabotageRun.verdict(Sabotage.DEDUPE_OFF, result("pairs", WORKS, pairs), Optional.of(pairs)));
        String missed =
                SabotageRun.verdict(Sabotage.DEDUPE_OFF, result("ended by an exception", WORKS), Optional.empty());
        assertTrue(missed.startsWith("NOT CAUGHT dedupe-off "), missed);
        assertTrue(missed.endsWith("it failed ended by an exception"), missed);
    }

    private static RowResult result(String reason, Check... checks) {
        return new RowResult(
                "F21", "", Verdict.FAILED, reason, List.of(checks), Map.of(), Optional.empty(), Duration.ZERO);
    }
}
