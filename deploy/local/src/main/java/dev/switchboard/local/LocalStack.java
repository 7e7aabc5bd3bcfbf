package dev.switchboard.local;

import dev.switchboard.local.demo.DemoTokens;
import dev.switchboard.local.demo.SignInServer;
import dev.switchboard.servers.DatabaseServer;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.servers.ServerStartException;
import dev.switchboard.settings.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Redis and MariaDB, workers, gateways and a sign-in page on one machine, each in a process of its own. Started in that order, and
 * stopped in the opposite one: gateways drain, workers store the rest, then the servers. Any thread may close it. Invariant: what
 * runs is known here, and nothing outlives this JVM.
 */
public final class LocalStack implements AutoCloseable {
    /**
     * Half a gigabyte is far more than a demo needs and lets two gateways and a worker fit into a small machine. What lives, lives
     * short: a large young generation, copied once at most, and the simplest collector cost least. The second compiler starts at
     * 40 % of the usual counts: at 5,000 messages a second it is done within the first 20 s instead of taking a fifth of a core
     * for minutes, which brought p99 to delivery from 17-20 ms to 10-15 ms.
     */
    public static final List<String> JAVA_OPTIONS = List.of(
            "-Xmx512m",
            "-Xmn300m",
            "-XX:+UseSerialGC",
            "-XX:MaxTenuringThreshold=1",
            "-XX:Tier4InvocationThreshold=2000",
            "-XX:Tier4MinInvocationThreshold=200",
            "-XX:Tier4CompileThreshold=4000",
            "--enable-native-access=ALL-UNNAMED");

    private final LocalConfig config;
    private final Steps steps;
    private final StackDirectory directory;
    private final Secret jwtSecret;
    private final DemoTokens tokens;

    private final List<ServiceProcess> workers = new ArrayList<>();
    private final List<ServiceProcess> gateways = new ArrayList<>();
    private Optional<RedisServer> redis = Optional.empty();
    private Optional<DatabaseServer> database = Optional.empty();
    private Optional<SignInServer> signIn = Optional.empty();

    private LocalStack(LocalConfig config, Steps steps) {
        this.config = config;
        this.steps = steps;
        this.directory = StackDirectory.open(config.data());
        this.jwtSecret = config.external().jwtSecret().orElseGet(directory::jwtSecret);
        this.tokens = new DemoTokens(jwtSecret, config.external().tokenLife(), Clock.systemUTC());
    }

    /** A stack whose gateways and workers are those of this build; ready on return. */
    public static LocalStack start(LocalConfig config, Steps steps) {
        return start(config, steps, Program.gateway(JAVA_OPTIONS), Program.worker(JAVA_OPTIONS));
    }

    /** The same with other programs in their place, or with other options for their JVMs. */
    public static LocalStack start(LocalConfig config, Steps steps, Program gateway, Program worker) {
        LocalStack stack = new LocalStack(config, steps);
        try {
            stack.start(gateway, worker);
            return stack;
        } catch (RuntimeException e) {
            stack.close();
            throw e;
        }
    }

    /** Where chat connections go, one for each gateway. */
    public List<URI> gatewayUrls() {
        return config.ports().gateways().stream()
                .map(port -> URI.create("http://localhost:" + port))
                .toList();
    }

    public URI signInUrl() {
        return URI.create("http://localhost:" + config.ports().signIn());
    }

    public List<ServiceProcess> gateways() {
        return List.copyOf(gateways);
    }

    public List<ServiceProcess> workers() {
        return List.copyOf(workers);
    }

    /** Empty if the stack uses a Redis that was there before. */
    public Optional<RedisServer> redis() {
        return redis;
    }

    /** Empty if the stack uses a database that was there before. */
    public Optional<DatabaseServer> database() {
        return database;
    }

    /** Issues tokens that these gateways accept. */
    public DemoTokens tokens() {
        return tokens;
    }

    public Path logs() {
        return directory.logs();
    }

