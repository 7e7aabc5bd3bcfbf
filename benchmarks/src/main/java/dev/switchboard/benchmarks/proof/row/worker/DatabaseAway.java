package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.row.BacklogWatch;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import java.time.Duration;

/**
 * F18: MySQL is killed, then hangs, then is away for long. Nobody who chats notices; what waits takes the memory that the operations
 * page says, and is stored fast when MySQL is back. Has no state.
 */
public final class DatabaseAway implements Row {
    private static final Duration KILLED = Duration.ofSeconds(10);
    private static final Duration HUNG = Duration.ofSeconds(30);
    private static final double BETWEEN = 10;
    private static final double FIRST_AT = 3;

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
        FleetPlan plan = Outage.load(context.seed(), Duration.ofSeconds((long) backAt + 2));
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
            long memoryBefore = Outage.keptBytes(redis);
            long gone =
                    trial.mark("SIGKILL MySQL, for long", () -> site.database().kill());
            trial.awaitSecond(backAt);
            long memory = Outage.keptBytes(redis) - memoryBefore;
            long back = trial.now();
            trial.mark("MySQL away", gone, back);
            trial.mark("start MySQL", () -> site.database().restart());
            Duration drain = Outage.drain(site);
            return new Outage(from, gone, back, memory, drain).judge(trial.end(), trial);
        }
    }
}
