package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.Welcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, and what the others are told. */
@ExtendWith(LeakCheck.class)
class HandshakeIT {
    private static final String NATIVE = "switchboard.v1";
    private static final String INVALID = "{\"error\":\"Token inválido\"}";

    @RegisterExtension
    static final OneGateway one = OneGateway.watched();

    /** A handshake with these headers on top. */
    private static Answer shake(String subprotocol, String... headers) throws IOException {
        List<String> lines = TestSocket.handshakeLines(subprotocol);
        lines.addAll(List.of(headers));
        return TestSocket.ask(one.port(), lines);
    }

    /** A refusal that counts, says this and nothing else, and ends the connection. */
    private static void assertRefused(String result, int status, String body, String... headers) throws IOException {
        List<String> lines = TestSocket.handshakeLines(NATIVE);
        lines.addAll(List.of(headers));
        assertRefused(result, status, body, lines);
    }

    private static void assertRefused(String result, int status, String body, List<String> lines) throws IOException {
        double before = Metrics.handshakes(one.gateway(), result);
        try (TestSocket client = TestSocket.connect(one.port())) {
            Answer answer = client.request(lines);
            assertEquals(status, answer.status(), answer.head());
            if (!body.isEmpty()) {
                assertEquals(body, answer.body());
            }
            assertEquals("close", answer.header("Connection").orElse(""));
            assertTrue(answer.header("X-Request-Id").isPresent());
            assertEquals(0, client.readToEnd());
        }
        assertEquals(before + 1, Metrics.handshakes(one.gateway(), result), result);
    }

    private static String cookie(String token) {
        return "Cookie: token=" + token;
    }

    private static String origin(String origin) {
        return "Origin: " + origin;
    }

    @Test
    @Tag("H1")
    @Tag("S0.10")
    @Tag("S0.13")
    void refusesWithoutAnyCredentials() throws IOException {
        assertRefused("not-authenticated", 401, "{\"error\":\"No autenticado\"}");
        assertRefused("not-authenticated", 401, "{\"error\":\"No autenticado\"}", origin(GatewayRig.ORIGIN));
    }

