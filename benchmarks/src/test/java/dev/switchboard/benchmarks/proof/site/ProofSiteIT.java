package dev.switchboard.benchmarks.proof.site;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.benchmarks.proof.fleet.Fleet;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.link.LinkMode;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.benchmarks.proof.link.Trap;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Script;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("faults")
class ProofSiteIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int FILES_MAX = 900;
    private static final AtomicInteger FLEETS = new AtomicInteger();

    @TempDir
    static Path dir;

    private static ProofSite site;

    @BeforeAll
    static void start() {
        SitePlan plan = SitePlan.USUAL
                .withRedis("maxmemory", "300mb")
                .with(SitePlan.WORKER, "LEASE", "5s")
                .with("gateway 2", ProgramPlan.USUAL.behind(List.of("prlimit", "--nofile=" + FILES_MAX)))
                .with(
                        SitePlan.GATEWAY,
                        ProgramPlan.USUAL.withJava("-XX:TieredStopAtLevel=1").inFront(dir));
        site = ProofSite.start(dir.resolve("site"), plan);
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    @Test
    void everyProcessIsStartedAsPlanned() throws IOException {
        try (RedisShell redis = RedisShell.open(site)) {
            assertEquals(List.of("maxmemory", "314572800"), redis.list("CONFIG", "GET", "maxmemory"));
        }
        assertTrue(environment(site.workers().get(1)).contains("SWITCHBOARD_LEASE=5s"));
        assertTrue(commandLine(site.gateways().get(0)).contains("-cp\0" + dir + ":"));
        assertTrue(commandLine(site.gateways().get(0)).contains("leakDetection.level=paranoid"));
        assertEquals(FILES_MAX, openFilesMax(site.gateways().get(1)));
        assertTrue(openFilesMax(site.gateways().get(0)) != FILES_MAX);
    }

    @Test
    void tellsHowItsProcessesAre() {
        Service gateway = site.gateways().get(0);

        assertEquals("", gateway.readiness());
        assertEquals(1, gateway.metrics().sum("switchboard_gateway_ready").orElseThrow());
        Vitals vitals = gateway.vitals();
        assertTrue(vitals.heapBytes() > 0 && vitals.heapBytes() < vitals.rssBytes(), vitals.toString());
        assertTrue(vitals.files() > 0);
    }

    @Test
    void everythingGoesThroughLinks() {
        talk(1);
        SiteLinks links = site.links();
        for (List<TcpProxy> kind : List.of(
                links.clients(),
                links.gatewayRedis(),
                links.gatewayMysql(),
                links.workerRedis(),
                links.workerMysql())) {
            kind.forEach(link -> assertTrue(link.accepted() > 0, link.name()));
        }
    }

    @Test
    void aGatewayWithoutRedisSaysSoAndComesBack() {
        Service gateway = site.gateways().get(1);
        TcpProxy link = site.links().gatewayRedis().get(1);
        link.mode(LinkMode.CUT);
        assertTrue(Await.until(PATIENCE, () -> !gateway.readiness().isEmpty()));
        assertEquals("", site.gateways().get(0).readiness());
        site.mend();
        assertEquals("", gateway.readiness());
    }

    @Test
    void trapsFindCommitsAndMarksOfWorkers() {
        List<Trap> commits = site.links().workerMysql().stream()
                .map(link -> link.trap(SiteLinks.COMMIT, 1_000, () -> Trap.Fate.RELEASE))
                .toList();
        List<Trap> marks = site.links().workerRedis().stream()
                .map(link -> link.trap(Script.MARK.sha1(), 1_000, () -> Trap.Fate.RELEASE))
                .toList();
        talk(2);
        assertTrue(commits.stream().mapToInt(Trap::sprung).sum() > 0);
        assertTrue(marks.stream().mapToInt(Trap::sprung).sum() > 0);
        commits.forEach(Trap::disarm);
        marks.forEach(Trap::disarm);
    }

    @Test
    void theConnectionThatSubscribesIsKnown() {
        TcpProxy link = site.links().gatewayRedis().get(0);
        AtomicInteger subscribing = new AtomicInteger();
        AtomicInteger all = new AtomicInteger();
        link.mode(LinkMode.PASS, connection -> {
            all.incrementAndGet();
            subscribing.addAndGet(connection.said(SiteLinks.SUBSCRIBE) ? 1 : 0);
            return false;
        });
        assertEquals(1, subscribing.get());
        assertTrue(all.get() > 1);
        link.mode(LinkMode.PASS);
    }

    @Test
    void mendsWhateverWasBroken() {
        Service worker = site.workers().get(0);
        long before = worker.pid();
        worker.kill();
        site.gateways().get(0).pause();
        site.redis().kill();
        site.database().pause();

        site.mend();

        assertTrue(worker.pid() != before);
        site.services().forEach(service -> assertEquals("", service.readiness(), service.name()));
        talk(1);
    }

    @Test
    void startsAgainWithOtherSettings() throws IOException {
        Service worker = site.workers().get(1);
        worker.restart(ProgramPlan.USUAL.with("LEASE", "7s"));
        worker.awaitReady();
        assertTrue(environment(worker).contains("SWITCHBOARD_LEASE=7s"));
        worker.restart();
        worker.awaitReady();
        assertTrue(environment(worker).contains("SWITCHBOARD_LEASE=5s"));
        assertFalse(commandLine(worker).isEmpty());
    }

    /** A few people talk, and all of it is stored. */
    private static void talk(int seconds) {
        Ledger ledger = new Ledger(System::nanoTime);
        FleetPlan usual = FleetPlan.usual(FLEETS.get(), Duration.ofSeconds(seconds));
        FleetPlan plan = usual.with(usual.crowd().of(4, 1).withPrefix("talk" + FLEETS.incrementAndGet() + "-"))
                .with(usual.talk().of(10, Duration.ofSeconds(seconds)))
                .with(FleetPlan.Trouble.NONE);
        try (Fleet fleet = Fleet.start(plan, site.doors(), site::token, ledger)) {
            assertTrue(Await.until(PATIENCE, fleet::talkIsOver));
            assertEquals(List.of(), fleet.awaitQuiet(PATIENCE));
            fleet.recordHistory(site.doors().get(0));
            fleet.recordHistory(site.doors().get(1));
        }
        assertTrue(new Timings(ledger).count(Event.Kind.ACCEPTED) > 0);
    }

    private static String environment(Service service) throws IOException {
        return read(service, "environ");
    }

    private static String commandLine(Service service) throws IOException {
        return read(service, "cmdline");
    }

    private static String read(Service service, String file) throws IOException {
        return new String(
                Files.readAllBytes(Path.of("/proc", Long.toString(service.pid()), file)), StandardCharsets.UTF_8);
    }

    private static int openFilesMax(Service service) throws IOException {
        return read(service, "limits")
                .lines()
                .filter(line -> line.startsWith("Max open files"))
                .mapToInt(line -> Integer.parseInt(line.split(" +", -1)[3]))
                .findFirst()
                .orElseThrow();
    }
}
