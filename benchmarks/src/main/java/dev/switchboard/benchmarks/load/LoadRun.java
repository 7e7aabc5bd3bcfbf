package dev.switchboard.benchmarks.load;

import dev.switchboard.benchmarks.load.report.CpuMeter;
import dev.switchboard.servers.Await;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One run from the first connection to the last row: warm-up, measured window, then everything that is under way must arrive and
 * be stored. One thread, which only looks once a second while the crowd does its work.
 */
final class LoadRun {
    private static final Duration SECOND = Duration.ofSeconds(1);
    /** Longer than a gateway takes to answer TIMEOUT. */
    private static final Duration QUIET_TIMEOUT = Duration.ofSeconds(30);

    private final LoadStack stack;
    private final LoadOptions options;
    private final LoadOptions.Mode mode;
    private final Consumer<String> progress;
    private final CpuMeter cpu;
    private final Backlog backlog;
    private final String prefix;

    LoadRun(LoadStack stack, LoadOptions options, LoadOptions.Mode mode, Consumer<String> progress) {
        this.stack = stack;
        this.options = options;
        this.mode = mode;
        this.progress = progress;
        this.cpu = stack.cpu();
        this.backlog = new Backlog(options.perSecond());
        this.prefix = mode.label() + "-";
    }

    Outcome run() {
        LoadOptions.Crew crew = options.crew();
        Crowd.Guests guests = new Crowd.Guests(prefix, crew.users(), crew.unanswered(), crew.bodyBytes(), stack::token);
        try (Crowd crowd = new Crowd(stack.gatewayUrls(), guests)) {
            return measure(crowd);
        }
    }

    private Outcome measure(Crowd crowd) {
        long start = System.nanoTime();
        long windowStart = start + options.times().warmup().toNanos();
        long windowEnd = windowStart + options.times().window().toNanos();
        Schedule schedule =
                new Schedule(start, options.perSecond(), options.crew().users());
        if (mode == LoadOptions.Mode.OPEN) {
            crowd.follow(schedule, windowStart, windowEnd);
        } else {
            crowd.saturate();
        }
        watch(crowd, "warm-up", start, windowStart, schedule, false);
        Tally.Counts before = crowd.counts();
        CpuMeter.Reading cpuBefore = cpu.read();
        watch(crowd, "measured", windowStart, windowEnd, schedule, true);
        Tally.Counts window = crowd.counts().minus(before);
        CpuMeter.Reading used = cpu.read().minus(cpuBefore);
        long behind = crowd.counts().accepted() - crowd.counts().stored();
        crowd.stop();
        Outcome.Ending ending = settle(crowd, behind);
        Optional<Outcome.Latency> latency = mode == LoadOptions.Mode.OPEN && !ending.backlogGrew()
                ? Optional.of(new Outcome.Latency(
                        crowd.tally().toAccepted(), crowd.tally().toDelivery()))
                : Optional.empty();
        return new Outcome(mode, window, used, latency, ending, crowd.faults().lines());
    }

    /** Looks once a second until the end; sooner if the run is void already, for then the rest is of no use. */
    private void watch(Crowd crowd, String phase, long from, long until, Schedule schedule, boolean measured) {
        Tally.Counts last = crowd.counts();
        int second = 0;
        for (long next = from + SECOND.toNanos(); next - until <= 0; next += SECOND.toNanos()) {
            awaitInstant(next);
            Tally.Counts now = crowd.counts();
            second++;
            tell(phase, second, now, now.minus(last));
            last = now;
            if (measured && mode == LoadOptions.Mode.OPEN) {
                backlog.look(schedule.dueBy(System.nanoTime()), now.accepted() + now.refusedTotal());
            }
            if (!crowd.faultless()) {
                return;
            }
        }
    }

    private Outcome.Ending settle(Crowd crowd, long behind) {
        long stopped = System.nanoTime();
        boolean quiet = Await.until(QUIET_TIMEOUT, crowd::quiet);
        if (quiet) {
            Await.until(options.times().settle(), crowd::toldStored);
        }
        Duration stored = Duration.ofNanos(System.nanoTime() - stopped);
        long unknown = crowd.finish();
        Tally.Counts total = crowd.counts();
        long rows = stack.rows().count(prefix);
        if (rows < total.accepted() || rows > total.accepted() + unknown) {
            crowd.faults().add(Faults.Kind.ROWS, "%d rows for %d accepted".formatted(rows, total.accepted()));
        }
        return new Outcome.Ending(total, backlog.max(), backlog.grows(), behind, stored, rows);
    }

    private void tell(String phase, int second, Tally.Counts now, Tally.Counts lately) {
        progress.accept(String.format(
                Locale.ROOT,
                "%-9s %-8s %3d s   accepted %,8d/s   delivered %,8d/s   stored %,8d/s   behind %,9d   refused %,d",
                mode.label(),
                phase,
                second,
                lately.accepted(),
                lately.delivered(),
                lately.stored(),
                now.accepted() - now.stored(),
                now.refusedTotal()));
    }

    private static void awaitInstant(long nanos) {
        Await.until(Duration.ofNanos(Math.max(0, nanos - System.nanoTime())), () -> false);
    }
}
