package dev.switchboard.gateway.net;

import com.google.gson.JsonObject;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.CrossSite;
import dev.switchboard.gateway.api.http.Declined;
import dev.switchboard.gateway.api.http.HttpDoor;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.api.http.Problem;
import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.auth.AuthConfig;
import dev.switchboard.gateway.auth.Authenticator;
import dev.switchboard.gateway.auth.Origins;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.gateway.auth.TokenVerifier;
import dev.switchboard.gateway.auth.VerificationKeys;
import dev.switchboard.gateway.desk.RequestRates;
import dev.switchboard.gateway.history.DatabaseWork;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.settings.Environment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A server of the public pipeline without a gateway behind it, with endpoints that do what real ones do at their worst. */
final class HttpRig implements AutoCloseable {
    static final String BEARER =
            "Authorization: Bearer " + TokenMint.token("ana", Role.USER, Instant.ofEpochSecond(4_000_000_000L));

    /** More than the buffers between a server and its client take. */
    static final int LARGE_BYTES = 32 << 20;

    private final GatewayMeters meters = new GatewayMeters("test");
    private final PublicServer server = new PublicServer(1);
    final ConnectionLimits limits =
            new ConnectionLimits(new Places(5, Places.BEFORE_HANDSHAKE_MAX), 3, 1_000, System::nanoTime);
    final LinkedBlockingQueue<CompletableFuture<HttpReply>> held = new LinkedBlockingQueue<>();
    final AtomicInteger calls = new AtomicInteger();
    private final DatabaseWork database = new DatabaseWork(1, 1, meters);
    private final VerificationKeys keys;
    final HttpService service;
    volatile boolean draining;

    HttpRig() throws IOException {
        Environment environment = new Environment(Map.of("SWITCHBOARD_JWT_SECRET", TokenMint.SECRET));
        AuthConfig auth = AuthConfig.from(environment);
        keys = VerificationKeys.start(auth, Clock.systemUTC());
        Authenticator authenticator = new Authenticator(
                auth,
                new TokenVerifier(auth, keys, Clock.systemUTC(), TokenMint.nothingRevoked()),
                TokenMint.nobodyForges(),
                reason -> {});
        RequestRates.Rate rate = new RequestRates.Rate(50, Duration.ofMillis(500));
        HttpDoor door = new HttpDoor(
                routes(),
                new HttpDoor.Guards(
                        authenticator,
                        new CrossSite(Origins.of(List.of()), false),
                        new RequestRates(rate, rate, System::nanoTime),
                        meters),
                caller -> CompletableFuture.completedFuture(Duration.ZERO));
        HttpAnswers answers = new HttpAnswers(meters, false);
        Handshake handshake = new Handshake(
                authenticator,
                limits,
                ClientAddress.direct(),
                List::of,
                (channel, identity, format, started, leave) -> channel.close(),
                new Handshake.Reports(meters, answers));
        service = new HttpService(
                loop -> door,
                new HttpService.Times(Duration.ofSeconds(2), Duration.ofMillis(500), Duration.ofSeconds(1)),
                () -> draining);
        server.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new PublicPipeline(handshake, answers, null, service));
    }

    private Routes routes() {
        JsonObject empty = new JsonObject();
        return new Routes()
                .get("/now", Access.OPEN, call -> {
                    calls.incrementAndGet();
                    return CompletableFuture.completedFuture(HttpReply.json(empty));
                })
                .get("/held", Access.OPEN, call -> {
                    CompletableFuture<HttpReply> reply = new CompletableFuture<>();
                    held.add(reply);
                    return reply;
                })
                .get(
                        "/large",
                        Access.OPEN,
                        call -> CompletableFuture.completedFuture(
                                HttpReply.bytes(200, "text/plain", new byte[LARGE_BYTES])))
                .get("/throws", Access.OPEN, call -> {
                    throw new IllegalStateException("inner detail");
                })
                .get(
                        "/fails",
                        Access.OPEN,
                        call -> CompletableFuture.supplyAsync(() -> {
                            throw new IllegalStateException("inner detail");
                        }))
                .get(
                        "/declines",
                        Access.OPEN,
                        call -> CompletableFuture.supplyAsync(() -> {
                            throw Declined.notFound();
                        }))
                .get(
                        "/own-words",
                        Access.ADMIN,
                        call -> CompletableFuture.completedFuture(HttpReply.json(empty)),
                        (call, problem, detail) -> problem == Problem.FORBIDDEN || problem == Problem.UNAUTHENTICATED
                                ? HttpReply.json(403, empty)
                                : HttpReply.problem(problem, detail))
                .get("/mine", Access.AUTHENTICATED, call -> CompletableFuture.completedFuture(HttpReply.json(empty)))
                .get(
                        "/database",
                        Access.OPEN,
                        call -> database.run(() -> {
                            CompletableFuture<HttpReply> reply = new CompletableFuture<>();
                            held.add(reply);
                            return reply.get(10, TimeUnit.SECONDS);
                        }))
                .post(
                        "/echo",
                        Access.AUTHENTICATED,
                        call -> CompletableFuture.completedFuture(HttpReply.json(call.body())));
    }

    @Override
    public void close() {
        database.close();
        server.close();
        keys.close();
        meters.close();
    }

    int port() {
        return server.port();
    }

    TestSocket connect() throws IOException {
        return TestSocket.connect(server.port());
    }

    static List<String> get(String path, String... headers) {
        List<String> lines = new ArrayList<>(List.of("GET " + path + " HTTP/1.1", "Host: a"));
        lines.addAll(List.of(headers));
        return lines;
    }

    Answer ask(String path, String... headers) throws IOException {
        return TestSocket.ask(server.port(), get(path, headers));
    }

    CompletableFuture<HttpReply> nextHeld() throws InterruptedException {
        CompletableFuture<HttpReply> next = held.poll(10, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("the endpoint was not called");
        }
        return next;
    }

    double count(String series) {
        return meters.scrape()
                .lines()
                .filter(line -> line.startsWith("switchboard_gateway_" + series))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