    /** In reverse order of start, each part bounded in time. */
    @Override
    public synchronized void close() {
        signIn.ifPresent(SignInServer::close);
        signIn = Optional.empty();
        // All at once: whoever drained would only send its clients to the next one that drains.
        gateways.forEach(ServiceProcess::terminate);
        gateways.forEach(gateway -> steps.step(gateway::close, "Stopped " + gateway.name()));
        gateways.clear();
        workers.forEach(ServiceProcess::terminate);
        workers.forEach(worker -> steps.step(worker::close, "Stopped " + worker.name()));
        workers.clear();
        redis.ifPresent(server -> steps.step(server::close, "Stopped " + server.product()));
        redis = Optional.empty();
        database.ifPresent(server -> steps.step(server::close, "Stopped " + server.product()));
        database = Optional.empty();
    }

    private synchronized void start(Program gateway, Program worker) {
        LocalConfig.External external = config.external();
        config.ports()
                .requireFree(external.redisUrl().isEmpty(), external.mysqlUrl().isEmpty());
        if (external.redisUrl().isEmpty()) {
            redis = Optional.of(steps.step(this::startRedis, server -> on(server.product(), server.port())));
        }
        if (external.mysqlUrl().isEmpty()) {
            database = Optional.of(steps.step(this::startDatabase, server -> on(server.product(), server.port())));
        }
        for (int i = 0; i < config.count().workers(); i++) {
            launch(
                    workers,
                    "worker " + (i + 1),
                    worker,
                    workerVariables(i),
                    config.ports().workerManagement().get(i));
        }
        workers.forEach(process -> steps.step(process::awaitReady, "Ready: " + process.name()));
        for (int i = 0; i < config.count().gateways(); i++) {
            int management = config.ports().gatewayManagement().get(i);
            launch(gateways, "gateway " + (i + 1), gateway, gatewayVariables(i), management);
        }
        for (int i = 0; i < gateways.size(); i++) {
            ServiceProcess process = gateways.get(i);
            steps.step(
                    process::awaitReady,
                    on("Ready: " + process.name(), config.ports().gateways().get(i)));
        }
        signIn = Optional.of(steps.step(
                this::startSignIn, page -> on("Sign-in page", config.ports().signIn())));
    }

    private RedisServer startRedis() {
        return RedisServer.start(RedisServer.Options.in(directory.redis())
                .withPort(config.ports().redis()));
    }

    private DatabaseServer startDatabase() {
        return DatabaseServer.start(DatabaseServer.Options.in(directory.database())
                .withPort(config.ports().mysql()));
    }

    private SignInServer startSignIn() {
        try {
            return SignInServer.start(config.ports().signIn(), gatewayUrls(), tokens);
        } catch (IOException e) {
            throw new ServerStartException("the sign-in page can't start: " + e.getMessage(), e);
        }
    }

    private void launch(
            List<ServiceProcess> running, String name, Program program, Map<String, String> variables, int management) {
        running.add(ServiceProcess.launch(directory.command(name, program, variables), management));
    }

    private Map<String, String> workerVariables(int index) {
        ServiceVariables variables =
                variables().managedAt(config.ports().workerManagement().get(index));
        redis.ifPresent(server -> variables.redis(server.workerUrl()));
        database.ifPresent(server -> variables.workerOf(server, server.jdbcUrl()));
        return variables.asMap();
    }

    private Map<String, String> gatewayVariables(int index) {
        LocalPorts ports = config.ports();
        ServiceVariables variables = variables()
                .publicAt(ports.gateways().get(index), ports.gateways())
                .managedAt(ports.gatewayManagement().get(index))
                .signedWith(jwtSecret)
                .sharing(config.count().gateways())
                .with("SIGN_IN_URL", signInUrl().toString())
                // Cookies of an earlier run are forged to this one, and everybody has one address here.
                .with("AUTH_FAILURES_PER_MINUTE_MAX", "10000");
        redis.ifPresent(server -> variables.redis(server.gatewayUrl()));
        database.ifPresent(server -> variables.gatewayOf(server, server.jdbcUrl()));
        return variables.asMap();
    }

    private ServiceVariables variables() {
        return ServiceVariables.over(config.variables());
    }

    private static String on(String what, int port) {
        return what + " on 127.0.0.1:" + port;
    }
}
