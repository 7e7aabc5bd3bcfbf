package dev.switchboard.benchmarks.proof.fleet;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** What everybody does and when, all of it known before it begins. The same plan gives the same steps. Stateless. */
final class Schedule {
    private static final long RECONNECT_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(20);
    /** A repetition at once races with the first try; a late one finds its answer given. */
    private static final long AGAIN_SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final long AGAIN_LATE_NANOS = TimeUnit.SECONDS.toNanos(4);

    private Schedule() {}

    /** In the order of time. */
    static List<Step> of(FleetPlan plan) {
        SplittableRandom random = new SplittableRandom(plan.seed());
        List<Step> steps = new ArrayList<>();
        talk(plan, random.split(), steps);
        reconnects(plan, random.split(), steps);
        steps.sort(Comparator.comparingLong(Step::at));
        return steps;
    }

    private static void talk(FleetPlan plan, SplittableRandom random, List<Step> steps) {
        FleetPlan.Talk talk = plan.talk();
        int users = plan.crowd().users();
        int admins = plan.crowd().admins();
        if (users == 0 || talk.perSecond() == 0) {
            return;
        }
        double interval = TimeUnit.SECONDS.toNanos(1) / talk.perSecond();
        int count = (int) (talk.lasts().toNanos() / interval);
        for (int number = 0; number < count; number++) {
            long at = (long) (number * interval);
            boolean admin = admins > 0 && random.nextDouble() < talk.adminShare();
            int about = random.nextInt(users);
            boolean staff = random.nextDouble() < talk.staffShare();
            int speaker = admin ? random.nextInt(admins) : about;
            steps.add(new Step.Say(at, number, admin, speaker, about, admin && staff));
            again(plan.trouble(), random, at, number, steps);
        }
    }

    private static void again(
            FleetPlan.Trouble trouble, SplittableRandom random, long at, int number, List<Step> steps) {
        double drawn = random.nextDouble();
        boolean soon = random.nextBoolean();
        boolean otherGateway = random.nextBoolean();
        long later = random.nextLong(soon ? AGAIN_SOON_NANOS : AGAIN_LATE_NANOS);
        if (trouble.pairs()) {
            // The sort is stable: at once after the first try.
            steps.add(new Step.Again(at, number, true));
        } else if (drawn < trouble.againShare()) {
            steps.add(new Step.Again(at + later, number, otherGateway));
        }
    }

    private static void reconnects(FleetPlan plan, SplittableRandom random, List<Step> steps) {
        int users = plan.crowd().users();
        int clients = users + plan.crowd().admins();
        long lasts = plan.talk().lasts().toNanos();
        double periods = (double) lasts / RECONNECT_PERIOD_NANOS;
        long count = Math.round(clients * plan.trouble().reconnectShare() * periods);
        for (long i = 0; i < count; i++) {
            int who = random.nextInt(clients);
            boolean admin = who >= users;
            steps.add(new Step.Reconnect(
                    random.nextLong(lasts),
                    admin,
                    admin ? who - users : who,
                    random.nextBoolean(),
                    random.nextBoolean()));
        }
    }
}
