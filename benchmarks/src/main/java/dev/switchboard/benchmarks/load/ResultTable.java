package dev.switchboard.benchmarks.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/** The runs side by side, as plain text. */
final class ResultTable {
    private static final int NAME_WIDTH = 34;
    private static final int COLUMN_WIDTH = 22;
    private static final double NANOS_PER_MILLI = 1e6;

    private final List<Outcome> outcomes;
    private final List<String> gateways;
    private final List<String> lines = new ArrayList<>();

    private ResultTable(List<Outcome> outcomes) {
        this.outcomes = outcomes;
        this.gateways = outcomes.get(0).cpu().micros().keySet().stream()
                .filter(name -> name.startsWith("gateway"))
                .toList();
    }

    static List<String> of(LoadOptions options, List<String> description, List<Outcome> outcomes) {
        ResultTable table = new ResultTable(outcomes);
        LoadOptions.Crew crew = options.crew();
        table.lines.add(String.format(
                Locale.ROOT,
                "%d users, each sending on one gateway and receiving on the other; %d-byte texts; at most %d unanswered; "
                        + "%d s after %d s of warm-up",
                crew.users(),
                crew.bodyBytes(),
                crew.unanswered(),
                options.times().window().toSeconds(),
                options.times().warmup().toSeconds()));
        table.lines.addAll(description);
        table.lines.add("");
        table.row(
                "",
                outcome -> outcome.mode() == LoadOptions.Mode.OPEN
                        ? String.format(Locale.ROOT, "open %,d/s", options.perSecond())
                        : "saturated");
        table.rates();
        table.cpu();
        table.latency();
        table.verdict();
        return table.lines;
    }

    private void rates() {
        numbers("accepted a second", "%,.0f", outcome -> outcome.window().accepted() / outcome.seconds());
        numbers("delivered a second", "%,.0f", outcome -> outcome.window().delivered() / outcome.seconds());
        numbers("stored a second", "%,.0f", outcome -> outcome.window().stored() / outcome.seconds());
        numbers(
                "not stored yet at the end",
                "%,.0f",
                outcome -> outcome.ending().behind());
        numbers(
                "all stored after, s",
                "%.1f",
                outcome -> outcome.ending().stored().toMillis() / 1e3);
        row("refused", outcome -> refused(outcome.ending().total().refused()));
        numbers("rows in the database", "%,.0f", outcome -> outcome.ending().rows());
    }

    private void cpu() {
        lines.add("CPU, µs for each accepted message");
        for (String name : outcomes.get(0).cpu().micros().keySet()) {
            numbers(
                    "  " + name,
                    "%.2f",
                    outcome -> perAccepted(outcome, outcome.cpu().of(name)));
        }
        numbers("  both gateways", "%.2f", outcome -> perAccepted(outcome, gateways(outcome)));
        numbers(
                "  gateways + Redis",
                "%.2f",
                outcome ->
                        perAccepted(outcome, gateways(outcome) + outcome.cpu().of("Redis")));
        numbers(
                "  all of these",
                "%.2f",
                outcome -> perAccepted(outcome, outcome.cpu().total()));
        lines.add("CPU, µs for each stored message");
        numbers(
                "  worker + MariaDB",
                "%.2f",
                outcome -> (outcome.cpu().of("worker") + outcome.cpu().of("MariaDB"))
                        / Math.max(1, outcome.window().stored()));
        lines.add("cores busy");
        numbers(
                "  with these processes",
                "%.2f",
                outcome -> outcome.cpu().total() * 1e3 / outcome.cpu().nanos());
        numbers(
                "  with anything else",
                "%.2f",
                outcome -> Math.max(
                                0, outcome.cpu().machineMicros() - outcome.cpu().total())
                        * 1e3
                        / outcome.cpu().nanos());
    }

    private void latency() {
        if (outcomes.stream().noneMatch(outcome -> outcome.mode() == LoadOptions.Mode.OPEN)) {
            return;
        }
        numbers("backlog at most", "%,.0f", outcome -> outcome.ending().backlogMax());
        lines.add("latency from the intended instant, ms: to ACCEPTED / to delivery");
        if (outcomes.stream().anyMatch(outcome -> outcome.ending().backlogGrew())) {
            lines.add("  none: the backlog grew, so that this rate is beyond what the system can do here");
        }
        percentile("  p50", histogram -> histogram.getValueAtPercentile(50));
        percentile("  p90", histogram -> histogram.getValueAtPercentile(90));
        percentile("  p99", histogram -> histogram.getValueAtPercentile(99));
        percentile("  p99.9", histogram -> histogram.getValueAtPercentile(99.9));
        percentile("  max", Histogram::getMaxValue);
    }

    private void percentile(String name, ToDoubleFunction<Histogram> value) {
        row(name, outcome -> {
            Optional<Outcome.Latency> latency = outcome.latency();
            return latency.map(both -> String.format(
                            Locale.ROOT,
                            "%.2f / %.2f",
                            value.applyAsDouble(both.toAccepted()) / NANOS_PER_MILLI,
                            value.applyAsDouble(both.toDelivery()) / NANOS_PER_MILLI))
                    .orElse("–");
        });
    }

    private void verdict() {
        row("every delivery checked", outcome -> outcome.good() ? "good" : "VOID");
        for (Outcome outcome : outcomes) {
            outcome.faults().forEach(fault -> lines.add(outcome.mode().label() + ": " + fault));
        }
    }

    private double gateways(Outcome outcome) {
        return gateways.stream().mapToDouble(outcome.cpu()::of).sum();
    }

    private static double perAccepted(Outcome outcome, double micros) {
        return micros / Math.max(1, outcome.window().accepted());
    }

    private static String refused(Map<String, Long> byCode) {
        List<String> parts = new ArrayList<>();
        new TreeMap<>(byCode).forEach((code, count) -> parts.add(code + " " + count));
        return parts.isEmpty() ? "0" : String.join(", ", parts);
    }

    private void numbers(String name, String format, ToDoubleFunction<Outcome> value) {
        row(name, outcome -> String.format(Locale.ROOT, format, value.applyAsDouble(outcome)));
    }

    private void row(String name, Function<Outcome, String> value) {
        StringBuilder line = new StringBuilder(String.format("%-" + NAME_WIDTH + "s", name));
        for (Outcome outcome : outcomes) {
            line.append(String.format("%" + COLUMN_WIDTH + "s", value.apply(outcome)));
        }
        lines.add(line.toString().stripTrailing());
    }
}
