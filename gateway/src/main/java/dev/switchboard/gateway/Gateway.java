package dev.switchboard.gateway;

import dev.switchboard.gateway.api.http.CrossSite;
import dev.switchboard.gateway.api.http.HttpDoor;
import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.api.page.WebRoutes;
import dev.switchboard.gateway.api.ws.Answers;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.VerificationKeys;
import dev.switchboard.gateway.desk.RequestRates;
import dev.switchboard.gateway.desk.RetryAdvice;
import dev.switchboard.gateway.history.HistoryDatabase;
import dev.switchboard.gateway.log.Durability;
import dev.switchboard.gateway.log.InFlight;
import dev.switchboard.gateway.log.RedisConnections;
import dev.switchboard.gateway.log.RedisFitness;
import dev.switchboard.gateway.log.RedisLine;
import dev.switchboard.gateway.log.RedisMonitor;
import dev.switchboard.gateway.net.ConnectionLimits;
import dev.switchboard.gateway.net.Drain;
import dev.switchboard.gateway.net.Handshake;
import dev.switchboard.gateway.net.HttpAnswers;
import dev.switchboard.gateway.net.HttpService;
import dev.switchboard.gateway.net.Places;
import dev.switchboard.gateway.net.PublicPipeline;
import dev.switchboard.gateway.net.PublicServer;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.room.FanOut;
import dev.switchboard.gateway.room.RoomPublisher;
import dev.switchboard.gateway.room.RoomSubscriber;
import dev.switchboard.gateway.room.Rooms;
import dev.switchboard.gateway.room.SessionNotes;
import dev.switchboard.gateway.session.OutboundTotal;
import dev.switchboard.gateway.session.Sessions;
import dev.switchboard.gateway.session.WireFormat;
import dev.switchboard.ops.ManagementServer;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.RoutedFrame;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gateway: puts its parts together, starts them in order and stops them in reverse. Holds nothing that matters; kill it, and
 * its clients resume on another.
 */
