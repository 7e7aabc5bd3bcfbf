package dev.switchboard.benchmarks.proof.row.redis;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Machine;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.row.SmallDisk;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.servers.Await;
import java.time.Duration;
import java.util.Optional;

/** F07: Redis' disk is full. It ends, because it can't keep what it accepts, and comes back when there is space. Has no state. */
public final class DiskFull implements Row {
    private static final int SIZE_MIB = 6;
    private static final int SIZE_AFTER_MIB = 200;
    private static final Duration TALK = Duration.ofSeconds(60);
    private static final Duration FULL_TIMEOUT = Duration.ofSeconds(45);
    private static final Duration RED_MAX = Duration.ofSeconds(5);

    @Override
    public String id() {
        return "F07";
    }

    @Override
    public String title() {
        return "Redis' disk full, then with space again";
    }

    @Override
    public Optional<String> lacks() {
        return Machine.lacksProgram("mount").or(Machine::lacksRoot);
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        try (SmallDisk disk = SmallDisk.mount(context.dir().resolve("redis-disk"), SIZE_MIB)) {
            ProofSite site = context.freshSite(
                    SitePlan.USUAL.withRedis("dir", disk.path().toString()));
            try (Trial trial = context.trial(site, FleetPlan.usual(context.seed(), TALK))) {
                boolean ended = Await.until(FULL_TIMEOUT, () -> !site.redis().isAlive());
                long full = trial.now();
                boolean red = Await.until(
                        RED_MAX,
                        () -> site.gateways().stream()
                                .noneMatch(gateway -> gateway.readiness().isEmpty()));
                Duration took = Duration.ofNanos(trial.now() - full);
                long back = trial.mark("space again, Redis starts", () -> {
                    disk.resize(SIZE_AFTER_MIB);
                    site.redis().restart();
                });
                trial.mark("Redis ended, its disk is full", full, back);
                return trial.end()
                        .check("Redis", "ends when its disk is full", ended ? "so" : "it runs", ended)
                        .check(
                                "readiness",
                                "red within " + Numbers.seconds(RED_MAX),
                                red ? Numbers.seconds(took) : "green",
                                red);
            } finally {
                site.close();
            }
        }
    }
}
