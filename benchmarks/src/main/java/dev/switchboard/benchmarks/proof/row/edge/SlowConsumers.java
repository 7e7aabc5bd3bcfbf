package dev.switchboard.benchmarks.proof.row.edge;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.ProofOptions;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan.Reading;
import dev.switchboard.benchmarks.proof.ledger.Device;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.site.ProgramPlan;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.benchmarks.proof.site.Vitals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * F19: an administrator stops reading while the staff gets thousands of messages a second, and fifty users read a kilobyte a
 * second. Compared with the same load without them. Has no state.
 */
public final class SlowConsumers implements Row {
    private static final int USERS = 100;
    private static final int ADMINS = 4;
    /** Each of them goes to every administrator: 2,000 a second. */
    private static final double PER_SECOND = 500;

    private static final int BODY_BYTES = 1_000;
    private static final String SLOW_ADMIN = "admin0";
    private static final int SLOW_USERS = 50;
    private static final int SLOW_BYTES_PER_SECOND = 1_000;
    private static final Duration TALK = Duration.ofSeconds(30);
    private static final Duration TALK_SHORT = Duration.ofSeconds(20);
    private static final Duration CLOSED_MAX = Duration.ofSeconds(15);
    private static final double P99 = 0.99;
    private static final double TIMES_MAX = 1.5;
    private static final long RSS_MORE_MAX = 64L << 20;
    private static final double MIB = 1 << 20;
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    /** Counted by the reason that a client hears as 4008. */
    private static final String CLOSES = "switchboard_gateway_slow_consumer_closes_total";

    /** The paranoid level takes more time than everything it watches at this load. */
    private static final String LEAKS = "-Dio.netty.leakDetection.level=simple";

    @Override
    public String id() {
        return "F19";
    }

    @Override
    public String title() {
        return "an admin who stops reading, and slow users";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.freshSite(SitePlan.USUAL.with(SitePlan.GATEWAY, ProgramPlan.USUAL.withJava(LEAKS)));
        Duration talk = context.mode() == ProofOptions.Mode.SHORT ? TALK_SHORT : TALK;
        FleetPlan plan = context.plan();
        plan = plan.with(plan.crowd().of(USERS, ADMINS).withIdle(SLOW_USERS))
                .with(plan.talk().of(PER_SECOND, talk).withBytes(BODY_BYTES, BODY_BYTES))
                .with(FleetPlan.Trouble.NONE);
        Evidence usual;
        Measured baseline;
        try (Trial trial = context.trial(site, plan)) {
            baseline = Measured.during(trial, talk, 0);
            usual = trial.end();
            baseline = baseline.withDeliveries(trial);
        }
        Reading slowly = new Reading(SLOW_USERS, SLOW_BYTES_PER_SECOND, true);
        try (Trial trial = context.trial(site, plan.with(plan.crowd().withReading(slowly)))) {
            Measured slow = Measured.during(trial, talk, baseline.closes());
            trial.fleet().readAgain();
            Evidence evidence = trial.end();
            slow = slow.withDeliveries(trial);
            usual.checks().stream().filter(check -> !check.held()).forEach(evidence::add);
            return judged(evidence, baseline, slow);
        }
    }

    private static Evidence judged(Evidence evidence, Measured baseline, Measured slow) {
        double times = (double) slow.deliveredWithin().toNanos()
                / Math.max(1, baseline.deliveredWithin().toNanos());
        long more = slow.rssBytes() - baseline.rssBytes();
        boolean closed = slow.firstClose()
                .filter(after -> after.compareTo(CLOSED_MAX) <= 0)
                .isPresent();
        return evidence.check(
                        "who does not read",
                        "closed with 4008 within " + Numbers.seconds(CLOSED_MAX),
                        Numbers.seconds(slow.firstClose()),
                        closed)
                .check(
                        "the others",
                        "p99 to delivery at most %.1f times that without slow ones".formatted(TIMES_MAX),
                        "%.2f times: %s, %s without"
                                .formatted(
                                        times,
                                        Numbers.seconds(slow.deliveredWithin()),
                                        Numbers.seconds(baseline.deliveredWithin())),
                        times <= TIMES_MAX)
                .check(
                        "memory of the gateways",
                        "up to %.0f MiB more".formatted(RSS_MORE_MAX / MIB),
                        "%.0f MiB more".formatted(more / MIB),
                        more <= RSS_MORE_MAX)
                .number("closed with 4008 after", Numbers.seconds(slow.firstClose()))
                .number("closed so", Long.toString(slow.closes() - baseline.closes()))
                .number("p99 to delivery", Numbers.seconds(slow.deliveredWithin()))
                .number("p99 without slow ones", Numbers.seconds(baseline.deliveredWithin()));
    }

    /**
     * What one trial showed. Immutable.
     *
     * @param rssBytes the most that one gateway took
     * @param closes of slow consumers, by both gateways since their start
     * @param firstClose from the first message
     * @param deliveredWithin p99 from saying to showing, at devices that read
     */
    private record Measured(long rssBytes, long closes, Optional<Duration> firstClose, Duration deliveredWithin) {
        static Measured during(Trial trial, Duration talk, long closesBefore) {
            long[] most = {0};
            long[] closes = {closesBefore};
            long[] first = {0};
            for (double second = 0; second < talk.toMillis() / 1000.0; second += LOOK_EVERY.toMillis() / 1000.0) {
                trial.awaitSecond(second);
                trial.site().gateways().forEach(each -> most[0] = Math.max(most[0], Vitals.rss(each.pid())));
                closes[0] = closes(trial.site());
                if (first[0] == 0 && closes[0] > closesBefore) {
                    first[0] = trial.now();
                }
            }
            Optional<Duration> firstClose =
                    first[0] == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(first[0] - trial.start()));
            firstClose.ifPresent(after -> trial.mark("closed with 4008", first[0], first[0]));
            return new Measured(most[0], closes[0], firstClose, Timings.ENDLESS);
        }

        Measured withDeliveries(Trial trial) {
            return new Measured(rssBytes, closes, firstClose, delivered(trial));
        }

        private static long closes(ProofSite site) {
            return site.gateways().stream()
                    .mapToLong(each -> (long) each.metrics().sum(CLOSES).orElse(0))
                    .sum();
        }

        /**
         * In both trials without the first administrator, who hears no answers either and so can't go on to talk, and without the
         * devices that read slowly.
         */
        private static Duration delivered(Trial trial) {
            List<Device> devices = trial.ledger().devices();
            Map<Integer, Long> said = new HashMap<>();
            List<Duration> took = new ArrayList<>();
            trial.ledger().forEach(event -> {
                Device device = devices.get(event.device());
                boolean reads =
                        !device.user().endsWith(SLOW_ADMIN) && !device.name().endsWith(Reading.SLOW_DEVICE);
                if (event.kind() == Event.Kind.SAID && reads) {
                    said.putIfAbsent(event.message(), event.nanos());
                } else if (event.kind() == Event.Kind.SHOWN
                        && event.detail() != Event.OWN
                        && reads
                        && said.containsKey(event.message())) {
                    took.add(Duration.ofNanos(event.nanos() - said.get(event.message())));
                }
            });
            took.sort(Duration::compareTo);
            return Timings.percentile(took, P99).orElse(Timings.ENDLESS);
        }
    }
}