public final class Gateway implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Gateway.class);

    /** For requests over HTTP that are under way when everybody has been sent away. */
    private static final Duration LAST_ANSWERS = Duration.ofMillis(2_500);

    /** For the answers of those that can wait no longer. */
    private static final Duration LAST_REFUSALS = Duration.ofMillis(500);

    private final GatewayConfig config;
    private final Clock clock = Clock.systemUTC();
    private final GatewayMeters meters = new GatewayMeters(version());
    private final Sessions sessions = new Sessions();
    private final RedisFitness fitness = new RedisFitness();
    private final InFlight inFlight;
    private final OutboundTotal outbound;
    private final PublicServer server;
    private final RedisConnections redis;
    private final VerificationKeys keys;
    private final ConnectionLimits limits;
    private final RoomSubscriber subscriber;
    private final Answers answers;
    private final List<GatewayLoop> loops = new ArrayList<>();
    private final Load load;
    private final RedisMonitor monitor;
    private final Access access;
    private final SessionNotes sessionNotes;
    private final HistoryDatabase history;
    private final HttpService http;
    private final AtomicLong nextConnection =
            new AtomicLong(Integer.toUnsignedLong(new SecureRandom().nextInt() | 1) << 32);
    private @Nullable ManagementServer management;
    private volatile boolean draining;
    private boolean closed;

    private Gateway(GatewayConfig config) throws IOException {
        this.config = config;
        // What can fail comes first, before anything runs.
        WebRoutes web = WebRoutes.load(config.auth().origins(), config.http().signIn());
        inFlight = new InFlight(config.log());
        outbound = new OutboundTotal(config.session());
        keys = VerificationKeys.start(config.auth(), clock);
        server = new PublicServer(config.listen().threads());
        redis = new RedisConnections(config.redis().url(), config.log().timeout());
        limits = limits(config.admission(), config.history().connectionsMax());
        answers = new Answers(config.announced(), clock);
        List<EventLoop> eventLoops = server.loops();
        List<RedisLine> lines =
                eventLoops.stream().map(loop -> new RedisLine(loop, redis)).toList();
        access = new Access(config.auth(), keys, lines.get(0), config.log(), meters, clock);
        FanOut fanOut = new FanOut(
                sessions, eventLoops, meters, clock, new FanOut.Ears(this::noted, this::stored, this::missed));
        subscriber = new RoomSubscriber(redis, eventLoops.get(0), meters, access.room(fanOut));
        sessionNotes = new SessionNotes(
                sessions,
                subscriber,
                new RoomPublisher(lines.get(0), config.log()),
                nextConnection::incrementAndGet,
                meters);
        history = HistoryDatabase.start(config.history(), meters);
        RetryAdvice advice = new RetryAdvice(System::nanoTime, new SecureRandom());
        GatewayLoop.Shared shared = new GatewayLoop.Shared(
                sessions,
                new Rooms(subscriber),
                fitness,
                inFlight,
                outbound,
                access.renew(),
                access.revocations(),
                access.revoke(),
                sessionNotes,
                httpGuards(),
                web,
                history,
                advice,
                answers,
                meters,
                clock);
        for (int i = 0; i < eventLoops.size(); i++) {
            loops.add(new GatewayLoop(i, eventLoops.get(i), lines.get(i), fanOut.notices(i), config, shared));
        }
        load = new Load(loops, inFlight, config.admission().loopLagMax());
        fitness.onRise(partition -> {
            advice.epochRose(partition);
            missed(Optional.of(partition));
        });
        http = new HttpService(this::httpDoor, httpTimes(config), () -> draining);
        monitor = new RedisMonitor(loops.get(0).line(), fitness, rules(config));
    }

    private static HttpService.Times httpTimes(GatewayConfig config) {
        return new HttpService.Times(
                config.admission().requestTimeout(), config.http().idle());
    }

    private static RedisMonitor.Rules rules(GatewayConfig config) {
        return new RedisMonitor.Rules(
                config.redis().allowWeak(),
                config.log().memoryPercentMax(),
                config.redis().promise().replicasMin());
    }

    private static ConnectionLimits limits(GatewayConfig.Admission admission, int databaseConnections) {
        return new ConnectionLimits(
                Places.of(admission.connectionsMax(), databaseConnections),
                admission.addresses().isKnown() ? admission.perAddressMax() : Integer.MAX_VALUE,
                admission.handshakesPerSecondMax(),
                System::nanoTime);
    }

    private HttpDoor.Guards httpGuards() {
        return new HttpDoor.Guards(
                access.authenticator(),
                new CrossSite(config.auth().origins(), config.listen().tls().isPresent()),
                new RequestRates(config.http().user(), config.http().admin(), System::nanoTime),
                meters);
    }

    /** Starts everything, or throws and leaves nothing behind. Redis may come later; until then nobody is let in. */
    public static Gateway start(GatewayConfig config) throws IOException {
        Gateway gateway = new Gateway(config);
        try {
            gateway.startParts();
            return gateway;
        } catch (IOException | RuntimeException e) {
            gateway.close();
            throw e;
        }
    }

    private void startParts() throws IOException {
        registerGauges();
        loops.forEach(GatewayLoop::start);
        subscriber.start();
        access.start(subscriber);
        monitor.start();
        SslContext tls = tls();
        HttpAnswers httpAnswers = new HttpAnswers(meters, tls != null);
        Handshake handshake = new Handshake(
                access.authenticator(),
                limits,
                config.admission().addresses(),
                this::notReady,
                this::opened,
                new Handshake.Reports(meters, httpAnswers));
        server.listen(config.listen().open(), new PublicPipeline(handshake, httpAnswers, tls, http));
        management = ManagementServer.start(
                config.listen().management(), meters::scrape, List::of, this::notReady, this::remarks);
        if (limits.connectionsMax() < config.admission().connectionsMax()) {
            log.warn(
                    "no more than {} connections are taken: this process may not open more files; raise its limit, or set"
                            + " SWITCHBOARD_CONNECTIONS_MAX to what it allows",
                    limits.connectionsMax());
        }
        if (!config.admission().addresses().isKnown()) {
            log.warn(
                    "connections are not limited by address: set SWITCHBOARD_TRUSTED_PROXIES to your proxies' networks,"
                            + " or to direct where clients connect directly");
        }
        log.info("listening address={} redis={}", config.listen().open(), redis);
    }

    /** The public port. */
    public int port() {
        return server.port();
    }

    public int managementPort() {
        ManagementServer running = management;
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        return running.port();
    }

    /** What is wrong with Redis' settings, once Redis has answered for the first time. */
    public CompletableFuture<List<String>> misconfiguration() {
        return monitor.misconfiguration();
    }

    /** Why nobody should connect here now; empty if all is well. */
    public List<String> notReady() {
        List<String> reasons = new ArrayList<>(monitor.problems());
        if (draining) {
            reasons.add("draining");
        }
        if (!loops.stream().allMatch(GatewayLoop::connected)) {
            reasons.add("an event loop has no connection to Redis");
        }
        if (!subscriber.connected()) {
            reasons.add("rooms are not subscribed");
        }
        if (limits.connections() >= limits.connectionsMax()) {
            reasons.add("connection limit reached");
        }
        reasons.addAll(access.notReady());
        loops.stream()
                .flatMap(loop -> loop.confirmation().problem().stream())
                .distinct()
                .forEach(reasons::add);
        reasons.addAll(load.tooMuch());
        return reasons;
    }

    /** Sends all clients away and stops. May be called twice. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        draining = true;
        server.stopListening();
        drain(config.drain());
        answerLastRequests(LAST_ANSWERS);
        loops.forEach(GatewayLoop::stop);
        // What waited for Redis until now fails, and whoever asked is still to hear it.
        answerLastRequests(LAST_REFUSALS);
        history.close();
        subscriber.close();
        server.close();
        redis.close();
        keys.close();
        ManagementServer running = management;
        if (running != null) {
            running.close();
        }
        meters.close();
        log.info("stopped");
    }

    private void answerLastRequests(Duration patience) {
        try {
            http.awaitQuiet(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void drain(Duration over) {
        if (sessions.users() == 0) {
            return;
        }
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "drain"));
        try {
            new Drain(sessions, answers, timer).run(over);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            timer.shutdownNow();
        }
    }

    /** What is served over HTTP, the same on every event loop; for whoever wants to look over all of it. */
    List<Routes.Route> routes() {
        return loops.get(0).routes().all();
    }

    private HttpDoor httpDoor(EventLoop eventLoop) {
        for (GatewayLoop loop : loops) {
            if (loop.runsOn(eventLoop)) {
                return loop.httpDoor();
            }
        }
        throw new IllegalStateException("a channel on a foreign event loop");
    }

    private void noted(RoutedFrame note) {
        sessionNotes.received(note);
    }

    private void stored(RoutedFrame watermark) {
        if (config.redis().promise() instanceof Durability.Stored) {
            loops.forEach(loop -> loop.stored(watermark));
        }
    }

    private void opened(Channel channel, Identity identity, WireFormat format, long startedNanos, Runnable leave) {
        for (GatewayLoop loop : loops) {
            if (loop.runs(channel)) {
                loop.open(channel, nextConnection.incrementAndGet(), identity, format, startedNanos, leave);
                return;
            }
        }
        throw new IllegalStateException("a channel on a foreign event loop");
    }

    /** Publications were missed, of one partition or of all: who is concerned should look whether they lack something. */
    private void missed(Optional<Partition> partition) {
        loops.forEach(loop -> loop.hints().afterGap(partition));
    }

    private List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        if (!monitor.weaknesses().isEmpty()) {
            remarks.addAll(List.of("durability=weak", String.join("; ", monitor.weaknesses())));
        }
        if (!monitor.oldVersion().isEmpty()) {
            remarks.add(monitor.oldVersion());
        }
        return remarks;
    }

    private void registerGauges() {
        meters.gauge(
                "ready", "1 while new connections are taken", () -> notReady().isEmpty() ? 1 : 0);
        meters.gauge("draining", "1 while connections are being sent away", () -> draining ? 1 : 0);
        meters.gauge("connections.limit", "Most connections taken", limits::connectionsMax);
        meters.gauge("http.under.way", "HTTP requests whose answer has not left as a whole", http::underWay);
        meters.gauge("users", "Users with a connection here", sessions::users);
        meters.gauge("redis.memory.percent", "How much of Redis' memory is used", fitness::memoryPercent);
        meters.gauge("loop.lag.seconds", "How late an event loop was within the last second", load::lagSeconds);
        meters.gauge("outbound.bytes", "Bytes that wait to be written, over all connections", outbound::bytes);
        meters.gauge("appends.in.flight", "Messages on their way into the log", inFlight::messages);
    }

    private @Nullable SslContext tls() throws IOException {
        Optional<GatewayConfig.Tls> files = config.listen().tls();
        if (files.isEmpty()) {
            return null;
        }
        try {
            return SslContextBuilder.forServer(
                            files.get().certificate().toFile(),
                            files.get().key().toFile())
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        } catch (IllegalArgumentException e) {
            throw new IOException("the TLS certificate or key is not a PEM file of its kind", e);
        }
    }

    private static String version() {
        String version = Gateway.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
