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
import dev.switchboard.benchmarks.proof.link.LinkMode;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.proto.v1.RefusalCode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * F13: nothing counts as accepted that no replica has, and the only replica is out of reach: at first without a sign, then with
 * its connection ended. Has no state.
 */
public final class ReplicaCutOff implements Row {
    private static final double CUT_AT = 5;
    private static final double END_AT = 15;
    private static final double HEAL_AT = 25;
    private static final Duration TALK = Duration.ofSeconds(35);
    /** Many, so that what one gateway refused is also tried at the other, at once and later. */
    private static final double AGAIN_SHARE = 0.5;

    private static final Duration ANSWER_MAX = Duration.ofMillis(700);

    @Override
    public String id() {
        return "F13";
    }

    @Override
    public String title() {
        return "replicated(1) without its replica for 20 s";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.freshSite(
                SitePlan.USUAL.withReplica(List.of()).with(SitePlan.GATEWAY, "ACK_DURABILITY", "replicated(1)"));
        TcpProxy link = site.replica().link();
        FleetPlan plan = FleetPlan.usual(context.seed(), TALK).with(new FleetPlan.Trouble(AGAIN_SHARE, 0, false));
        try (Trial trial = context.trial(site, plan)) {
            trial.awaitSecond(CUT_AT);
            long from = trial.mark("replica in a black hole", () -> link.mode(LinkMode.BLACKHOLE));
            trial.awaitSecond(END_AT);
            trial.mark("its connection ends", () -> link.mode(LinkMode.CUT));
            trial.awaitSecond(HEAL_AT);
            long until = trial.now();
            long healed = trial.mark("heal", () -> link.mode(LinkMode.PASS));
            trial.mark("no replica", from, healed);
            Evidence evidence = trial.end();
            Answers answers = new Answers(trial.ledger(), from, until);
            Map<MessageKey, Long> rows = trial.rows().rows().stream()
                    .collect(Collectors.groupingBy(DatabaseLedger.Row::message, Collectors.counting()));
            judge(evidence, answers, rows, trial.ledger().messages());
            Optional<Duration> recovery = trial.timings().recovery(healed);
            return evidence.number("accepted as fast as before", Numbers.seconds(recovery) + " after the heal");
        }
    }

    private static void judge(
            Evidence evidence, Answers answers, Map<MessageKey, Long> rows, List<MessageKey> messages) {
        Duration slowest = Duration.ofNanos(answers.slowest);
        long once = answers.refused.stream()
                .filter(message -> rows.getOrDefault(messages.get(message), 0L) == 1)
                .count();
        evidence.check("accepted meanwhile", "none", Integer.toString(answers.accepted), answers.accepted == 0)
                .check(
                        "NOT_REPLICATED",
                        "the answer to all, also to retries, within " + Numbers.seconds(ANSWER_MAX),
                        "%d, slowest %s; %d to retries, %d through the other gateway; %d other answers"
                                .formatted(
                                        answers.notReplicated,
                                        Numbers.seconds(slowest),
                                        answers.retries,
                                        answers.elsewhere,
                                        answers.others),
                        answers.retries > 0
                                && answers.elsewhere > 0
                                && answers.others == 0
                                && slowest.compareTo(ANSWER_MAX) <= 0)
                .check(
                        "what was refused so",
                        "has one row each after the heal",
                        once + " of " + answers.refused.size(),
                        once == answers.refused.size())
                .number("not replicated", answers.notReplicated + ", slowest " + Numbers.seconds(slowest))
                .number("of these retries", Integer.toString(answers.retries))
                .number("through the other gateway", Integer.toString(answers.elsewhere));
    }

    /** Answers to what was tried without a replica, as long as there was none. One thread. */
    private static final class Answers {
        private final long from;
        private final long until;
        private final List<Device> devices;
        /** When tries began that have no answer, by device and message, oldest first. */
        private final Map<List<Integer>, Deque<Long>> open = new HashMap<>();

        private final Set<List<Integer>> tried = new HashSet<>();
        private final Set<Integer> refused = new HashSet<>();
        private int accepted;
        private int notReplicated;
        private int retries;
        private int elsewhere;
        private int others;
        private long slowest;

        private Answers(Ledger ledger, long from, long until) {
            this.from = from;
            this.until = until;
            this.devices = ledger.devices();
            ledger.forEach(this::add);
        }

        private void add(Event event) {
            List<Integer> key = List.of(event.device(), event.message());
            switch (event.kind()) {
                case SEND ->
                    open.computeIfAbsent(key, same -> new ArrayDeque<>()).add(event.nanos());
                case ACCEPTED, REFUSED, UNKNOWN -> {
                    Long began = open.getOrDefault(key, new ArrayDeque<>()).poll();
                    if (began != null && began >= from && event.nanos() <= until) {
                        answered(event, began, !tried.add(key));
                    }
                }
                default -> {}
            }
        }

        private void answered(Event event, long began, boolean again) {
            if (event.kind() == Event.Kind.ACCEPTED) {
                accepted++;
            } else if (event.kind() == Event.Kind.REFUSED && event.detail() == RefusalCode.NOT_REPLICATED_VALUE) {
                notReplicated++;
                slowest = Math.max(slowest, event.nanos() - began);
                refused.add(event.message());
                boolean repeats = devices.get(event.device()).follows() == Device.Follows.NOTHING;
                elsewhere += repeats ? 1 : 0;
                retries += again || repeats ? 1 : 0;
            } else {
                others++;
            }
        }
    }
}
