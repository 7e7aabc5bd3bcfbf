package dev.switchboard.benchmarks.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.benchmarks.proof.report.RowResult.Verdict;
import dev.switchboard.benchmarks.proof.row.Rows;
import dev.switchboard.benchmarks.proof.site.ProgramPlan;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Runs rows for the tests of one class, on a site they share as long as it is healthy: with 10 s of a load that leaves room for
 * other tests on the machine. Used by the one thread that runs the tests.
 */
final class Proof implements AfterAllCallback {
    /** Kept, for whoever wants to know why a row failed. */
    private static final Path DIR = Path.of("target", "proof-tests");

    /** These JVMs live for a minute: the second compiler would take more than it gives back. */
    private static final ProgramPlan SHORT_LIVED = ProgramPlan.USUAL.withJava("-XX:TieredStopAtLevel=1");

    private final Path dir;
    private final Sites sites;

    Proof(String name) {
        dir = DIR.resolve(name);
        sites = new Sites(
                dir, SitePlan.USUAL.with(SitePlan.GATEWAY, SHORT_LIVED).with(SitePlan.WORKER, SHORT_LIVED));
    }

    /** The row of the matrix holds, or can't be run here. */
    void holds(String id) {
        holds(Rows.named(List.of(id)).get(0));
    }

    void holds(Row row) {
        RowResult result = run(row);
        assumeTrue(result.verdict() != Verdict.SKIPPED, result.reason());
        assertEquals(
                List.of(),
                result.checks().stream().filter(check -> !check.held()).toList(),
                row.id() + " " + result.reason());
        assertEquals(Verdict.PASSED, result.verdict(), result.reason());
    }

    RowResult run(Row row, String... arguments) {
        List<String> all = new ArrayList<>(List.of("mode=short", "seconds=10", "users=40", "rate=40", "dir=" + dir));
        all.addAll(List.of(arguments));
        ProofOptions options = ProofOptions.parse(all.toArray(String[]::new));
        System.out.println("seed " + options.seed());
        return new ProofRun(options, sites, System.out::println).run(row);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        sites.close();
    }
}
