package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.row.BacklogWatch;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * F18: MySQL is killed, then hangs, then is away for long. Nobody who chats notices; what waits takes the memory that the operations
 * page says, and is stored fast when MySQL is back. Has no state.
 */
public final class DatabaseAway implements Row {
    private static final double PER_SECOND = 300;
    private static final int BODY_BYTES = 250;
    private static final Duration KILLED = Duration.ofSeconds(10);
    private static final Duration HUNG = Duration.ofSeconds(30);
    private static final double BETWEEN = 10;
    private static final double FIRST_AT = 3;
    private static final Duration ACCEPT_P99_MAX = Duration.ofMillis(100);
    private static final double P99 = 0.99;
    /** As the operations page has it: log, tail and ids, for a message of 250 bytes. */
    private static final double BYTES_A_MESSAGE = 0.7 * 1024;

    private static final double FORMULA_MARGIN = 1.2;
    private static final double DRAIN_ROWS_MIN = 1_500;
    private static final Duration DRAIN_TIMEOUT = Duration.ofMinutes(5);

    @Override
    public String id() {
        return "F18";
    }

    @Override
    public String title() {
        return "MySQL killed for 10 s, hung for 30 s, then away for long";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        Duration away = switch (context.mode()) {
            case SHORT -> Duration.ofSeconds(20);
            case USUAL -> Duration.ofMinutes(2);
            case LONG -> Duration.ofMinutes(10);
        };
        ProofSite site = context.site();
        double hungAt = FIRST_AT + KILLED.toSeconds() + BETWEEN;
        double awayAt = hungAt + HUNG.toSeconds() + BETWEEN;
        double backAt = awayAt + away.toSeconds();
        FleetPlan plan = FleetPlan.usual(context.seed(), Duration.ofSeconds((long) backAt + 2));
        plan = plan.with(plan.talk().of(PER_SECOND, plan.talk().lasts()).withBytes(BODY_BYTES, BODY_BYTES));
        try (Trial trial = context.trial(site, plan);
                RedisShell redis = RedisShell.open(site)) {
            trial.awaitSecond(FIRST_AT);
            long from = trial.mark("SIGKILL MySQL", () -> site.database().kill());
            trial.awaitSecond(FIRST_AT + KILLED.toSeconds());
            trial.mark("start MySQL", () -> site.database().restart());
            trial.awaitSecond(hungAt);
            long hung = trial.mark("SIGSTOP MySQL", () -> site.database().pause());
            trial.awaitSecond(hungAt + HUNG.toSeconds());
            trial.mark(
                    "MySQL hangs",
                    hung,
                    trial.mark("SIGCONT", () -> site.database().resume()));
            trial.awaitSecond(awayAt);
            BacklogWatch.awaitEmpty(site, Duration.ofSeconds((long) BETWEEN));
            long memoryBefore = Long.parseLong(redis.info("memory", "used_memory"));
            long gone =
                    trial.mark("SIGKILL MySQL, for long", () -> site.database().kill());
            trial.awaitSecond(backAt);
            long memory = Long.parseLong(redis.info("memory", "used_memory")) - memoryBefore;
            long back = trial.now();
            trial.mark("MySQL away", gone, back);
            trial.mark("start MySQL", () -> site.database().restart());
            long began = trial.now();
            boolean drained = Await.until(DRAIN_TIMEOUT, () -> BacklogWatch.entries(site) < PER_SECOND);
            Duration drain = Duration.ofNanos(trial.now() - began);
            return judge(trial, new Outage(from, gone, back, memory, drained ? drain : Timings.ENDLESS));
        }
    }

    /**
     * What the row saw.
     *
     * @param from when MySQL was killed for the first time
     * @param gone when it went for long
     * @param memoryBytes that Redis took meanwhile
     */
    private record Outage(long from, long gone, long back, long memoryBytes, Duration drain) {}

    private static Evidence judge(Trial trial, Outage outage) throws IOException, SQLException {
        Evidence evidence = trial.end();
        boolean drained = !outage.drain.equals(Timings.ENDLESS);
        Timings timings = trial.timings();
        long waited = accepted(trial, outage.gone, outage.back);
        double rate = waited / Math.max(0.001, outage.drain.toMillis() / 1000.0);
        double allowed = waited * BYTES_A_MESSAGE * FORMULA_MARGIN;
        Optional<Duration> p99 = timings.acceptedWithin(P99, outage.from, outage.back);
        return evidence.check(
                        "sends meanwhile",
                        "accepted with p99 up to " + Numbers.seconds(ACCEPT_P99_MAX),
                        Numbers.seconds(p99),
                        p99.isPresent() && p99.get().compareTo(ACCEPT_P99_MAX) <= 0)
                .check(
                        "Redis' memory",
                        "%.1f MiB at most for %d messages".formatted(allowed / 1024 / 1024, waited),
                        "%.1f MiB".formatted(outage.memoryBytes / 1024.0 / 1024),
                        outage.memoryBytes <= allowed)
                .check(
                        "drain",
                        "%.0f rows a second or more".formatted(DRAIN_ROWS_MIN),
                        drained ? "%.0f in %s".formatted(rate, Numbers.seconds(outage.drain)) : "not done",
                        drained && rate >= DRAIN_ROWS_MIN)
                .check(
                        "dead letters",
                        "none",
                        Integer.toString(trial.rows().deadLetters().size()),
                        trial.rows().deadLetters().isEmpty())
                .number("waiting at the end", Long.toString(waited))
                .number("drained at", "%.0f rows/s".formatted(rate));
    }

    private static long accepted(Trial trial, long from, long to) {
        long[] count = {0};
        trial.ledger().forEach(event -> {
            if (event.kind() == Event.Kind.ACCEPTED && event.nanos() >= from && event.nanos() <= to) {
                count[0]++;
            }
        });
        return count[0];
    }
}
