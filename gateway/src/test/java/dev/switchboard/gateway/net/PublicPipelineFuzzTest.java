package dev.switchboard.gateway.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Named.named;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.gson.JsonObject;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.CrossSite;
import dev.switchboard.gateway.api.http.HttpDoor;
import dev.switchboard.gateway.api.http.HttpReply;
import dev.switchboard.gateway.api.http.Routes;
import dev.switchboard.gateway.api.ws.EmbeddedConnection;
import dev.switchboard.gateway.auth.AuthConfig;
import dev.switchboard.gateway.auth.Authenticator;
import dev.switchboard.gateway.auth.Origins;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.gateway.auth.TokenVerifier;
import dev.switchboard.gateway.desk.RequestRates;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Disconnect;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.servers.InputBudget;
import dev.switchboard.settings.Environment;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Connections to the public port from their first byte: requests, handshakes, and the frames behind them. Whoever is cut off is
 * told why, and the same bytes get the same answers however they are cut on their way.
 */
@Tag("SEC24")
@Tag("SEC25")
@Tag("H12")
class PublicPipelineFuzzTest {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) [ -~]*\r\n");
    private static final String TOKEN = TokenMint.token("ana", Role.USER, Instant.ofEpochSecond(4_000_000_000L));
    private static final String BEARER = "Authorization: Bearer " + TOKEN + "\r\n";
    private static final int CUT_TRIES = 3;

    @SuppressWarnings("NullAway.Init")
    private static GatewayMeters meters;

    @SuppressWarnings("NullAway.Init")
    private static TokenVerifier verifier;

    @BeforeAll
    static void start() {
        meters = new GatewayMeters("fuzz");
        verifier = TokenMint.verifier();
    }

    @AfterAll
    static void stop() {
        meters.close();
    }

    /** What came of a connection: the statuses of its answers, whether it lived on, and why its WebSocket was closed. */
    private record End(List<Integer> statuses, boolean open, Optional<Disconnect> closing) {}

    @MethodSource("connections")
    @FuzzTest(maxDuration = "10m")
    void connection(byte[] bytes) {
        InputBudget.spend(() -> endOf(bytes, false));
        End whole = endOf(bytes, false);
        End inPieces = endOf(bytes, true);
        // Floods are judged by the clock, which may strike between two tries.
        for (int i = 1; i < CUT_TRIES && !whole.equals(inPieces); i++) {
            whole = endOf(bytes, false);
            inPieces = endOf(bytes, true);
        }
        assertEquals(whole, inPieces, "cut into pieces, the same bytes end in another way");
    }

    /** A body of as many of the same as fit: small things that cost much. */
    @MethodSource("pieces")
    @FuzzTest(maxDuration = "10m")
    void body(byte[] piece) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(bytes("{\"a\":["));
        int room = Routes.BODY_BYTES_MAX - body.size() - 4;
        for (int left = piece.length == 0 ? 0 : room / piece.length; left > 0; left--) {
            body.writeBytes(piece);
        }
        body.writeBytes(bytes("{}]}"));
        String head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
                + body.size() + "\r\n" + BEARER + "\r\n";
        byte[] request = joined(bytes(head), body.toByteArray());
        InputBudget.spend(() -> assertEquals(1, endOf(request, false).statuses().size()));
    }

    @Test
    void everySeedIsUnderstood() {
        List<End> ends =
                connections().map(seed -> endOf(seed.getPayload(), false)).toList();
        assertEquals(
                List.of(
                        List.of(200, 404, 200, 200),
                        List.of(200),
                        List.of(200),
                        List.of(100, 200),
                        List.of(101),
                        List.of(101),
                        List.of(401),
                        List.of(400),
                        List.of(400)),
                ends.stream().map(End::statuses).toList());
        assertEquals(
                List.of(true, true, true, true, true, true, false, false, false),
                ends.stream().map(End::open).toList());
    }

    private static End endOf(byte[] bytes, boolean inPieces) {
        try (EmbeddedConnection connection = new EmbeddedConnection(meters)) {
            connection.pipeline().addLast(pipeline(connection));
            if (inPieces) {
                connection.feedInPieces(bytes);
            } else {
                connection.feed(bytes);
            }
            String written = new String(connection.written(), StandardCharsets.ISO_8859_1);
            List<Integer> statuses = new ArrayList<>();
            for (Matcher status = STATUS.matcher(written); status.find(); ) {
                statuses.add(Integer.parseInt(status.group(1)));
            }
            assertFalse(statuses.contains(500), written);
            assertTrue(connection.isOpen() || !written.isEmpty(), "cut off without a word");
            return new End(statuses, connection.isOpen(), connection.closing());
        }
    }

    private static PublicPipeline pipeline(EmbeddedConnection connection) {
        AuthConfig auth = AuthConfig.from(new Environment(Map.of(
                "SWITCHBOARD_JWT_SECRET", TokenMint.SECRET, "SWITCHBOARD_ALLOWED_ORIGINS", "https://app.example.com")));
        Authenticator authenticator = new Authenticator(auth, verifier, TokenMint.nobodyForges(), reason -> {});
        RequestRates.Rate rate = new RequestRates.Rate(1_000_000, Duration.ofMillis(1));
        HttpDoor door = new HttpDoor(
                routes(),
                new HttpDoor.Guards(
                        authenticator,
                        new CrossSite(Origins.of(List.of("https://app.example.com")), false),
                        new RequestRates(rate, rate, System::nanoTime),
                        meters),
                who -> CompletableFuture.completedFuture(Duration.ZERO));
        HttpAnswers answers = new HttpAnswers(meters, false);
        Handshake handshake = new Handshake(
                authenticator,
                new ConnectionLimits(new Places(5, Places.BEFORE_HANDSHAKE_MAX), 5, 1_000, System::nanoTime),
                ClientAddress.behind(List.of("127.0.0.0/8")),
                List::of,
                (channel, identity, format, started, leave) -> connection.open(identity, format, verifier),
                new Handshake.Reports(meters, answers));
        HttpService.Times times = new HttpService.Times(Duration.ofMinutes(1), Duration.ofMinutes(1));
        return new PublicPipeline(handshake, answers, null, new HttpService(loop -> door, times, () -> false));
    }

    /** Everything that a route can read of a request. */
    private static Routes routes() {
        return new Routes()
                .get("/now", Access.OPEN, call -> answered(new JsonObject()))
                .get("/of/{id}/it", Access.AUTHENTICATED, call -> {
                    call.query().only("limit", "text");
                    JsonObject heard = new JsonObject();
                    heard.addProperty("id", call.pathValue("id"));
                    heard.addProperty("limit", call.query().number("limit", 5, 1, 10));
                    heard.addProperty("text", call.query().text("text").orElse(""));
                    heard.addProperty("agent", call.header("User-Agent").orElse(""));
                    return answered(heard);
                })
                .post("/echo", Access.AUTHENTICATED, call -> answered(call.body()));
    }

    private static CompletableFuture<HttpReply> answered(JsonObject json) {
        return CompletableFuture.completedFuture(HttpReply.json(json));
    }

    static Stream<Named<byte[]>> pieces() {
        return Stream.of("{},", "[],", "0,", "\"a\",", "{\"\":0},", "[", "1e9,")
                .map(piece -> named(piece, bytes(piece)));
    }

    static Stream<Named<byte[]>> connections() {
        String json = "Host: a\r\nContent-Type: application/json\r\n" + BEARER;
        String now = "GET /now HTTP/1.1\r\nHost: a\r\n\r\n";
        byte[] ping = ClientFrame.newBuilder()
                .setPing(Ping.getDefaultInstance())
                .setRef(1)
                .build()
                .toByteArray();
        return Stream.of(
                named("one after the other", bytes(now + "GET /no HTTP/1.1\r\nHost: a\r\n\r\n" + now + now)),
                named(
                        "a question",
                        bytes("GET /of/%C3%B1/it?limit=7&text=a+b HTTP/1.1\r\nHost: a\r\n" + BEARER + "\r\n")),
                named(
                        "a body in chunks",
                        bytes("POST /echo HTTP/1.1\r\n" + json
                                + "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n4;x=y\r\n:[]}\r\n0\r\n\r\n")),
                named(
                        "a body that waits",
                        bytes("POST /echo HTTP/1.1\r\n" + json
                                + "Content-Length: 9\r\nExpect: 100-continue\r\n\r\n{\"a\":{}} ")),
                named("a WebSocket", joined(handshake("switchboard.v1", BEARER), TestSocket.frame(0x82, ping))),
                named(
                        "one of JSON, by cookie",
                        joined(
                                handshake(
                                        "switchboard.v1.json",
                                        "Cookie: token=" + TOKEN + "\r\nOrigin: https://app.example.com\r\n"),
                                TestSocket.frame(0x81, bytes("{\"ping\":{}}")))),
                named("nobody", handshake("switchboard.v1", "")),
                named(
                        "two lengths",
                        bytes("POST /echo HTTP/1.1\r\n" + json
                                + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}")),
                named("a folded header", bytes("GET /now HTTP/1.1\r\nHost: a\r\n b\r\n\r\n")));
    }

    private static byte[] handshake(String subprotocol, String credentials) {
        return bytes(String.join("\r\n", TestSocket.handshakeLines(subprotocol)) + "\r\n" + credentials
                + "X-Forwarded-For: 203.0.113.9, 10.0.0.1\r\n\r\n");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] joined(byte[] one, byte[] two) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(one);
        all.writeBytes(two);
        return all.toByteArray();
    }
}
