package dev.switchboard.benchmarks.proof.site;

import dev.switchboard.benchmarks.proof.link.Links;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.local.LocalConfig;
import dev.switchboard.local.LocalStack;
import dev.switchboard.local.Program;
import dev.switchboard.local.ServiceProcess;
import dev.switchboard.local.ServiceVariables;
import dev.switchboard.local.StackDirectory;
import dev.switchboard.local.demo.DemoTokens;
import dev.switchboard.servers.DatabaseServer;
import dev.switchboard.servers.Ports;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.settings.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Redis, MariaDB, two workers and two gateways, each a process of its own, with a link in front of everything one of them talks
 * to: nothing goes from one to another but through {@link #links}. One thread breaks and mends it; any may ask. Invariant: nothing
 * outlives this JVM.
 */
public final class ProofSite implements AutoCloseable {
    private static final int GATEWAYS = 2;
    private static final int WORKERS = 2;
    /** Two for each gateway, one for each worker, and one for each link, that to a replica among them. */
    private static final int PORTS = 2 * GATEWAYS + WORKERS + 3 * GATEWAYS + 2 * WORKERS + 1;

    /** A proof takes an hour, and its tokens don't run out. */
    private static final Duration TOKEN_LIFE = Duration.ofHours(15);

    /** So long ago are they issued: a gateway whose clock is behind by less takes them as well. */
    private static final Duration TOKEN_AGE = Duration.ofHours(3);

    /** Every buffer is watched, from its allocation to its release. Noting each use of it in between takes most of a gateway's time. */
    private static final List<String> LEAKS =
            List.of("-Dio.netty.leakDetection.level=paranoid", "-Dio.netty.leakDetection.acquireAndReleaseOnly=true");

    /** One machine plays all users: what limits a user or an address is checked like any other limit, and out of the way. */
    private static final Map<String, String> LIMITS = Map.of(
            "RATE_USER_PER_MINUTE", "6000000",
            "RATE_USER_BURST", "1000000",
            "RATE_ADMIN_PER_MINUTE", "6000000",
            "RATE_ADMIN_BURST", "1000000",
            "HTTP_RATE_USER_PER_MINUTE", "600000",
            "HTTP_RATE_USER_BURST", "100000",
            "HTTP_RATE_ADMIN_PER_MINUTE", "600000",
            "HTTP_RATE_ADMIN_BURST", "100000",
            "CONNECTIONS_PER_ADDRESS_MAX", "10000");

    /** Clients keep connections for HTTP open that nobody uses any more: a row doesn't wait 75 s for their end. */
    private static final String HTTP_IDLE = "5s";

    private final SitePlan plan;
    private final StackDirectory directory;
    private final Secret jwtSecret;
    private final DemoTokens tokens;
    private final Links links = new Links();
    /** Chosen at once: whoever binds late finds that nobody else here has the same. */
    private final Iterator<Integer> ports = Ports.free(PORTS).iterator();

    private final List<Integer> gatewayPorts = List.of(ports.next(), ports.next());
    private final List<Service> workers = new ArrayList<>();
    private final List<Service> gateways = new ArrayList<>();
    private Optional<RedisServer> primary = Optional.empty();
    private Optional<Replica> replica = Optional.empty();
    private boolean promoted;
    private Optional<DatabaseServer> database = Optional.empty();
    private Optional<SiteLinks> routes = Optional.empty();

    private ProofSite(Path dir, SitePlan plan) {
        this.plan = plan;
        this.directory = StackDirectory.open(new LocalConfig.Data(dir, false));
        this.jwtSecret = directory.jwtSecret();
        this.tokens = new DemoTokens(jwtSecret, TOKEN_LIFE, Clock.offset(Clock.systemUTC(), TOKEN_AGE.negated()));
    }

    /** All of it, ready on return; its data, logs and pid files are in that directory, which belongs to it. */
    public static ProofSite start(Path dir, SitePlan plan) {
        ProofSite site = new ProofSite(dir, plan);
        try {
            site.startServers();
            site.startPrograms();
            return site;
        } catch (RuntimeException e) {
            site.close();
            throw e;
        }
    }

    public SitePlan plan() {
        return plan;
    }

    /** The one that gateways and workers are led to. */
    public RedisServer redis() {
        return promoted ? replica().server() : primary.orElseThrow();
    }

    /** What follows {@link #redis}, where the plan has it. */
    public Replica replica() {
        return replica.orElseThrow();
    }

    /** From now on the replica is the Redis of this site, and all links to Redis lead to it. */
    public void promoteReplica() {
        replica().promote();
        promoted = true;
        Stream.concat(links().gatewayRedis().stream(), links().workerRedis().stream())
                .forEach(link -> link.passTo(redis().port()));
    }

    public DatabaseServer database() {
        return database.orElseThrow();
    }

    public SiteLinks links() {
        return routes.orElseThrow();
    }

    public List<Service> gateways() {
        return List.copyOf(gateways);
    }

    public List<Service> workers() {
        return List.copyOf(workers);
    }

    /** Gateways and workers. */
    public List<Service> services() {
        return Stream.concat(gateways.stream(), workers.stream()).toList();
    }

    /** Where clients connect, one for each gateway: the links in front of them. */
    public List<URI> doors() {
        return links().clients().stream()
                .map(link -> URI.create("http://localhost:" + link.port()))
                .toList();
    }

    /** A token that these gateways accept. */
    public String token(String user, boolean admin) {
        return tokens.issue(user, user, admin);
    }

    /** A token of these gateways that is good from then on for so long. */
    public String token(String user, Instant from, Duration life) {
        return new DemoTokens(jwtSecret, life, Clock.fixed(from, ZoneOffset.UTC)).issue(user, user, false);
    }

    /** Where a gateway itself listens, behind its link. */
    public int gatewayPort(int gateway) {
        return gatewayPorts.get(gateway);
    }

    public Path logs() {
        return directory.logs();
    }

    /** Mends whatever a row may have left broken: throws if something doesn't come back. */
    public void mend() {
        links.heal();
        redis().resume();
        if (!redis().isAlive()) {
            redis().restart();
        }
        database().resume();
        if (!database().isAlive()) {
            database().restart();
        }
        for (Service service : services()) {
            service.resume();
            if (!service.isAlive()) {
                service.restart();
            }
        }
        services().forEach(Service::awaitReady);
    }

    /** In reverse order of start, each part bounded in time. */
    @Override
    public void close() {
        links.heal();
        gateways.forEach(Service::terminate);
        gateways.forEach(Service::close);
        gateways.clear();
        workers.forEach(Service::terminate);
        workers.forEach(Service::close);
        workers.clear();
        // First: a primary that is told to end waits for whoever follows it.
        replica.ifPresent(Replica::close);
        primary.ifPresent(RedisServer::close);
        database.ifPresent(DatabaseServer::close);
        links.close();
    }

    private void startServers() {
        RedisServer first = RedisServer.start(redisOptions(directory.redis()).behind(plan.redisWrapper()));
        primary = Optional.of(first);
        DatabaseServer.Options databaseOptions =
                DatabaseServer.Options.in(directory.database()).behind(plan.databaseWrapper());
        for (String argument : plan.database()) {
            databaseOptions = databaseOptions.with(argument);
        }
        database = Optional.of(DatabaseServer.start(databaseOptions));
        routes = Optional.of(SiteLinks.open(
                links, ports, gatewayPorts, WORKERS, first.port(), database().port()));
        plan.replica().ifPresent(wrapper -> {
            Path dir = directory.redis().resolveSibling("replica");
            // A plan may have moved the data of the first one elsewhere.
            RedisServer.Options options =
                    redisOptions(dir).with("dir", dir.toAbsolutePath().toString());
            TcpProxy link = links.open("replica to Redis", ports.next(), first.port());
            replica = Optional.of(Replica.start(options.behind(wrapper), first, link));
        });
    }

    private RedisServer.Options redisOptions(Path dir) {
        // Nobody else is coming whom a copy could be shared with.
        RedisServer.Options options = RedisServer.Options.in(dir).with("repl-diskless-sync-delay", "0");
        for (Map.Entry<String, String> setting : plan.redis().entrySet()) {
            options = options.with(setting.getKey(), setting.getValue());
        }
        return options;
    }

    private void startPrograms() {
        for (int i = 0; i < WORKERS; i++) {
            workers.add(worker(i));
        }
        for (int i = 0; i < GATEWAYS; i++) {
            gateways.add(gateway(i));
        }
        services().forEach(Service::awaitReady);
    }

    private Service worker(int index) {
        String name = SitePlan.WORKER + " " + (index + 1);
        int management = ports.next();
        return service(SitePlan.WORKER, name, own -> {
            ServiceVariables variables = variables()
                    .managedAt(management)
                    .redis(redis().over(links().workerRedis().get(index).port(), redis().workerUrl()))
                    .workerOf(
                            database(),
                            database().jdbcUrl(links().workerMysql().get(index).port()));
            return launch(name, Program.worker(javaOptions(own), own.classPath()), own, variables, management);
        });
    }

    private Service gateway(int index) {
        String name = SitePlan.GATEWAY + " " + (index + 1);
        int management = ports.next();
        List<Integer> pages = Stream.concat(
                        gatewayPorts.stream(), links().clients().stream().map(TcpProxy::port))
                .toList();
        return service(SitePlan.GATEWAY, name, own -> {
            ServiceVariables variables = variables()
                    .managedAt(management)
                    .publicAt(gatewayPorts.get(index), pages)
                    .signedWith(jwtSecret)
                    .redis(redis().over(links().gatewayRedis().get(index).port(), redis().gatewayUrl()))
                    .gatewayOf(
                            database(),
                            database().jdbcUrl(links().gatewayMysql().get(index).port()));
            return launch(name, Program.gateway(javaOptions(own), own.classPath()), own, variables, management);
        });
    }

    private Service service(String kind, String name, Function<ProgramPlan, ServiceProcess> launcher) {
        Path log = directory.logs().resolve(name.replace(' ', '-') + ".log");
        return new Service(name, log, plan.of(kind, name), launcher);
    }

    private ServiceProcess launch(
            String name, Program program, ProgramPlan own, ServiceVariables variables, int management) {
        // Last: a plan may want another address than its place decides.
        own.settings().forEach(variables::with);
        return ServiceProcess.launch(
                directory.command(name, program.behind(own.wrapper()), variables.asMap()), management);
    }

    private static List<String> javaOptions(ProgramPlan own) {
        List<String> options = new ArrayList<>(LocalStack.JAVA_OPTIONS);
        options.addAll(LEAKS);
        options.addAll(own.javaOptions());
        return options;
    }

    private static ServiceVariables variables() {
        ServiceVariables variables = ServiceVariables.over(System.getenv()).sharing(GATEWAYS);
        LIMITS.forEach(variables::with);
        variables.with("HTTP_IDLE_TIMEOUT", HTTP_IDLE);
        return variables;
    }
}
