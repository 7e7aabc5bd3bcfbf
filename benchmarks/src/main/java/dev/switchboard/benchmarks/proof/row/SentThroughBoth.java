package dev.switchboard.benchmarks.proof.row;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * F21: each message comes through both gateways at once, and once more after Redis has forgotten that it was accepted. Has no
 * state.
 */
final class SentThroughBoth implements Row {
    private static final int PAIRS = 1_000;
    private static final int USERS_MAX = 100;
    private static final int ADMINS = 2;
    private static final Duration QUIET_MAX = Duration.ofSeconds(60);
    private static final Duration VOID_MAX = Duration.ofSeconds(2);
    /** Longer than the criterion: a late number says more than none. */
    private static final Duration VOID_PATIENCE = Duration.ofSeconds(20);

    @Override
    public String id() {
        return "F21";
    }

    @Override
    public String title() {
        return "the same message through both gateways at once";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.site();
        FleetPlan usual = context.plan();
        FleetPlan plan = usual.with(
                        usual.crowd().of(Math.min(USERS_MAX, usual.crowd().users()), ADMINS))
                .with(usual.talk()
                        .of((double) PAIRS / context.load().toSeconds(), context.load())
                        .withAdmins(0, 0))
                .with(new FleetPlan.Trouble(0, 0, true));
        try (Trial trial = context.trial(site, plan)) {
            trial.awaitTalk();
            List<String> unsettled = trial.fleet().awaitQuiet(QUIET_MAX);
            long paired = trial.now();
            double voidsBefore = voids(site);
            trial.mark("dedupe memory deleted", () -> forget(site));
            int late = trial.fleet().sayAllAgain();
            long said =
                    trial.mark("all said again", () -> Await.until(QUIET_MAX, () -> answered(trial, paired) >= late));
            boolean voided = Await.until(VOID_PATIENCE, () -> voids(site) - voidsBefore >= late);
            Duration voidedAfter = Duration.ofNanos(trial.now() - said);
            Evidence evidence = trial.end();
            Pairs pairs = Pairs.of(trial.ledger(), paired);
            return evidence.check(
                            "pairs",
                            PAIRS + " answered twice, both times with the same position",
                            "%d of %d, %d with different ones; unsettled %d"
                                    .formatted(pairs.twice(), pairs.said(), pairs.different(), unsettled.size()),
                            pairs.twice() == PAIRS && pairs.different() == 0)
                    .check(
                            "said again too late",
                            "all void within " + Numbers.seconds(VOID_MAX),
                            "%.0f of %d, %s after the last answer"
                                    .formatted(voids(site) - voidsBefore, late, Numbers.seconds(voidedAfter)),
                            voided && voidedAfter.compareTo(VOID_MAX) <= 0)
                    .number("pairs", Integer.toString(pairs.twice()))
                    .number("void", late + " within " + Numbers.seconds(voidedAfter));
        }
    }

    /** As after the dedupe window: what was accepted before is not known any more. */
    private static void forget(ProofSite site) {
        List<String> command = new ArrayList<>(List.of("DEL"));
        for (Partition partition : Partition.all()) {
            command.add(Keys.dedupe(partition));
            command.add(Keys.dedupeBefore(partition));
        }
        try (RedisShell redis = RedisShell.open(site)) {
            redis.text(command.toArray(String[]::new));
        }
    }

    /** Positions whose message the workers found at another one. */
    private static double voids(ProofSite site) {
        return site.workers().stream()
                .mapToDouble(worker ->
                        worker.metrics().sum("switchboard_worker_void_total").orElse(0))
                .sum();
    }

    private static long answered(Trial trial, long from) {
        long[] count = {0};
        trial.ledger().forEach(event -> {
            if (event.kind() == Event.Kind.ACCEPTED && event.nanos() > from) {
                count[0]++;
            }
        });
        return count[0];
    }

    /** What the two tries of each message were answered. Immutable. */
    private record Pairs(int said, int twice, int different) {
        static Pairs of(Ledger ledger, long until) {
            Map<Integer, List<Event>> answers = new HashMap<>();
            int[] said = {0};
            ledger.forEach(event -> {
                if (event.nanos() <= until && event.kind() == Event.Kind.SAID) {
                    said[0]++;
                } else if (event.nanos() <= until && event.kind() == Event.Kind.ACCEPTED) {
                    answers.computeIfAbsent(event.message(), message -> new ArrayList<>(2))
                            .add(event);
                }
            });
            int twice = 0;
            int different = 0;
            for (List<Event> both : answers.values()) {
                long devices = both.stream().map(Event::device).distinct().count();
                long places = both.stream()
                        .map(answer -> List.of(answer.lane(), answer.position()))
                        .distinct()
                        .count();
                twice += devices == 2 ? 1 : 0;
                different += places > 1 ? 1 : 0;
            }
            return new Pairs(said[0], twice, different);
        }
    }
}
