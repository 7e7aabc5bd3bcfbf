package dev.switchboard.benchmarks.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.benchmarks.proof.report.RowResult.Verdict;
import dev.switchboard.benchmarks.proof.row.Rows;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that need no site. */
class ProofRunTest {
    private final List<String> lines = new ArrayList<>();

    @TempDir
    Path dir;

    @Test
    void passesWhenEverythingHeld() {
        RowResult result = run(
                context -> new Evidence().check("speed", "fast", "fast", true).number("recovery", "1.00 s"));

        assertEquals(Verdict.PASSED, result.verdict());
        assertEquals(1, lines.size());
        assertTrue(lines.get(0).matches("X1 +PASSED +\\d+\\.\\d s +a row for a test: recovery 1.00 s"), lines.get(0));
    }

    @Test
    void failsWhenSomethingDidNotHold() {
        RowResult result = run(
                context -> new Evidence().check("speed", "fast", "slow", false).check("colour", "red", "red", true));

        assertEquals(Verdict.FAILED, result.verdict());
        assertEquals("speed", result.reason());
        assertTrue(lines.get(1).contains("✘ speed: expected fast; found slow"), lines.toString());
    }

    @Test
    void failsWhenNothingWasChecked() {
        assertEquals(Verdict.FAILED, run(context -> new Evidence()).verdict());
    }

    @Test
    void failsWhenItThrowsAndKeepsTheTrace() {
        RowResult result = run(context -> {
            throw new IllegalStateException("out of luck");
        });

        assertEquals(Verdict.FAILED, result.verdict());
        assertTrue(result.reason().contains("out of luck"), result.reason());
        assertTrue(Files.exists(dir.resolve("X1").resolve("failure.txt")));
    }

    @Test
    void skipsWhatCannotRunHere() {
        RowResult result = new ProofRun(options(), new Sites(dir), lines::add).run(new Row() {
            @Override
            public String id() {
                return "X1";
            }

            @Override
            public String title() {
                return "a row for a test";
            }

            @Override
            public Optional<String> lacks() {
                return Machine.lacksProgram("no-such-program");
            }

            @Override
            public Evidence run(RowContext context) {
                throw new AssertionError("must not run");
            }
        });

        assertEquals(Verdict.SKIPPED, result.verdict());
        assertEquals("there is no program no-such-program", result.reason());
    }

    @Test
    void randomnessOfARowFollowsFromTheSeed() {
        List<Integer> drawn = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            run(context -> {
                drawn.add(context.random().nextInt());
                return new Evidence().check("x", "x", "x", true);
            });
        }
        assertEquals(drawn.get(0), drawn.get(1));
    }

    @Test
    void namesRowsAndRefusesUnknownOnes() {
        assertEquals(Rows.all(), Rows.named(List.of()));
        assertEquals(
                List.of("F01", "F04"),
                Rows.named(List.of("F04", "F01")).stream().map(Row::id).toList());
        assertThrows(IllegalArgumentException.class, () -> Rows.named(List.of("F01", "F99")));
        assertEquals(
                Rows.all().size(), Rows.all().stream().map(Row::id).distinct().count());
    }

    @Test
    void theCommandEndsWithTwoWhenNothingCanRun() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

        assertEquals(2, ProofMain.run(new String[] {"rows=F99"}, out));
        assertTrue(printed.toString(StandardCharsets.UTF_8).contains("no row F99"));
    }

    private ProofOptions options() {
        return ProofOptions.parse(new String[] {"seed=1", "dir=" + dir});
    }

    private RowResult run(Body body) {
        return new ProofRun(options(), new Sites(dir), lines::add).run(new Row() {
            @Override
            public String id() {
                return "X1";
            }

            @Override
            public String title() {
                return "a row for a test";
            }

            @Override
            public Evidence run(RowContext context) throws Exception {
                return body.run(context);
            }
        });
    }

    private interface Body {
        Evidence run(RowContext context) throws Exception;
    }
}
