package dev.switchboard.benchmarks.proof.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.benchmarks.proof.ledger.Checker;
import dev.switchboard.benchmarks.proof.ledger.DatabaseLedger;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.local.LocalConfig;
import dev.switchboard.local.LocalStack;
import dev.switchboard.local.ServiceProcess;
import dev.switchboard.local.Steps;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.DatabaseServer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("faults")
class FleetIT {
    private static final long SEED = 4711;
    private static final Duration QUIET = Duration.ofSeconds(60);
    /** A crowd small enough for a machine that runs other tests as well. */
    private static final int USERS = 40;

    @TempDir
    static Path dir;

    private static LocalStack stack;

    @BeforeAll
    static void start() {
        LocalConfig config = LocalConfig.random(dir.resolve("stack"), 2, 1)
                .with("SWITCHBOARD_RATE_USER_PER_MINUTE", "60000")
                .with("SWITCHBOARD_RATE_USER_BURST", "10000")
                .with("SWITCHBOARD_RATE_ADMIN_PER_MINUTE", "60000")
                .with("SWITCHBOARD_RATE_ADMIN_BURST", "10000");
        stack = LocalStack.start(config, Steps.silent());
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void holdsAllInvariantsWithoutFaults() throws SQLException, IOException {
        Ledger ledger = new Ledger(System::nanoTime);
        FleetPlan plan = plan("calm", Duration.ofSeconds(3));
        try (Fleet fleet = start(plan, ledger)) {
            assertTrue(Await.until(QUIET, fleet::talkIsOver));
            assertEquals(List.of(), fleet.awaitQuiet(QUIET));
            fleet.recordHistory(stack.gatewayUrls().get(0));
        }
        judge(ledger);
        Timings timings = new Timings(ledger);
        assertEquals(300, timings.count(Event.Kind.SAID));
        assertTrue(
                timings.count(Event.Kind.SHOWN) > 300 * 2, "each message is shown to two admins, and most to an owner");
        assertEquals(0, timings.count(Event.Kind.GAVE_UP));
    }

    @Test
    void comesBackWhenAGatewayIsKilled() throws SQLException, IOException {
        Ledger ledger = new Ledger(System::nanoTime);
        ServiceProcess victim = stack.gateways().get(0);
        long killed;
        try (Fleet fleet = start(plan("kill", Duration.ofSeconds(6)), ledger)) {
            assertTrue(Await.until(
                    QUIET, () -> ledger.now() > Duration.ofSeconds(2).toNanos()));
            killed = ledger.now();
            victim.kill();
            assertTrue(Await.until(QUIET, fleet::talkIsOver));
            assertEquals(List.of(), fleet.awaitQuiet(QUIET));
            fleet.recordHistory(stack.gatewayUrls().get(1));
        } finally {
            victim.restart();
            victim.awaitReady();
        }
        judge(ledger);
        List<Duration> back = new Timings(ledger)
                .backAgain(killed, killed + Duration.ofSeconds(1).toNanos());
        assertTrue(back.size() >= USERS / 2, "half of them were on it: " + back);
        assertTrue(back.get(back.size() - 1).compareTo(QUIET) < 0, "all came back: " + back);
    }

    private static FleetPlan plan(String prefix, Duration lasts) {
        FleetPlan usual = FleetPlan.usual(SEED, lasts);
        return usual.with(usual.crowd().of(USERS, 2).withPrefix(prefix))
                .with(usual.talk().of(100, lasts))
                .with(new FleetPlan.Trouble(0.1, 0.5, false));
    }

    private static Fleet start(FleetPlan plan, Ledger ledger) {
        return Fleet.start(
                plan, stack.gatewayUrls(), (user, admin) -> stack.tokens().issue(user, user, admin), ledger);
    }

    /** By the ledgers as they were written and read again. */
    private static void judge(Ledger ledger) throws SQLException, IOException {
        DatabaseServer database = stack.database().orElseThrow();
        Path file = dir.resolve("ledger.tsv.gz");
        Path rows = dir.resolve("database.tsv.gz");
        ledger.write(file);
        DatabaseLedger.query(database.jdbcUrl(), database.gateway()).write(rows);
        for (RowResult.Check check : new Checker(Ledger.read(file), DatabaseLedger.read(rows)).checks()) {
            assertTrue(check.held(), check.toString());
        }
        assertEquals(Map.of(), new Timings(ledger).refusals(0, ledger.now()));
    }
}
