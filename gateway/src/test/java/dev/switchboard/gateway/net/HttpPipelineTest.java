package dev.switchboard.gateway.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.switchboard.gateway.LeakCheck;
import dev.switchboard.gateway.LogCapture;
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
import dev.switchboard.servers.Await;
import dev.switchboard.settings.Environment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Connections that speak HTTP, over real sockets, with endpoints that do what real ones do at their worst. */
@ExtendWith(LeakCheck.class)
class HttpPipelineTest {
    private static final String BEARER =
            "Authorization: Bearer " + TokenMint.token("ana", Role.USER, Instant.ofEpochSecond(4_000_000_000L));

    private final GatewayMeters meters = new GatewayMeters("test");
    private final PublicServer server = new PublicServer(1);
    private final ConnectionLimits limits = new ConnectionLimits(5, 3, 1_000, System::nanoTime);
    private final LinkedBlockingQueue<CompletableFuture<HttpReply>> held = new LinkedBlockingQueue<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final DatabaseWork database = new DatabaseWork(1, 1, meters);
    private VerificationKeys keys;
    private HttpService service;
    private volatile boolean draining;

    @BeforeEach
    void start() throws IOException {
        Environment environment = new Environment(Map.of("SWITCHBOARD_JWT_SECRET", TokenMint.SECRET));
        AuthConfig auth = AuthConfig.from(environment);
        keys = VerificationKeys.start(auth, Clock.systemUTC());
        Authenticator authenticator =
                new Authenticator(auth, new TokenVerifier(auth, keys, Clock.systemUTC()), reason -> {});
        RequestRates.Rate rate = new RequestRates.Rate(50, Duration.ofMillis(500));
        HttpDoor door = new HttpDoor(
                routes(),
                new HttpDoor.Guards(
                        authenticator,
                        new CrossSite(Origins.of(List.of()), false),
                        new RequestRates(rate, rate, System::nanoTime),
                        meters));
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
                                HttpReply.bytes(200, "text/plain", new byte[32 << 20])))
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

    @AfterEach
    void stop() {
        database.close();
        server.close();
        keys.close();
        meters.close();
    }

    private TestSocket connect() throws IOException {
        return TestSocket.connect(server.port());
    }

    private static List<String> get(String path, String... headers) {
        List<String> lines = new ArrayList<>(List.of("GET " + path + " HTTP/1.1", "Host: a"));
        lines.addAll(List.of(headers));
        return lines;
    }

    private Answer ask(String path, String... headers) throws IOException {
        return TestSocket.ask(server.port(), get(path, headers));
    }

    private CompletableFuture<HttpReply> nextHeld() throws InterruptedException {
        CompletableFuture<HttpReply> next = held.poll(10, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("the endpoint was not called");
        }
        return next;
    }

    private double count(String series) {
        return meters.scrape()
                .lines()
                .filter(line -> line.startsWith("switchboard_gateway_" + series))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void aConnectionIsKeptForManyRequests() throws IOException {
        try (TestSocket client = connect()) {
            for (int i = 0; i < 100; i++) {
                Answer answer = client.request(get(i % 2 == 0 ? "/now" : "/nothing"));
                assertEquals(i % 2 == 0 ? 200 : 404, answer.status());
                assertEquals("keep-alive", answer.header("Connection").orElse(""));
            }
            String body = "{\"a\":[1,2.5,true,null,{\"b\":\"ñ\"}]}";
            client.send(("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + BEARER
                            + "\r\nTransfer-Encoding: chunked\r\n\r\n" + "5\r\n" + body.substring(0, 5) + "\r\n"
                            + Integer.toHexString(body.getBytes(StandardCharsets.UTF_8).length - 5) + "\r\n"
                            + body.substring(5) + "\r\n0\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            assertEquals(body, client.readAnswer().body());
            assertEquals(
                    "close",
                    client.request(get("/now", "Connection: close"))
                            .header("Connection")
                            .orElse(""));
            assertEquals(0, client.readToEnd());
        }
        try (TestSocket old = connect()) {
            assertEquals(
                    "close",
                    old.request(List.of("GET /now HTTP/1.0"))
                            .header("Connection")
                            .orElse(""));
        }
        assertEquals(50 + 2, count("http_requests_total{route=\"/now\",status=\"200\"}"));
        assertEquals(50, count("http_requests_total{route=\"none\",status=\"404\"}"));
    }

    @Test
    void requestsSentAheadWaitTheirTurn() throws Exception {
        try (TestSocket client = connect()) {
            String held1 = String.join("\r\n", get("/held")) + "\r\n\r\n";
            String now = String.join("\r\n", get("/now")) + "\r\n\r\n";
            client.send((held1 + now.repeat(20) + held1).getBytes(StandardCharsets.US_ASCII));
            CompletableFuture<HttpReply> first = nextHeld();
            assertEquals(1, service.underWay());
            assertEquals(0, calls.get());
            assertTrue(held.isEmpty());
            first.complete(HttpReply.empty(204));
            assertEquals(204, client.readAnswer().status());
            for (int i = 0; i < 20; i++) {
                assertEquals(200, client.readAnswer().status());
            }
            nextHeld().complete(HttpReply.empty(204));
            assertEquals(204, client.readAnswer().status());
            assertEquals(20, calls.get());
        }
    }

    @Test
    void whoSendsAheadWithoutEndFillsOnlyTheirOwnBuffers() throws Exception {
        try (TestSocket client = connect()) {
            client.send((String.join("\r\n", get("/held")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            CompletableFuture<HttpReply> first = nextHeld();
            byte[] many = (String.join("\r\n", get("/now")) + "\r\n\r\n")
                    .repeat(100_000)
                    .getBytes(StandardCharsets.US_ASCII);
            CountDownLatch sent = new CountDownLatch(1);
            Thread sender = new Thread(() -> {
                try {
                    // Some 3 MB at a time, until the kernel takes no more.
                    for (int i = 0; i < 30; i++) {
                        client.send(many);
                    }
                    sent.countDown();
                } catch (IOException e) {
                    // The test is over.
                }
            });
            sender.start();
            assertFalse(sent.await(500, TimeUnit.MILLISECONDS), "somebody keeps 90 MB of requests");
            assertEquals(0, calls.get());
            first.complete(HttpReply.empty(204));
        }
    }

    @Test
    void anIdleConnectionEndsInSilence() throws IOException {
        try (TestSocket client = connect()) {
            assertEquals(200, client.request(get("/now")).status());
            long start = System.nanoTime();
            assertEquals(0, client.readToEnd());
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertTrue(millis > 300 && millis < 2_000, "after " + millis + " ms");
        }
    }

    @Test
    @Tag("H11")
    void aLaterRequestThatTakesTooLongIsEnded() throws IOException {
        try (TestSocket client = connect()) {
            assertEquals(200, client.request(get("/now")).status());
            client.send("GET /now HT".getBytes(StandardCharsets.US_ASCII));
            assertEquals(408, client.readAnswer().status());
            assertEquals(0, client.readToEnd());
        }
        try (TestSocket client = connect()) {
            client.send(("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + BEARER
                            + "\r\nContent-Length: 10\r\n\r\n{")
                    .getBytes(StandardCharsets.US_ASCII));
            assertEquals(408, client.readAnswer().status());
        }
    }

    @Test
    @Tag("SEC35")
    void failuresAreToldByAnIdAndLoggedOnce() throws IOException {
        for (String path : List.of("/throws", "/fails")) {
            try (LogCapture logged = new LogCapture()) {
                Answer answer = ask(path + "?token=secret", BEARER);
                assertEquals(500, answer.status());
                assertFalse(answer.body().contains("inner detail"), answer.body());
                String id = answer.header("X-Request-Id").orElse("none");
                assertTrue(answer.body().contains(id));
                assertEquals(1, logged.count(line -> line.startsWith("ERROR") && line.contains(id)));
                assertEquals(0, logged.count(line -> line.contains("secret") || line.contains(BEARER.substring(22))));
            }
        }
        assertEquals(404, ask("/declines").status());
        assertEquals(2, count("unexpected_errors_total{where=\"http\"}"));
    }

    @Test
    void whatTakesTooLongIsUnavailable() throws Exception {
        try (TestSocket client = connect()) {
            Answer late = client.request(get("/held"));
            assertEquals(503, late.status());
            assertTrue(late.header("Retry-After").isPresent());
            // What comes after all is nobody's, and the connection goes on.
            nextHeld().complete(HttpReply.empty(204));
            assertEquals(200, client.request(get("/now")).status());
        }
        assertEquals(0, service.underWay());
    }

    @Test
    void whoLeavesWhileAskingIsForgotten() throws Exception {
        TestSocket client = connect();
        client.send((String.join("\r\n", get("/held")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        CompletableFuture<HttpReply> reply = nextHeld();
        client.socket().setSoLinger(true, 0);
        client.close();
        reply.complete(HttpReply.empty(204));
        assertTrue(Await.until(TestSocket.PATIENCE, () -> service.underWay() == 0 && limits.connections() == 0));
    }

    @Test
    void whoDoesNotReadTheAnswerHoldsNobodyUp() throws IOException {
        try (TestSocket slow = TestSocket.connectNarrow(server.port())) {
            slow.send((String.join("\r\n", get("/large")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            assertEquals(200, ask("/now").status());
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> limits.connections() == 0));
    }

    @Test
    void aFullDatabaseQueueIsUnavailable() throws Exception {
        try (TestSocket first = connect();
                TestSocket second = connect()) {
            byte[] request = (String.join("\r\n", get("/database")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
            first.send(request);
            CompletableFuture<HttpReply> running = nextHeld();
            second.send(request);
            assertTrue(Await.until(TestSocket.PATIENCE, () -> count("database_queued") == 1));
            Answer refused = ask("/database");
            assertEquals(503, refused.status());
            assertTrue(refused.header("Retry-After").isPresent());
            assertTrue(refused.body().contains("\"UNAVAILABLE\""));
            running.complete(HttpReply.empty(204));
            assertEquals(204, first.readAnswer().status());
            nextHeld().complete(HttpReply.empty(204));
            assertEquals(204, second.readAnswer().status());
        }
    }

    @Test
    void connectionsCountAmongAll() throws IOException {
        List<TestSocket> open = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                open.add(connect());
                assertEquals(200, open.get(i).request(get("/now")).status());
            }
            Answer refused = ask("/now");
            assertEquals(429, refused.status());
            assertEquals(
                    "application/problem+json", refused.header("Content-Type").orElse(""));
            assertTrue(refused.header("Retry-After").isPresent());
            // On a connection that has its place, requests go on.
            assertEquals(200, open.get(0).request(get("/now")).status());
        } finally {
            for (TestSocket socket : open) {
                socket.close();
            }
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> limits.connections() == 0));
        assertEquals(200, ask("/now").status());
    }

    @Test
    void aUserWhoAsksTooOftenWaits() throws IOException {
        try (TestSocket client = connect()) {
            int limited = 0;
            for (int i = 0; i < 60 && limited == 0; i++) {
                Answer answer = client.request(get("/mine", BEARER));
                if (answer.status() == 429) {
                    assertEquals("1", answer.header("Retry-After").orElse(""));
                    limited = i;
                }
            }
            assertTrue(limited >= 50 && limited < 58, "after " + limited);
            // Others don't wait.
            String other = TokenMint.token("bob", Role.USER, Instant.now().plus(Duration.ofHours(1)));
            assertEquals(
                    200,
                    client.request(get("/mine", "Authorization: Bearer " + other))
                            .status());
        }
    }

    @Test
    void aRouteMayWordItsRefusals() throws IOException {
        for (String credentials : List.of("X-No: token", BEARER)) {
            Answer answer = ask("/own-words", credentials);
            assertEquals(403, answer.status());
            assertEquals("{}", answer.body());
        }
    }

    @Test
    void whileDrainingEveryAnswerIsTheLast() throws Exception {
        try (TestSocket idle = connect();
                TestSocket busy = connect()) {
            assertEquals(
                    "keep-alive", idle.request(get("/now")).header("Connection").orElse(""));
            busy.send((String.join("\r\n", get("/held")) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            CompletableFuture<HttpReply> reply = nextHeld();
            draining = true;
            Thread closing = new Thread(() -> {
                try {
                    service.awaitQuiet(Duration.ofSeconds(10));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            closing.start();
            assertEquals("close", idle.request(get("/now")).header("Connection").orElse(""));
            assertTrue(closing.isAlive(), "it waits for the answer that lacks");
            reply.complete(HttpReply.empty(204));
            assertEquals("close", busy.readAnswer().header("Connection").orElse(""));
            closing.join(10_000);
            assertFalse(closing.isAlive());
        }
    }

    @Test
    @Tag("SEC5")
    void nothingThatChangesCanBeOpen() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Routes()
                        .post("/x", Access.OPEN, call -> CompletableFuture.completedFuture(HttpReply.empty(204))));
    }
}
