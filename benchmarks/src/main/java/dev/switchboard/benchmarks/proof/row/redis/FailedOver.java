package dev.switchboard.benchmarks.proof.row.redis;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.DatabaseLedger;
import dev.switchboard.benchmarks.proof.ledger.Device;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.benchmarks.proof.ledger.MessageKey;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.link.LinkMode;
import dev.switchboard.benchmarks.proof.row.ClockShim;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * F12: Redis dies, and a replica takes its place that lacks what was accepted last and whose clock is behind, so that by its clock
 * nothing new would come after what there is. Has no state.
 */
public final class FailedOver implements Row {
    private static final Duration CLOCK = Duration.ofMinutes(-1);
    private static final Duration CLOCK_INEXACT = Duration.ofSeconds(5);
    private static final int LOST_MIN = 500;
    private static final Duration TALK = Duration.ofSeconds(45);
    private static final double LOSE_AT = 5;
    /** So long workers go on to store what the replica lacks: then MySQL is ahead of it. */
    private static final double STORED_FOR = 1;

    private static final double LOSS_STEP = 0.5;
    private static final double LOSS_UNTIL = 20;
    private static final Duration RESYNC_MAX = Duration.ofSeconds(15);
    private static final double P99 = 0.99;
    private static final Duration SHOWN_MAX = Duration.ofSeconds(1);

    @Override
    public String id() {
        return "F12";
    }

    @Override
    public String title() {
        return "fail-over to a replica that lacks 500 messages and is 60 s behind";
    }

    @Override
    public Optional<String> lacks() {
        return ClockShim.lacks().or(ClockShim::lacksRedis);
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ClockShim shim = ClockShim.build(context.dir().resolve("clock"));
        ProofSite site = context.freshSite(SitePlan.USUAL.withReplica(shim.off(CLOCK)));
        FleetPlan plan = FleetPlan.usual(context.seed(), TALK);
        plan = plan.with(new FleetPlan.Trouble(plan.trouble().againShare(), 0, false));
        try (Trial trial = context.trial(site, plan)) {
            trial.awaitSecond(LOSE_AT);
            long ahead = trial.mark(
                    "replica in a black hole", () -> site.replica().link().mode(LinkMode.BLACKHOLE));
            trial.awaitSecond(LOSE_AT + STORED_FOR);
            long from = trial.mark("nobody stores", () -> site.workers().forEach(Service::pause));
            for (double second = LOSE_AT + STORED_FOR;
                    acceptedOf(trial.ledger(), from).size() < LOST_MIN && second < LOSS_UNTIL;
                    second += LOSS_STEP) {
                trial.awaitSecond(second);
            }
            Map<Partition, Long> before = epochs(site);
            trial.mark("SIGKILL Redis", () -> site.redis().kill());
            Set<Integer> accepted = acceptedOf(trial.ledger(), from);
            long killed = trial.now();
            long promoted = trial.mark("replica promoted", site::promoteReplica);
            site.workers().forEach(Service::resume);
            trial.mark("lost", ahead, killed);
            Evidence evidence = trial.end();
            epochs(evidence, before, site);
            presentAgain(evidence, trial, accepted, before);
            Timings timings = trial.timings();
            resyncs(evidence, Resyncs.of(trial.ledger(), killed), promoted);
            newOnes(evidence, timings, promoted);
            return evidence.number("accepted again after", Numbers.seconds(timings.recovery(promoted)));
        }
    }

    private static void epochs(Evidence evidence, Map<Partition, Long> before, ProofSite site) {
        Map<Partition, Long> after = epochs(site);
        long higher = before.entrySet().stream()
                .filter(partition -> after.getOrDefault(partition.getKey(), 0L) > partition.getValue())
                .count();
        long next = before.entrySet().stream()
                .filter(partition -> after.getOrDefault(partition.getKey(), 0L) == partition.getValue() + 1)
                .count();
        Duration clock;
        try (RedisShell redis = RedisShell.open(site)) {
            clock = redis.clockAhead();
        }
        evidence.check(
                        "epoch",
                        "higher in every partition",
                        "%d of %d, %d by one".formatted(higher, before.size(), next),
                        !before.isEmpty() && higher == before.size())
                .check(
                        "clock of the replica",
                        CLOCK.toSeconds() + " s",
                        clock.toSeconds() + " s",
                        clock.minus(CLOCK).abs().compareTo(CLOCK_INEXACT) < 0)
                .number("epochs higher by one", next + " of " + before.size());
    }

