package dev.switchboard.benchmarks.proof.report;

import static dev.switchboard.benchmarks.proof.report.HtmlText.escaped;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A timeline as SVG: what was accepted and refused a second above, what was delivered below, over the same seconds; faults are
 * bands through both, each named on a line of its own above them. Has no state.
 */
final class TimelinePicture {
    /** More points than pixels show nothing. */
    private static final int POINTS_MAX = 360;

    private static final int WIDTH = 900;
    private static final int LEFT = 56;
    private static final int RIGHT = 10;
    private static final int LABEL_LINE = 16;
    private static final int PANEL = 84;
    private static final int GAP = 26;
    private static final int AXIS = 22;
    private static final int TICKS_MAX = 12;
    private static final double NANOS_PER_SECOND = 1e9;

    /** Seconds between ticks that read well. */
    private static final int[] TICK_STEPS = {1, 2, 5, 10, 20, 30, 60, 120, 300, 600};

    /** A name needs about this many pixels a letter. */
    private static final double LETTER = 6.2;

    private final Timeline timeline;
    private final double seconds;
    private final List<Label> labels;
    private final int top;
    private final StringBuilder svg = new StringBuilder();

    private TimelinePicture(Timeline timeline) {
        this.timeline = timeline;
        this.seconds = Math.max(1, timeline.accepted().size() * seconds(timeline.bucket()));
        this.labels = labels(timeline);
        this.top = LABEL_LINE * (1 + labels.stream().mapToInt(Label::line).max().orElse(-1)) + 16;
    }

    /** The picture, or nothing where nothing happened. */
    static Optional<String> of(Timeline timeline) {
        return timeline.accepted().size() == 0 ? Optional.empty() : Optional.of(new TimelinePicture(timeline).draw());
    }

    private String draw() {
        int height = top + PANEL + GAP + PANEL + AXIS;
        line(
                "<svg viewBox='0 0 %d %d' role='img' aria-label='%s'>",
                WIDTH, height, "accepted and delivered messages a second over " + Math.round(seconds) + " seconds");
        marks(height - AXIS);
        double[] accepted = rates(timeline.accepted());
        double[] refused = rates(timeline.refused());
        double most = Math.max(max(accepted), max(refused));
        panel(top, "accepted/s", most);
        shape("accepted", accepted, top, most);
        if (max(refused) > 0) {
            shape("refused", refused, top, most);
            line("<text class='key refused' x='%d' y='%d'>refused/s</text>", LEFT + 74, top - 5);
        }
        int second = top + PANEL + GAP;
        double[] delivered = rates(timeline.delivered());
        panel(second, "delivered/s", max(delivered));
        shape("delivered", delivered, second, max(delivered));
        axis(second + PANEL);
        line("</svg>");
        return svg.toString();
    }

    private void marks(int bottom) {
        for (Label label : labels) {
            double from = x(seconds(label.mark().from()));
            double width = Math.max(1.5, x(seconds(label.mark().to())) - from);
            int y = LABEL_LINE * (label.line() + 1) - 4;
            line(
                    "<rect class='fault' x='%.1f' y='%d' width='%.1f' height='%d'/>",
                    from, y + 4, Math.min(width, WIDTH - RIGHT - from), bottom - y - 4);
            line(
                    "<text class='name' x='%.1f' y='%d'>%s</text>",
                    label.from(), y, escaped(label.mark().label()));
        }
    }

    private void panel(int y, String name, double most) {
        line("<text class='key' x='%d' y='%d'>%s</text>", LEFT, y - 5, name);
        line("<text class='tick' x='%d' y='%d' text-anchor='end'>%s</text>", LEFT - 6, y + 8, number(most));
        line("<text class='tick' x='%d' y='%d' text-anchor='end'>0</text>", LEFT - 6, y + PANEL);
        line("<line class='grid' x1='%d' y1='%d' x2='%d' y2='%d'/>", LEFT, y, WIDTH - RIGHT, y);
        line("<line class='base' x1='%d' y1='%d' x2='%d' y2='%d'/>", LEFT, y + PANEL, WIDTH - RIGHT, y + PANEL);
    }

    private void shape(String kind, double[] rates, int y, double most) {
        if (most == 0) {
            return;
        }
        StringBuilder path = new StringBuilder();
        double step = (double) (WIDTH - LEFT - RIGHT) / rates.length;
        for (int i = 0; i < rates.length; i++) {
            double height = y + PANEL - rates[i] / most * PANEL;
            path.append(String.format(
                    Locale.ROOT,
                    "%s%.1f %.1fH%.1f",
                    i == 0 ? "M" : "V" + String.format(Locale.ROOT, "%.1f", height) + "M",
                    LEFT + i * step,
                    height,
                    LEFT + (i + 1) * step));
        }
        String outline = path.toString().replaceAll("V([0-9.]+)M[0-9.]+ [0-9.]+", "V$1");
        line(
                "<path class='area %s' d='%sV%d H%dZ'/><path class='edge %s' d='%s'/>",
                kind, outline, y + PANEL, LEFT, kind, outline);
    }

    private void axis(int y) {
        int step = TICK_STEPS[TICK_STEPS.length - 1];
        for (int candidate : TICK_STEPS) {
            if (seconds / candidate <= TICKS_MAX) {
                step = candidate;
                break;
            }
        }
        for (int second = 0; second <= seconds; second += step) {
            line("<text class='tick' x='%.1f' y='%d' text-anchor='middle'>%d s</text>", x(second), y + 15, second);
        }
    }

    /** A second's worth of each bucket; neighbours joined until they fit. */
    private double[] rates(List<Integer> counts) {
        int joined = Math.max(1, (counts.size() + POINTS_MAX - 1) / POINTS_MAX);
        double[] rates = new double[(counts.size() + joined - 1) / joined];
        for (int i = 0; i < rates.length; i++) {
            int many = Math.min(joined, counts.size() - i * joined);
            for (int j = 0; j < many; j++) {
                rates[i] += counts.get(i * joined + j);
            }
            rates[i] /= many * seconds(timeline.bucket());
        }
        return rates;
    }

    /** Each name starts at its fault, on the first line where it does not touch another one. */
    private List<Label> labels(Timeline timeline) {
        List<Timeline.Mark> marks = timeline.marks().stream()
                .sorted(Comparator.comparing(Timeline.Mark::from))
                .toList();
        List<Double> ends = new ArrayList<>();
        List<Label> placed = new ArrayList<>();
        for (Timeline.Mark mark : marks) {
            double width = mark.label().length() * LETTER;
            double from = Math.max(0, Math.min(x(seconds(mark.from())), WIDTH - width));
            int on = 0;
            while (on < ends.size() && ends.get(on) > from) {
                on++;
            }
            if (on == ends.size()) {
                ends.add(0.0);
            }
            ends.set(on, from + width + 10);
            placed.add(new Label(mark, on, from));
        }
        return placed;
    }

    private record Label(Timeline.Mark mark, int line, double from) {}

    private double x(double second) {
        return LEFT + Math.min(1, second / seconds) * (WIDTH - LEFT - RIGHT);
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / NANOS_PER_SECOND;
    }

    private static double max(double[] values) {
        double max = 0;
        for (double value : values) {
            max = Math.max(max, value);
        }
        return max;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    private void line(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