    @Test
    @Tag("S0.7")
    @Tag("S0.11")
    void refusesCookiesWithoutTheToken() throws IOException {
        String token = GatewayRig.token("ana");
        for (String cookies : List.of("theme=dark", "csrftoken=" + token, "token=", "TOKEN=" + token)) {
            assertRefused(
                    "no-token",
                    401,
                    "{\"error\":\"Token no proporcionado\"}",
                    origin(GatewayRig.ORIGIN),
                    "Cookie: " + cookies);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cookie", "bearer", "subprotocol"})
    @Tag("S0.12")
    @Tag("SEC35")
    void tellsNoFailureOfATokenFromAnother(String carrier) throws IOException {
        String good = GatewayRig.token("ana");
        String[] bad = {
            "x",
            good.substring(0, good.length() - 4),
            TokenMint.hs256("another secret, as long as it takes", "{\"user\":\"ana\",\"exp\":4000000000}"),
            TokenMint.token("ana", Role.USER, Instant.now().minusSeconds(60)),
            TokenMint.token("admins", Role.USER, Instant.now().plusSeconds(60))
        };
        for (String token : bad) {
            List<String> lines = TestSocket.handshakeLines(carrier.equals("subprotocol") ? bearer(token) : NATIVE);
            lines.add(origin(GatewayRig.ORIGIN));
            if (!carrier.equals("subprotocol")) {
                lines.add(carrier.equals("cookie") ? cookie(token) : "Authorization: Bearer " + token);
            }
            assertRefused("token-invalid", 401, INVALID, lines);
        }
    }

    private static String bearer(String token) {
        return NATIVE + ", base64url.bearer.switchboard."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(token.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"user\":\"ana\"}",
                "{\"user\":\"ana\",\"exp\":\"4000000000\"}",
                "{\"user\":\"ana\",\"exp\":1e400}",
                "{\"user\":\"ana\",\"exp\":-1}",
                "{\"user\":\"ana\",\"exp\":1000000000}"
            })
    @Tag("J4")
    void refusesTokensWithoutAGoodEnd(String claims) throws IOException {
        assertRefused("token-invalid", 401, INVALID, bearerHeader(claims));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"exp\":4000000000}",
                "{\"user\":\"\",\"exp\":4000000000}",
                "{\"user\":\" ana\",\"exp\":4000000000}",
                "{\"user\":\"a:b\",\"exp\":4000000000}",
                "{\"user\":\"a*\",\"exp\":4000000000}",
                "{\"user\":\"a\\nb\",\"exp\":4000000000}",
                "{\"user\":\"a\\u0000b\",\"exp\":4000000000}",
                "{\"user\":\"admins\",\"exp\":4000000000}"
            })
    @Tag("J10")
    @Tag("SEC17")
    void refusesUsersThatCouldPassForARoom(String claims) throws IOException {
        assertRefused("token-invalid", 401, INVALID, bearerHeader(claims));
    }

    @Test
    @Tag("J3")
    void refusesTokensThatWereTamperedWith() throws IOException {
        String good = GatewayRig.token("ana");
        int signature = good.lastIndexOf('.') + 1;
        char flipped = good.charAt(signature) == 'A' ? 'B' : 'A';
        for (String token : List.of(
                good.substring(0, signature) + flipped + good.substring(signature + 1),
                good.substring(0, signature),
                good + ".",
                good + "." + good,
                good.substring(0, signature) + "!!!")) {
            assertRefused("token-invalid", 401, INVALID, "Authorization: Bearer " + token);
        }
    }

    private static String bearerHeader(String claims) {
        return "Authorization: Bearer " + TokenMint.hs256(TokenMint.SECRET, claims);
    }

    @Test
    @Tag("S0.7")
    @Tag("S0.9")
    @Tag("S0.14")
    void browserComesInWithItsCookie() throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "GET /ws HTTP/1.1",
                "Host: app.example.com",
                "Connection: keep-alive, Upgrade",
                "Pragma: no-cache",
                "Cache-Control: no-cache",
                "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
                "Upgrade: websocket",
                "Origin: https://app.example.com",
                "Sec-WebSocket-Version: 13",
                "Accept-Encoding: gzip, deflate, br, zstd",
                "Accept-Language: es-ES,es;q=0.9",
                "Cookie: _ga=GA1.1.5; csrftoken=abc; token=" + GatewayRig.adminToken("ana") + "; theme=dark",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
                "Sec-WebSocket-Protocol: switchboard.v1"));
        try (TestSocket client = TestSocket.connect(one.port())) {
            Answer answer = client.request(lines);
            assertEquals(101, answer.status());
            assertEquals(
                    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                    answer.header("Sec-WebSocket-Accept").orElse(""));
            assertEquals(NATIVE, answer.header("Sec-WebSocket-Protocol").orElse(""));
            client.startReading();
            Welcome welcome = client.nextMessage().getWelcome();
            assertEquals("ana", welcome.getUser());
            assertEquals("ana", welcome.getName());
            assertEquals(Role.ADMIN, welcome.getRole());
        }
    }

    @Test
    void tokenInTheSubprotocolIsNotEchoed() throws IOException {
        String token = GatewayRig.token("ana");
        Answer answer = shake(bearer(token), origin(GatewayRig.ORIGIN));
        assertEquals(101, answer.status());
        assertEquals(NATIVE, answer.header("Sec-WebSocket-Protocol").orElse(""));
        assertFalse(answer.head().contains("bearer"));
    }

    @Test
    @Tag("W7")
    @Tag("SEC21")
    void negotiatesNoCompression() throws IOException {
        Answer answer = shake(
                NATIVE,
                "Authorization: Bearer " + GatewayRig.token("ana"),
                "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=15, x-webkit-deflate-frame");
        assertEquals(101, answer.status());
        assertTrue(answer.header("Sec-WebSocket-Extensions").isEmpty());
    }

    @Test
    @Tag("H2")
    void originMayLackOnlyWhereThePageDidNotChooseTheCredentials() throws IOException {
        String token = GatewayRig.token("ana");
        assertRefused("origin", 403, "", cookie(token));
        assertEquals(101, shake(NATIVE, "Authorization: Bearer " + token).status());
        assertEquals(
                101,
                shake(NATIVE, cookie(token), origin("https://APP.example.com:443"))
                        .status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "null",
                "http://app.example.com",
                "https://app.example.com:8443",
                "https://other.example.com",
                "https://example.com"
            })
    @Tag("H3")
    @Tag("SEC2")
    @Tag("SEC3")
    void refusesPagesOfOtherOrigins(String origin) throws IOException {
        assertRefused(
                "origin", 403, "{\"error\":\"Origen no permitido\"}", cookie(GatewayRig.token("ana")), origin(origin));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://app.example.com.evil.com",
                "https://evilapp.example.com",
                "https://app.example.com.",
                "https://app.example.com@evil.com",
                "https://evil@app.example.com",
                "https://app.example.com/",
                "https://app.example.com, https://evil.example"
            })
    @Tag("H4")
    void refusesOriginsThatOnlyLookAllowed(String origin) throws IOException {
        assertRefused("origin", 403, "", cookie(GatewayRig.token("ana")), origin(origin));
        assertRefused("origin", 403, "", "Authorization: Bearer " + GatewayRig.token("ana"), origin(origin));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 13, 8"})
    @Tag("H5")
    void namesTheVersionItSpeaks(String version) throws IOException {
        List<String> lines = TestSocket.handshakeLines(NATIVE);
        lines.removeIf(line -> line.startsWith("Sec-WebSocket-Version"));
        if (!version.isEmpty()) {
            lines.add(version);
        }
        assertRefused("version", 426, "", lines);
        Answer answer = TestSocket.ask(one.port(), lines);
        assertEquals("13", answer.header("Sec-WebSocket-Version").orElse(""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Sec-WebSocket-Key: c2hvcnQ=",
                "Sec-WebSocket-Key: not base64 at all!!!",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
            })
    @Tag("H6")
    void wantsOneKeyOfSixteenBytes(String key) throws IOException {
        List<String> lines = TestSocket.handshakeLines(NATIVE);
        lines.removeIf(line -> line.startsWith("Sec-WebSocket-Key"));
        if (!key.isEmpty()) {
            lines.add(key);
        }
        assertRefused("key", 400, "", lines);
    }

    @ParameterizedTest
    @CsvSource({"POST /ws HTTP/1.1, method, 405", "PUT /ws HTTP/1.1, method, 405", "GET /ws HTTP/1.0, http-version, 400"
    })
    @Tag("H7")
    void wantsGetOfHttpOneDotOne(String requestLine, String result, int status) throws IOException {
        List<String> lines = TestSocket.handshakeLines(NATIVE);
        lines.set(0, requestLine);
        lines.add("Authorization: Bearer " + GatewayRig.token("ana"));
        assertRefused(result, status, "", lines);
    }

    @Test
    @Tag("H7")
    void asksForAnUpgradeWhereThereIsNone() throws IOException {
        assertRefused("no-upgrade", 426, "", List.of("GET /ws HTTP/1.1", "Host: localhost"));
        Answer answer = TestSocket.ask(one.port(), List.of("GET /ws HTTP/1.1", "Host: localhost"));
        assertEquals("websocket", answer.header("Upgrade").orElse(""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/ws/x", "/WS", "/ws/../admin", "/%77s", "/ws;a", "/", "//ws", "/metrics", "http://localhost/ws"
            })
    @Tag("H8")
    void knowsOnePathOnly(String path) throws IOException {
        List<String> lines = TestSocket.handshakeLines(NATIVE);
        lines.set(0, "GET " + path + " HTTP/1.1");
        lines.add("Authorization: Bearer " + GatewayRig.token("ana"));
        assertRefused("not-found", 404, "{\"error\":\"Not found\"}", lines);
    }

    @Test
    @Tag("H9")
    void namesTheSubprotocolsItKnows() throws IOException {
        List<String> none = TestSocket.handshakeLines("");
        none.removeIf(line -> line.startsWith("Sec-WebSocket-Protocol"));
        String body = "{\"error\":\"Offer the subprotocol switchboard.v1 or switchboard.v1.json\"}";
        assertRefused("subprotocol", 400, body, none);
        assertRefused("subprotocol", 400, body, TestSocket.handshakeLines("mqtt, switchboard.v2"));
        String bearerOnly = bearer(GatewayRig.token("ana")).substring(NATIVE.length() + 2);
        assertRefused("subprotocol", 400, body, TestSocket.handshakeLines(bearerOnly));
    }

    @Test
    @Tag("H14")
    void refusesTwoTokens() throws IOException {
        String token = GatewayRig.token("ana");
        String body = "{\"error\":\"Credenciales duplicadas\"}";
        assertRefused("ambiguous", 400, body, origin(GatewayRig.ORIGIN), cookie(token) + "; token=" + token);
        assertRefused("ambiguous", 400, body, origin(GatewayRig.ORIGIN), cookie(token), cookie(token));
        assertRefused("ambiguous", 400, body, "Authorization: Bearer a", "Authorization: Bearer b");
    }
}
