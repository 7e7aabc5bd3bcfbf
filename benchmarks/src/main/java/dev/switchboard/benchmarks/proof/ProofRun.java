package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.benchmarks.proof.report.RowResult.Check;
import dev.switchboard.benchmarks.proof.report.RowResult.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Runs rows one after the other, on one site as long as it lasts, and tells how each ended. One thread. */
public final class ProofRun {
    private static final int REASON_LENGTH_MAX = 400;

    private final ProofOptions options;
    private final Sites sites;
    private final Consumer<String> out;

    public ProofRun(ProofOptions options, Sites sites, Consumer<String> out) {
        this.options = options;
        this.sites = sites;
        this.out = out;
    }

    public List<RowResult> run(List<Row> rows) {
        List<RowResult> results = new ArrayList<>();
        for (Row row : rows) {
            results.add(run(row));
        }
        return results;
    }

    /** Never throws: whatever goes wrong is a failed row. */
    public RowResult run(Row row) {
        long started = System.nanoTime();
        Optional<String> lacking = row.lacks();
        RowResult result;
        if (lacking.isPresent()) {
            result = result(row, Verdict.SKIPPED, lacking.get(), new Evidence(), started);
        } else {
            result = broken(row, started);
            sites.tidy();
        }
        tell(result);
        return result;
    }

    private RowResult broken(Row row, long started) {
        Path dir = options.dir().resolve(row.id());
        try {
            Files.createDirectories(dir);
            Evidence evidence = row.run(new RowContext(row.id(), options, sites, dir, out));
            boolean holds = evidence.holds() && !evidence.checks().isEmpty();
            String reason = holds ? "" : failed(evidence);
            return result(row, holds ? Verdict.PASSED : Verdict.FAILED, reason, evidence, started);
        } catch (Exception | AssertionError e) {
            keepTrace(dir, e);
            return result(row, Verdict.FAILED, "ended by " + e, new Evidence(), started);
        }
    }

    private static String failed(Evidence evidence) {
        if (evidence.checks().isEmpty()) {
            return "nothing was checked";
        }
        return evidence.checks().stream()
                .filter(check -> !check.held())
                .map(Check::id)
                .collect(Collectors.joining(", "));
    }

    private static RowResult result(Row row, Verdict verdict, String reason, Evidence evidence, long started) {
        return new RowResult(
                row.id(),
                row.title(),
                verdict,
                reason,
                evidence.checks(),
                evidence.numbers(),
                evidence.timeline(),
                Duration.ofNanos(System.nanoTime() - started));
    }

    private static void keepTrace(Path dir, Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace, true));
        try {
            Files.writeString(dir.resolve("failure.txt"), trace.toString());
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private void tell(RowResult result) {
        String numbers =
                result.numbers().entrySet().stream().map(ProofRun::number).collect(Collectors.joining("; "));
        String more = result.verdict() == Verdict.PASSED ? numbers : cut(result.reason());
        out.accept(String.format(
                Locale.ROOT,
                "%-4s %-7s %6.1f s  %s%s",
                result.id(),
                result.verdict(),
                result.took().toMillis() / 1000.0,
                result.title(),
                more.isEmpty() ? "" : ": " + more));
        result.checks().stream()
                .filter(check -> !check.held())
                .forEach(check -> out.accept("     ✘ %s: expected %s; found %s"
                        .formatted(check.id(), check.expected(), cut(check.found()))));
    }

    private static String number(Map.Entry<String, String> number) {
        return number.getKey() + " " + number.getValue();
    }

    private static String cut(String text) {
        String line = text.replace('\n', ' ');
        return line.length() <= REASON_LENGTH_MAX ? line : line.substring(0, REASON_LENGTH_MAX) + "…";
    }
}
