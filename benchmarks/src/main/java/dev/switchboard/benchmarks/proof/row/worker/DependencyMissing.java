package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.ProofOptions;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.link.LinkMode;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.servers.Await;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * F29: everything is started while one thing that it needs is missing for a while: Redis, then MySQL, then the workers. Programs
 * wait and do not end, and all is green soon after the last part has come. Has no state.
 */
public final class DependencyMissing implements Row {
    private static final Duration MISSING = Duration.ofSeconds(60);
    private static final Duration MISSING_SHORT = Duration.ofSeconds(10);
    private static final Duration GREEN_MAX = Duration.ofSeconds(10);
    private static final Duration TALK = Duration.ofSeconds(5);

    @Override
    public String id() {
        return "F29";
    }

    @Override
    public String title() {
        return "started with Redis, with MySQL, with the workers missing";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        Duration missing = context.mode() == ProofOptions.Mode.SHORT ? MISSING_SHORT : MISSING;
        ProofSite site = context.freshSite(SitePlan.USUAL);
        try (Trial trial = context.trial(site, FleetPlan.usual(context.seed(), TALK))) {
            Evidence evidence = trial.end();
            missing(evidence, site, "Redis", missing, redisLinks(site));
            missing(evidence, site, "MySQL", missing, mysqlLinks(site));
            workersMissing(evidence, site, missing);
            return evidence;
        }
    }

    private static void missing(
            Evidence evidence, ProofSite site, String what, Duration missing, List<TcpProxy> links) {
        links.forEach(link -> link.mode(LinkMode.CUT));
        Map<Service, Long> pids = new HashMap<>();
        for (Service service : site.services()) {
            service.restart();
            pids.put(service, service.pid());
        }
        Await.until(missing, () -> false);
        judge(evidence, site, what, pids, () -> links.forEach(link -> link.mode(LinkMode.PASS)));
    }

    /** With an empty Redis, which only a worker makes ready. */
    private static void workersMissing(Evidence evidence, ProofSite site, Duration missing) {
        site.workers().forEach(Service::kill);
        site.gateways().forEach(Service::kill);
        try (RedisShell redis = RedisShell.open(site)) {
            redis.text("FLUSHALL");
        }
        Map<Service, Long> pids = new HashMap<>();
        for (Service gateway : site.gateways()) {
            gateway.restart();
            pids.put(gateway, gateway.pid());
        }
        Await.until(missing, () -> false);
        judge(evidence, site, "worker", pids, () -> site.workers().forEach(Service::restart));
    }

    private static void judge(Evidence evidence, ProofSite site, String what, Map<Service, Long> pids, Runnable comes) {
        boolean waited = pids.entrySet().stream()
                .allMatch(entry -> entry.getKey().isAlive() && entry.getKey().pid() == entry.getValue());
        // Without MySQL gateways carry live chat; a worker needs both.
        List<Service> tooEarly = pids.keySet().stream()
                .filter(service -> service.readiness().isEmpty())
                .filter(service -> !(what.equals("MySQL") && site.gateways().contains(service)))
                .toList();
        comes.run();
        long since = System.nanoTime();
        boolean green = Await.until(
                GREEN_MAX.multipliedBy(3),
                () -> site.services().stream()
                        .allMatch(service -> service.readiness().isEmpty()));
        Duration took = Duration.ofNanos(System.nanoTime() - since);
        evidence.check("without " + what, "programs wait and do not end", waited ? "so" : "one has ended", waited)
                .check(
                        "readiness without " + what,
                        "red where it is needed",
                        tooEarly.isEmpty() ? "red" : tooEarly.get(0).name() + " is green",
                        tooEarly.isEmpty())
                .check(
                        "green again with " + what,
                        "within " + Numbers.seconds(GREEN_MAX),
                        green ? Numbers.seconds(took) : "not",
                        green && took.compareTo(GREEN_MAX) <= 0)
                .number("green after " + what, Numbers.seconds(took));
    }

    private static List<TcpProxy> redisLinks(ProofSite site) {
        return Stream.concat(site.links().gatewayRedis().stream(), site.links().workerRedis().stream())
                .toList();
    }

    private static List<TcpProxy> mysqlLinks(ProofSite site) {
        return Stream.concat(site.links().gatewayMysql().stream(), site.links().workerMysql().stream())
                .toList();
    }
}
