package dev.switchboard.benchmarks.proof.row.soak;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.ProofOptions;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.row.BacklogWatch;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.servers.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * F30: half an hour with a fault every minute, and each time all is well again before the next. Afterwards nothing is lost, and
 * nothing has grown in those processes that lived all the time. Has no state.
 */
public final class Soak implements Row {
    private static final double PER_SECOND = 100;
    private static final Duration LASTS = Duration.ofMinutes(30);
    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final Duration LASTS_SHORT = Duration.ofMinutes(3);
    private static final Duration EVERY_SHORT = Duration.ofSeconds(36);
    /** Caches and pools are filled before anything is compared. */
    private static final Duration SETTLED = Duration.ofSeconds(10);

    private static final Duration QUIET_MAX = Duration.ofSeconds(60);
    /** Of each part of the soak, at its end: to look at the heaps. */
    private static final Duration LOOK = Duration.ofSeconds(4);

    /** What nobody stores gets older than this. */
    private static final Duration KEEPS_UP = Duration.ofSeconds(3);

    private static final double SLOPE_MAX = 1;
    /** A line through fewer tells of the last fault. */
    private static final int SAMPLES_MIN = 10;

    private static final Duration REST_MAX = Duration.ofSeconds(60);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
    private static final int FILES_MORE_MAX = 5;
    private static final long DIRECT_MORE_MAX = 16L << 20;
    private static final long REDIS_MORE_MAX = 4L << 20;
    /** That a message was accepted is known for hours: its id, its position, and what a hash table adds. */
    private static final long REDIS_BYTES_AN_ID = 160;
    /** Of each conversation the last messages stay for a while, in each lane so many bytes. */
    private static final long REDIS_BYTES_A_TAIL = 12 * 1024;

    private static final double MIB = 1 << 20;
    private static final double NANOS_A_MINUTE = Duration.ofMinutes(1).toNanos();

    @Override
    public String id() {
        return "F30";
    }

    @Override
    public String title() {
        return "soak: one fault after another under load";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        boolean brief = context.mode() == ProofOptions.Mode.SHORT;
        Duration lasts = brief ? LASTS_SHORT : LASTS;
        Duration every = brief ? EVERY_SHORT : EVERY;
        List<SoakFault> faults = SoakFaults.drawn((int) lasts.dividedBy(every), context.random());
        ProofSite site = context.freshSite(SitePlan.USUAL);
        List<Service> survivors = SoakFaults.survivors(site);
        settle(context, site);
        Rest start = Rest.now(site, survivors);
        Growth growth = new Growth();
        try (Trial trial = context.trial(site, plan(context, lasts))) {
            Health health = new Health(new ArrayList<>(), Duration.ZERO);
            for (int i = 0; i < faults.size(); i++) {
                trial.awaitSecond(i * (double) every.toSeconds());
                growth.sample(site.services());
                health = health.and(befall(
                        context,
                        trial,
                        faults.get(i),
                        trial.start() + every.multipliedBy(i + 1).toNanos()));
            }
            trial.awaitTalk();
            growth.sample(site.services());
            site.mend();
            Evidence evidence = trial.end();
            health.judge(evidence, faults.size(), every);
            slopes(evidence, survivors, growth);
            long accepted = trial.timings().count(Event.Kind.ACCEPTED);
            long tails = trial.ledger().lanes().size();
            long redisMore = REDIS_MORE_MAX + accepted * REDIS_BYTES_AN_ID + tails * REDIS_BYTES_A_TAIL;
            atRest(evidence, site, start, redisMore);
            return evidence.number("faults", Integer.toString(faults.size()))
                    .number("accepted", Long.toString(accepted));
        }
    }

    /**
     * Whether all was well again after each fault.
     *
     * @param ill after which it was not, and why
     * @param longest from mending to well
     */
    private record Health(List<String> ill, Duration longest) {
        Health and(Health other) {
            List<String> all = new ArrayList<>(ill);
            all.addAll(other.ill);
            return new Health(all, longest.compareTo(other.longest) > 0 ? longest : other.longest);
        }

        void judge(Evidence evidence, int faults, Duration every) {
            evidence.check(
                            "after each of %d faults".formatted(faults),
                            "all is well again within its " + Numbers.seconds(every),
                            ill.isEmpty() ? "so" : String.join("; ", ill),
                            ill.isEmpty())
                    .number("well again after", "up to " + Numbers.seconds(longest));
        }
    }

    private static FleetPlan plan(RowContext context, Duration lasts) {
        FleetPlan usual = context.plan();
        return usual.with(usual.talk().of(PER_SECOND, lasts));
    }

    private static void settle(RowContext context, ProofSite site) {
        try (Trial trial = context.trial(site, plan(context, SETTLED))) {
            trial.awaitTalk();
            trial.fleet().awaitQuiet(QUIET_MAX);
        }
        Await.until(QUIET_MAX, () -> site.links().clients().stream().allMatch(link -> link.openConnections() == 0));
    }

