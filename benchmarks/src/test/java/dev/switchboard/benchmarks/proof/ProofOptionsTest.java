package dev.switchboard.benchmarks.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProofOptionsTest {
    @Test
    void takesWhatMavenMakesOfNoValues() {
        ProofOptions options = parse("mode=true", "rows=", "seed=", "seconds=", "users=", "rate=");

        assertEquals(ProofOptions.Mode.USUAL, options.mode());
        assertEquals(List.of(), options.rows());
        assertEquals(new ProofOptions.Load(Duration.ofSeconds(20), 200, 200), options.load());
        assertNotEquals(options.seed(), parse("seed=").seed());
        assertEquals(5, options.plan().crowd().admins());
    }

    @Test
    void takesRowsInAnySpelling() {
        assertEquals(List.of("F01", "F04"), parse("rows=f01, F04").rows());
        assertEquals(42, parse("seed=42").seed());
        assertEquals(Duration.ofSeconds(10), parse("mode=short").load().lasts());
        assertEquals(
                Duration.ofSeconds(30), parse("mode=short", "seconds=30").load().lasts());
    }

    @Test
    void runsSabotagesShortly() {
        ProofOptions options = parse("mode=true", "sabotage=dedupe-off,skip-catch-up");

        assertEquals(List.of("dedupe-off", "skip-catch-up"), options.sabotages());
        assertEquals(ProofOptions.Mode.SHORT, options.mode());
        assertEquals(ProofOptions.Mode.LONG, parse("mode=long", "sabotage=all").mode());
    }

    @Test
    void saysWhatIsWrong() {
        assertTrue(problem("row=F01").contains("no option: row=F01"));
        assertTrue(problem("mode=fast").contains("short, usual or long"));
        assertTrue(problem("seconds=1").contains("from 5 to 3600"));
        assertTrue(problem("seed=x").contains("seed is a number"));
    }

    private static ProofOptions parse(String... arguments) {
        return ProofOptions.parse(arguments);
    }

    private static String problem(String argument) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, () -> parse(argument))
                .getMessage());
    }
}
