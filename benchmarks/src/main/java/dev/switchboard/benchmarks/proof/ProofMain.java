package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.report.HtmlReport;
import dev.switchboard.benchmarks.proof.report.ReportHead;
import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.benchmarks.proof.report.RowResult.Verdict;
import dev.switchboard.benchmarks.proof.row.Rows;
import dev.switchboard.benchmarks.proof.sabotage.Sabotage;
import dev.switchboard.benchmarks.proof.sabotage.SabotageRun;
import dev.switchboard.servers.ServerStartException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The fault rig: starts real processes, puts them under load, breaks them row by row, checks what was promised, and writes a page
 * about it. Ends with 0 if no row failed, 1 if one did, 2 if there was none. Or, the other way round, runs rows on sabotaged
 * programs; ends then with 0 if each was caught, 1 if one was not.
 */
public final class ProofMain {
    private static final int FAILED = 1;
    private static final int NOT_RUN = 2;

    private ProofMain() {}

    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.exit(run(arguments, out));
    }

    /** Returns the exit code. */
    static int run(String[] arguments, PrintStream out) {
        ProofOptions options;
        List<Row> rows;
        List<Sabotage> sabotages;
        try {
            options = ProofOptions.parse(arguments);
            rows = Rows.named(options.rows());
            sabotages = Sabotage.named(options.sabotages());
        } catch (IllegalArgumentException e) {
            out.println("✘ " + e.getMessage());
            return NOT_RUN;
        }
        return sabotages.isEmpty()
                ? prove(options, rows, String.join(" ", arguments), out)
                : sabotage(options, sabotages, out);
    }

    private static int sabotage(ProofOptions options, List<Sabotage> sabotages, PrintStream out) {
        try {
            int missed = new SabotageRun(options.in(options.dir().resolve("sabotage")), out::println).run(sabotages);
            out.printf("%d of %d caught; seed %d%n", sabotages.size() - missed, sabotages.size(), options.seed());
            return missed == 0 ? 0 : FAILED;
        } catch (IllegalArgumentException | IllegalStateException | IOException e) {
            out.println("✘ " + e.getMessage());
            return NOT_RUN;
        }
    }

    private static int prove(ProofOptions options, List<Row> rows, String command, PrintStream out) {
        try (Sites sites = new Sites(options.dir())) {
            Files.createDirectories(options.dir());
            // Ctrl-C: the processes don't hear it and are stopped in order.
            Thread stop = new Thread(sites::close, "stop-proof");
            Runtime.getRuntime().addShutdownHook(stop);
            ReportHead head = Machine.head(options, command);
            out.printf("%s; commit %s; mode %s, seed %d%n", head.machine(), head.commit(), head.mode(), head.seed());
            if (options.rows().isEmpty()) {
                out.printf(
                        "%d rows; not among them, because they run on their own when named: %s%n",
                        rows.size(), Rows.alone().stream().map(Row::id).toList());
            }
            List<RowResult> results = new ProofRun(options, sites, out::println).run(rows);
            Path report = options.dir().resolve("report.html");
            HtmlReport.write(report, head, results);
            long failed = count(results, Verdict.FAILED);
            out.printf(
                    "%d passed, %d failed, %d skipped; seed %d; %s%n",
                    count(results, Verdict.PASSED), failed, count(results, Verdict.SKIPPED), head.seed(), report);
            return failed == 0 ? 0 : FAILED;
        } catch (ServerStartException | IOException e) {
            out.println("✘ " + e.getMessage());
            return NOT_RUN;
        }
    }

    private static long count(List<RowResult> results, Verdict verdict) {
        return results.stream().filter(result -> result.verdict() == verdict).count();
    }
}