    /** Accepted by the one that died and by the other one, in its own epoch. */
    private static void presentAgain(Evidence evidence, Trial trial, Set<Integer> accepted, Map<Partition, Long> before)
            throws SQLException {
        Map<MessageKey, DatabaseLedger.Row> rows = new HashMap<>();
        trial.rows().rows().forEach(row -> rows.put(row.message(), row));
        long epochBefore =
                before.values().stream().mapToLong(epoch -> epoch).max().orElse(0);
        List<MessageKey> messages = trial.ledger().messages();
        long present = 0;
        long again = 0;
        for (int message : accepted) {
            DatabaseLedger.Row row = rows.get(messages.get(message));
            present += row == null ? 0 : 1;
            again += row != null && Integer.toUnsignedLong(row.position().epoch()) > epochBefore ? 1 : 0;
        }
        evidence.check(
                        "accepted and lost",
                        "%d or more, all present again after they were sent again".formatted(LOST_MIN),
                        "%d, present %d, at a new place %d".formatted(accepted.size(), present, again),
                        again >= LOST_MIN && again == accepted.size())
                .number("sent again", Long.toString(again));
    }

    private static void resyncs(Evidence evidence, Resyncs resyncs, long promoted) {
        Optional<Duration> longest = resyncs.last().map(last -> Duration.ofNanos(Math.max(0, last - promoted)));
        evidence.check(
                        "clients that show what was lost",
                        "load anew up to " + Numbers.seconds(RESYNC_MAX) + " after the replica is promoted",
                        resyncs.lanes() + " lanes, the last after " + Numbers.seconds(longest),
                        resyncs.lanes() > 0
                                && longest.isPresent()
                                && longest.get().compareTo(RESYNC_MAX) <= 0)
                .number("loaded anew", resyncs.lanes() + " lanes within " + Numbers.seconds(longest));
    }

    private static void newOnes(Evidence evidence, Timings timings, long promoted) {
        long settled = promoted + RESYNC_MAX.toNanos();
        Optional<Duration> shown =
                timings.shownWithin(P99, settled, Long.MAX_VALUE, device -> device.follows() != Device.Follows.NOTHING);
        evidence.check(
                        "new messages",
                        "shown, p99 up to " + Numbers.seconds(SHOWN_MAX),
                        Numbers.seconds(shown),
                        shown.isPresent() && shown.get().compareTo(SHOWN_MAX) <= 0)
                .number("new ones shown, p99", Numbers.seconds(shown));
    }

    /** Messages whose first try began then or later, and which are accepted by now. */
    private static Set<Integer> acceptedOf(Ledger ledger, long from) {
        Set<Integer> before = new HashSet<>();
        Set<Integer> accepted = new HashSet<>();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.SEND && event.nanos() < from) {
                before.add(event.message());
            } else if (event.kind() == Event.Kind.ACCEPTED && !before.contains(event.message())) {
                accepted.add(event.message());
            }
        });
        return accepted;
    }

    private static Map<Partition, Long> epochs(ProofSite site) {
        Map<Partition, Long> epochs = new HashMap<>();
        try (RedisShell redis = RedisShell.open(site)) {
            for (Partition partition : Partition.all()) {
                epochs.put(partition, Long.parseLong(redis.text("HGET", Keys.partition(partition), "epoch")));
            }
        }
        return epochs;
    }

    /**
     * Lanes that devices forgot and loaded anew. Immutable.
     *
     * @param last when the last of them was there; empty if one never was
     */
    private record Resyncs(int lanes, Optional<Long> last) {
        static Resyncs of(Ledger ledger, long from) {
            Set<List<Integer>> open = new HashSet<>();
            int[] lanes = {0};
            long[] last = {from};
            ledger.forEach(event -> {
                List<Integer> lane = List.of(event.device(), event.lane());
                if (event.kind() == Event.Kind.RESYNC && event.nanos() >= from) {
                    lanes[0]++;
                    open.add(lane);
                } else if (event.kind() == Event.Kind.LOADED && open.remove(lane)) {
                    last[0] = event.nanos();
                }
            });
            return new Resyncs(lanes[0], open.isEmpty() ? Optional.of(last[0]) : Optional.empty());
        }
    }
}