    /** Breaks, mends, and waits until all is well again, up to that instant. */
    private static Health befall(RowContext context, Trial trial, SoakFault fault, long until) {
        ProofSite site = trial.site();
        long from = trial.now();
        Runnable mend = fault.breaks().of(site);
        Await.until(fault.lasts(), () -> false);
        mend.run();
        long mended = trial.now();
        trial.mark(fault.label(), from, mended);
        Duration left = Duration.ofNanos(until - mended).minus(LOOK);
        String[] ill = {""};
        boolean ready = Await.until(left, () -> {
            ill[0] = ill(site);
            return ill[0].isEmpty();
        });
        Duration rest = Duration.ofNanos(until - trial.now()).minus(LOOK);
        boolean stored = ready && BacklogWatch.awaitYounger(site, KEEPS_UP, rest);
        Duration took = Duration.ofNanos(trial.now() - mended);
        context.say("%s; well again %s".formatted(fault.label(), stored ? "after " + Numbers.seconds(took) : "not"));
        String why = ready ? "not everything is stored" : ill[0];
        return new Health(stored ? List.of() : List.of(fault.label() + ": " + why), took);
    }

    /** Why the site isn't well; empty if it is. */
    private static String ill(ProofSite site) {
        return site.services().stream()
                .filter(service -> !service.readiness().isEmpty())
                .map(service -> service.name() + " isn't ready")
                .findFirst()
                .orElse("");
    }

    private static void slopes(Evidence evidence, List<Service> survivors, Growth growth) {
        for (Service service : survivors) {
            int samples = growth.samples(service.name(), service.pid());
            double slope = growth.slope(service.name(), service.pid()).orElse(Double.NaN);
            String found = String.format(Locale.ROOT, "%.2f MiB a minute", slope);
            if (samples >= SAMPLES_MIN) {
                evidence.check(
                        "heap of " + service.name() + " under load",
                        "grows by less than %.0f MiB a minute".formatted(SLOPE_MAX),
                        found,
                        slope < SLOPE_MAX);
            }
            evidence.number("heap of " + service.name() + " under load", found + " over " + samples + " looks");
        }
    }

    /** What it takes at rest is what it took at first, as soon as everybody has gone. */
    private static void atRest(Evidence evidence, ProofSite site, Rest start, long redisMore) {
        List<Service> survivors = List.copyOf(start.processes().keySet());
        Rest[] end = {Rest.now(site, survivors)};
        long[] looked = {System.nanoTime()};
        Await.until(REST_MAX, () -> {
            if (System.nanoTime() - looked[0] > LOOK_EVERY.toNanos()) {
                end[0] = Rest.now(site, survivors);
                looked[0] = System.nanoTime();
            }
            return excesses(start, end[0], redisMore).isEmpty();
        });
        List<String> excesses = excesses(start, end[0], redisMore);
        evidence.check(
                "at rest, in what lived all the time",
                "heap %.0f MiB a minute more, %d files more, %.0f MiB of buffers more, Redis %.1f MiB more at most"
                        .formatted(SLOPE_MAX, FILES_MORE_MAX, DIRECT_MORE_MAX / MIB, redisMore / MIB),
                excesses.isEmpty() ? "so" : String.join("; ", excesses),
                excesses.isEmpty());
        start.processes().forEach((service, before) -> {
            Rest.Taken now = Objects.requireNonNull(end[0].processes().get(service));
            evidence.number(
                    service.name() + " at rest",
                    "heap %s, buffers %s, %d then %d files"
                            .formatted(
                                    change(before.heapBytes(), now.heapBytes()),
                                    change(before.directBytes(), now.directBytes()),
                                    before.files(),
                                    now.files()));
        });
        evidence.number("Redis", change(start.redisBytes(), end[0].redisBytes()));
    }

    private static List<String> excesses(Rest start, Rest end, long redisMore) {
        List<String> excesses = new ArrayList<>();
        double minutes = (end.nanos() - start.nanos()) / NANOS_A_MINUTE;
        start.processes().forEach((service, before) -> {
            Rest.Taken now = Objects.requireNonNull(end.processes().get(service));
            if (now.pid() != before.pid()) {
                excesses.add(service.name() + " was started anew");
            }
            if (now.heapBytes() - before.heapBytes() >= minutes * SLOPE_MAX * MIB) {
                excesses.add(service.name() + ": heap " + change(before.heapBytes(), now.heapBytes()));
            }
            if (now.directBytes() - before.directBytes() > DIRECT_MORE_MAX) {
                excesses.add(service.name() + ": buffers " + change(before.directBytes(), now.directBytes()));
            }
            if (now.files() > before.files() + FILES_MORE_MAX) {
                excesses.add("%s: %d files, at first %d".formatted(service.name(), now.files(), before.files()));
            }
        });
        if (end.redisBytes() - start.redisBytes() > redisMore) {
            excesses.add("Redis " + change(start.redisBytes(), end.redisBytes()));
        }
        return excesses;
    }

    private static String change(long before, long now) {
        return String.format(Locale.ROOT, "%.1f then %.1f MiB", before / MIB, now / MIB);
    }
}
