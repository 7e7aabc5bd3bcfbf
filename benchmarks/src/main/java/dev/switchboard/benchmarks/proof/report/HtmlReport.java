package dev.switchboard.benchmarks.proof.report;

import static dev.switchboard.benchmarks.proof.report.HtmlText.escaped;

import dev.switchboard.benchmarks.proof.report.RowResult.Check;
import dev.switchboard.benchmarks.proof.report.RowResult.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One page for people, complete in itself: what was run on what, how each row ended, and for each its picture. Has no state. */
public final class HtmlReport {
    private static final DateTimeFormatter WHEN =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final StringBuilder page = new StringBuilder();

    private HtmlReport() {}

    /** Writes the page; the directory must exist. */
    public static void write(Path file, ReportHead head, List<RowResult> rows) throws IOException {
        Files.writeString(file, new HtmlReport().page(head, rows));
    }

    private String page(ReportHead head, List<RowResult> rows) throws IOException {
        line("<!doctype html><html lang='en'><head><meta charset='utf-8'>");
        line("<meta name='viewport' content='width=device-width, initial-scale=1'>");
        line("<title>Switchboard proof, %s, seed %d</title>", head.mode(), head.seed());
        line("<style>%s</style></head><body><main>", resource("report.css"));
        summary(head, rows);
        overview(rows);
        rows.forEach(this::row);
        line("</main></body></html>");
        return page.toString();
    }

    private void summary(ReportHead head, List<RowResult> rows) {
        long failed = count(rows, Verdict.FAILED);
        long skipped = count(rows, Verdict.SKIPPED);
        line("<header><p class='kicker'>Switchboard · proof</p>");
        line(
                "<h1 class='%s'>%s</h1>",
                failed == 0 ? "passed" : "failed",
                failed == 0
                        ? "Nothing accepted was lost: %d of %d rows passed"
                                .formatted(count(rows, Verdict.PASSED), rows.size())
                        : "%d of %d rows failed".formatted(failed, rows.size()));
        if (skipped > 0) {
            line(
                    "<p>%s</p>",
                    skipped == 1
                            ? "One row was skipped; it says why."
                            : skipped + " rows were skipped; each says why.");
        }
        line("<dl class='head'>");
        pair("Commit", head.commit());
        pair("Main code", head.mainCodeTree());
        pair("Started", WHEN.format(head.startedAt()));
        pair("Mode, seed", head.mode() + ", " + head.seed());
        pair("Command", head.command());
        pair("Machine", head.machine());
        pair("Versions", String.join(" · ", head.versions()));
        line("</dl>");
        line("<details><summary>What every row must hold</summary><table class='terms'>");
        INVARIANTS.forEach((id, text) -> line("<tr><th scope='row'>%s</th><td>%s</td></tr>", id, text));
        line("</table></details></header>");
    }

    private static final Map<String, String> INVARIANTS = new TreeMap<>(Map.of(
            "I1", "Nothing that was accepted is missing in MySQL.",
            "I2", "At most one row for an id of a sender; nobody was shown a message twice.",
            "I3", "Everyone saw a conversation in rising order, which is the order of history.",
            "I4", "For every client, what came live and by resume is together what history has.",
            "I5", "What was definitively refused is nowhere.",
            "I6", "No hole in the numbers that nothing explains.",
            "I7", "Memory and descriptors of gateways and workers are back where they were.",
            "I8", "No uncaught exception and no leak report in any log."));

    private void overview(List<RowResult> rows) {
        line(
                "<table class='overview'><thead><tr><th>Row</th><th>What happens</th><th>Result</th><th class='n'>Took</th></tr></thead><tbody>");
        for (RowResult row : rows) {
            line(
                    "<tr><td><a href='#%1$s'>%1$s</a></td><td>%2$s</td><td>%3$s</td><td class='n'>%4$s</td></tr>",
                    escaped(row.id()), escaped(row.title()), badge(row.verdict()), time(row.took()));
        }
        line("</tbody></table>");
    }

    private void row(RowResult row) {
        line(
                "<section id='%s'><h2><span class='id'>%1$s</span> %s %s</h2>",
                escaped(row.id()), escaped(row.title()), badge(row.verdict()));
        if (!row.reason().isEmpty()) {
            line("<p class='reason'>%s</p>", escaped(row.reason()));
        }
        row.timeline().flatMap(TimelinePicture::of).ifPresent(picture -> line("<figure>%s</figure>", picture));
        if (!row.numbers().isEmpty()) {
            line("<dl class='numbers'>");
            row.numbers().forEach(this::pair);
            line("</dl>");
        }
        List<Check> broken =
                row.checks().stream().filter(check -> !check.held()).toList();
        if (!broken.isEmpty()) {
            checks(broken);
        }
        List<Check> held = row.checks().stream().filter(Check::held).toList();
        if (!held.isEmpty()) {
            line("<details><summary>%d checks held</summary>", held.size());
            checks(held);
            line("</details>");
        }
        line("</section>");
    }

    private void checks(List<Check> checks) {
        line("<table class='checks'><thead><tr><th>Check</th><th>Expected</th><th>Found</th></tr></thead><tbody>");
        for (Check check : checks) {
            line(
                    "<tr class='%s'><td>%s</td><td>%s</td><td>%s</td></tr>",
                    check.held() ? "held" : "broken",
                    escaped(check.id()),
                    escaped(check.expected()),
                    escaped(check.found()));
        }
        line("</tbody></table>");
    }

    private void pair(String name, String value) {
        line("<div><dt>%s</dt><dd>%s</dd></div>", escaped(name), escaped(value));
    }

    private static String badge(Verdict verdict) {
        String name = verdict.name().toLowerCase(Locale.ROOT);
        return "<span class='badge %1$s'>%1$s</span>".formatted(name);
    }

    private static long count(List<RowResult> rows, Verdict verdict) {
        return rows.stream().filter(row -> row.verdict() == verdict).count();
    }

    private static String time(Duration took) {
        return took.toMinutes() > 0
                ? "%d min %02d s".formatted(took.toMinutes(), took.toSecondsPart())
                : "%.1f s".formatted(took.toMillis() / 1000.0);
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = HtmlReport.class.getResourceAsStream("/proof/" + name)) {
            if (in == null) {
                throw new IOException("the build lacks proof/" + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void line(String format, Object... values) {
        page.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
