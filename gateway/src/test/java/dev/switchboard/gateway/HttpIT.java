package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.Routes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests over HTTP must look like, and what becomes of those that don't. */
@ExtendWith(LeakCheck.class)
class HttpIT {
    private static final String EXTEND = "POST /api/v1/session/extend HTTP/1.1";
    private static final String BODY = "{\"connection\":\"00000000000000ff\"}";

    private static GatewayRig rig;
    private static Gateway gateway;
    private static Bystander bystander;

    @BeforeAll
    static void start() throws IOException {
        rig = new GatewayRig();
        gateway = rig.gateway();
        bystander = new Bystander(gateway);
    }

    @AfterAll
    static void stop() throws IOException {
        bystander.close();
        rig.close();
    }

    @AfterEach
    void nobodyElseNotices() throws IOException {
        bystander.noticedNothing();
    }

    private static String bearer() {
        return "Authorization: Bearer " + GatewayRig.token("ana");
    }

    private static String cookie() {
        return "Cookie: token=" + GatewayRig.token("ana");
    }

    private static Answer ask(String requestLine, String... headers) throws IOException {
        List<String> lines = new ArrayList<>(List.of(requestLine, "Host: app.example.com"));
        lines.addAll(Arrays.asList(headers));
        return TestSocket.ask(gateway.port(), lines);
    }

    /** With a body of JSON, from a client that is no browser. */
    private static Answer post(String body) throws IOException {
        return post(body, "Content-Type: application/json", bearer());
    }

    private static Answer post(String body, String... headers) throws IOException {
        List<String> lines = new ArrayList<>(List.of(EXTEND, "Host: app.example.com"));
        lines.addAll(Arrays.asList(headers));
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        lines.add("Content-Length: " + bytes.length);
        try (TestSocket client = TestSocket.connect(gateway.port())) {
            client.send((String.join("\r\n", lines) + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8));
            return client.readAnswer();
        }
    }

    private static void assertProblem(int status, String code, Answer answer) {
        assertEquals(status, answer.status(), answer.head() + answer.body());
        assertEquals("application/problem+json", answer.header("Content-Type").orElse(""));
        JsonObject problem = JsonParser.parseString(answer.body()).getAsJsonObject();
        assertEquals("about:blank", problem.get("type").getAsString());
        assertEquals(status, problem.get("status").getAsInt());
        assertEquals(code, problem.get("code").getAsString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"connection\":\"00000000000000ff\"",
                "{connection:\"00000000000000ff\"}",
                "{'connection':'00000000000000ff'}",
                "{\"connection\":\"00000000000000ff\",}",
                "{\"connection\":\"00000000000000ff\"} {}",
                "{\"connection\":\"00000000000000ff\"}x",
                "{\"connection\":\"00000000000000ff\",\"connection\":\"00000000000000fe\"}",
                "{\"connection\":\"00000000000000ff\",\"\\u0063onnection\":\"00000000000000fe\"}",
                "[]",
                "null",
                "\"connection\"",
                "// a comment\n{}",
                "\uFEFF{\"connection\":\"00000000000000ff\"}",
                "{}",
                "{\"connection\":255}",
                "{\"connection\":null}",
                "{\"connection\":\"ff\"}",
                "{\"connection\":\"00000000000000FF\"}",
                "{\"connection\":\"00000000000000ff\",\"user\":\"bob\"}"
            })
    @Tag("R1")
    void brokenBodiesAreRefused(String body) throws IOException {
        assertProblem(400, "BAD_REQUEST", post(body));
    }

    @Test
    @Tag("R1")
    void bodiesThatAreNoTextAreRefused() throws IOException {
        byte[] bytes = {'{', '"', (byte) 0xC0, (byte) 0xAF, '"', ':', '1', '}'};
        byte[] head = (EXTEND + "\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8\r\n" + bearer()
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
        try (TestSocket client = TestSocket.connect(gateway.port())) {
            client.send(head);
            client.send(bytes);
            assertProblem(400, "BAD_REQUEST", client.readAnswer());
        }
    }

    @Test
    @Tag("R2")
    void depthNumbersAndSizeAreBounded() throws IOException {
        assertProblem(400, "BAD_REQUEST", post("{\"a\":" + "[".repeat(10_000)));
        assertProblem(400, "BAD_REQUEST", post("{\"a\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}"));
        assertProblem(400, "BAD_REQUEST", post("{\"connection\":1e999999}"));
        assertProblem(400, "BAD_REQUEST", post("{\"connection\":" + "9".repeat(10_000) + "}"));
        String large = "{\"a\":\"" + "x".repeat(Routes.BODY_BYTES_MAX) + "\"}";
        assertProblem(413, "TOO_LARGE", post(large));
    }

    @Test
    @Tag("R2")
    @Tag("R10")
    void largeBodiesAreRefusedUnread() throws IOException {
        for (String announced : List.of(
                "Content-Length: 5000000",
                "Content-Length: 11534336\r\nExpect: 100-continue",
                "Content-Length: 9223372036854775807")) {
            try (TestSocket client = TestSocket.connect(gateway.port())) {
                // Not one byte of the body is sent.
                Answer answer = client.request(
                        List.of(EXTEND, "Host: a", "Content-Type: application/json", bearer(), announced));
                assertProblem(413, "TOO_LARGE", answer);
                assertEquals("close", answer.header("Connection").orElse(""));
                assertEquals(0, client.readToEnd());
            }
        }
        try (TestSocket client = TestSocket.connect(gateway.port())) {
            String chunk = "1000\r\n" + "x".repeat(0x1000) + "\r\n";
            client.send((EXTEND + "\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
                            + bearer() + "\r\n\r\n" + chunk.repeat(20))
                    .getBytes(StandardCharsets.US_ASCII));
            assertProblem(413, "TOO_LARGE", client.readAnswer());
        }
        assertProblem(413, "TOO_LARGE", ask("GET /api/v1/session HTTP/1.1", bearer(), "Content-Length: 1", "", "x"));
    }

    @Test
    @Tag("R10")
    void rangesAreIgnored() throws IOException {
        String ranges = "Range: bytes=" + "0-0,".repeat(999) + "5-6";
        Answer answer = ask("GET /api/v1/session HTTP/1.1", bearer(), ranges);
        assertEquals(200, answer.status(), answer.head());
    }

    @Test
    @Tag("R10")
    void aBodyThatIsWelcomeIsAskedFor() throws IOException {
        try (TestSocket client = TestSocket.connect(gateway.port())) {
            Answer go = client.request(List.of(
                    EXTEND,
                    "Host: a",
                    "Content-Type: application/json",
                    bearer(),
                    "Content-Length: " + "{}".length(),
                    "Expect: 100-continue"));
            assertEquals(100, go.status());
            client.send("{}".getBytes(StandardCharsets.US_ASCII));
            assertProblem(400, "BAD_REQUEST", client.readAnswer());
        }
        assertProblem(
                400, "BAD_REQUEST", post("{}", "Content-Type: application/json", bearer(), "Expect: something-else"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: text/plain",
                "Content-Type: application/x-www-form-urlencoded",
                "Content-Type: multipart/form-data; boundary=x",
                "Content-Type: application/json; charset=utf-7",
                "Content-Type: text/plain, application/json",
                "Content-Type: application/jsonx",
                "X-No-Type: at-all",
                "Content-Type: application/json\r\nContent-Type: text/plain"
            })
    @Tag("R3")
    @Tag("SEC5")
    void changesWantJson(String type) throws IOException {
        String origin = "Origin: " + GatewayRig.ORIGIN;
        assertProblem(415, "UNSUPPORTED_MEDIA", post(BODY, type, cookie(), origin, "X-Switchboard: 1"));
        assertProblem(415, "UNSUPPORTED_MEDIA", post(BODY, type, bearer()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Another site.
                "X-Switchboard: 1\r\nOrigin: https://evil.example",
                "X-Switchboard: 1\r\nOrigin: null",
                "X-Switchboard: 1\r\nOrigin: https://app.example.com.evil.example",
                "X-Switchboard: 1\r\nOrigin: https://app.example.com:8443",
                "X-Switchboard: 1\r\nOrigin: https://app.example.com\r\nOrigin: https://evil.example",
                "X-Switchboard: 1\r\nSec-Fetch-Site: cross-site",
                "X-Switchboard: 1\r\nSec-Fetch-Site: same-site",
                "X-Switchboard: 1\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Site: same-origin",
                "X-Switchboard: 1\r\nOrigin: https://other.example.com\r\nSec-Fetch-Site: same-origin",
                // A form could have sent it.
                "Origin: https://app.example.com",
                "X-Switchboard: 0\r\nOrigin: https://app.example.com",
                "Sec-Fetch-Site: same-origin"
            })
    @Tag("R4")
    @Tag("SEC5")
    void changesAreNoOtherSitesDoing(String headers) throws IOException {
        assertProblem(403, "CSRF", post(BODY, "Content-Type: application/json", cookie(), headers));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Origin: https://app.example.com",
                "Origin: https://app.example.com\r\nSec-Fetch-Site: cross-site",
                "Origin: http://app.example.com\r\nSec-Fetch-Site: same-origin",
                "Sec-Fetch-Site: same-origin",
                "Sec-Fetch-Site: none",
                "X-Of-No: concern"
            })
    @Tag("SEC5")
    void ownPagesMayChange(String headers) throws IOException {
        // Far enough to read the body, which lacks something. The host of these requests is app.example.com; over plain
        // text the page may have had TLS in front or not.
        assertProblem(
                400,
                "BAD_REQUEST",
                post("{}", "Content-Type: application/json", cookie(), "X-Switchboard: 1", headers));
    }

    static Stream<Routes.Route> changing() {
        return gateway.routes().stream().filter(route -> !route.method().equals("GET"));
    }

    @ParameterizedTest
    @MethodSource("changing")
    @Tag("SEC5")
    void everyRouteThatChangesIsProtected(Routes.Route route) throws IOException {
        String line = route.method() + " " + route.template() + " HTTP/1.1";
        String type = "Content-Type: application/json";
        assertProblem(403, "CSRF", ask(line, type, cookie(), "Sec-Fetch-Site: cross-site", "X-Switchboard: 1"));
        assertProblem(403, "CSRF", ask(line, type, cookie()));
        assertProblem(401, "UNAUTHENTICATED", ask(line, type));
        assertProblem(405, "METHOD", ask("GET " + route.template() + " HTTP/1.1", cookie()));
    }

    static Stream<Routes.Route> closed() {
        return gateway.routes().stream()
                .filter(route ->
                        route.access() != Access.OPEN && route.template().startsWith("/api/v1/"));
    }

    @ParameterizedTest
    @MethodSource("closed")
    void everyClosedRouteWantsAGoodToken(Routes.Route route) throws IOException {
        String path = route.template().replaceAll("\\{[a-z]+}", "1");
        String line = route.method() + " " + path + " HTTP/1.1";
        String type = "Content-Type: application/json";
        for (String credentials : List.of("X-No: token", "Cookie: theme=dark", "Authorization: Bearer x.y.z")) {
            Answer answer = ask(line, type, credentials);
            assertProblem(401, "UNAUTHENTICATED", answer);
            assertEquals("Bearer", answer.header("WWW-Authenticate").orElse(""));
        }
        assertProblem(400, "BAD_REQUEST", ask(line, type, cookie() + "; token=another"));
        if (route.access() == Access.ADMIN) {
            assertProblem(403, "FORBIDDEN", ask(line, type, bearer()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/session/",
                "//api/v1/session",
                "/api//v1/session",
                "/API/v1/session",
                "/api/v1/%73ession",
                "/api/v1/x/../session",
                "/api/v1/session;a=b",
                "/api/v1/session%3Fa",
                "/api/v1",
                "/metrics",
                "/readyz",
                "http://app.example.com/api/v1/session",
                "/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
                "/assets/%2e%2e/passwd",
                "/assets/../passwd",
                "/assets/a/%00",
                "/assets/a/%2500",
                "/assets/a/%252e%252e%252f",
                "/assets/a/%c0%af",
                "/assets/a/%e0%80%af",
                "/assets/a/%zz",
                "/assets/a/%",
                "/assets/a/%5c..",
                "/assets//soporte.js",
                "/assets/0000/soporte.js"
            })
    @Tag("R7")
    void anotherPathIsAnotherPath(String path) throws IOException {
        Answer answer = ask("GET " + path + " HTTP/1.1", bearer());
        assertTrue(answer.status() == 404 || answer.status() == 400, answer.head());
        assertFalse(answer.body().contains("ana"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"?a=%00", "?a=%c0%af", "?a=1&a=2", "?=1", "?a=%", "?unknown=1", "?a&", "?" + "a%0d%0aX"})
    @Tag("R5")
    @Tag("R7")
    void theQueryIsReadStrictly(String query) throws IOException {
        assertProblem(400, "BAD_REQUEST", ask("GET /api/v1/session" + query + " HTTP/1.1", bearer()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRACE", "CONNECT", "BREW", "get", "PROPFIND", "PUT", "DELETE", "PATCH", "OPTIONS"})
    @Tag("R8")
    void otherMethodsAreRefused(String method) throws IOException {
        Answer answer = ask(method + " /api/v1/session HTTP/1.1", bearer());
        boolean plain = method.equals("get");
        // A lower-case method isn't even a request: nothing but upper-case letters begins one.
        assertEquals(plain ? 400 : 405, answer.status(), answer.head());
        if (!plain) {
            assertTrue(answer.header("Allow").orElse("").contains("GET"), answer.head());
            assertFalse(answer.body().contains("Bearer"));
        }
    }

    @Test
    @Tag("R8")
    void onlyAllowedOriginsMayReadAnswers() throws IOException {
        String wants = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type";
        for (String origin : List.of("https://evil.example", "null", "https://app.example.com.evil.example")) {
            Answer preflight = ask("OPTIONS /api/v1/session/extend HTTP/1.1", "Origin: " + origin, wants);
            Answer read = ask("GET /api/v1/session HTTP/1.1", "Origin: " + origin, cookie());
            for (Answer answer : List.of(preflight, read)) {
                assertTrue(answer.header("Access-Control-Allow-Origin").isEmpty(), answer.head());
                assertTrue(answer.header("Access-Control-Allow-Credentials").isEmpty());
                assertEquals("Origin", answer.header("Vary").orElse(""));
            }
        }
        Answer preflight = ask("OPTIONS /api/v1/session/extend HTTP/1.1", "Origin: " + GatewayRig.ORIGIN, wants);
        assertEquals(204, preflight.status());
        assertEquals(
                GatewayRig.ORIGIN,
                preflight.header("Access-Control-Allow-Origin").orElse(""));
        assertEquals(
                "true", preflight.header("Access-Control-Allow-Credentials").orElse(""));
        assertEquals("POST", preflight.header("Access-Control-Allow-Methods").orElse(""));
        assertTrue(preflight.header("Access-Control-Allow-Headers").orElse("").contains("X-Switchboard"));
        Answer read = ask("GET /api/v1/session HTTP/1.1", "Origin: " + GatewayRig.ORIGIN, cookie());
        assertEquals(200, read.status());
        assertEquals(
                GatewayRig.ORIGIN, read.header("Access-Control-Allow-Origin").orElse(""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "br", "zstd", "deflate", "gzip, gzip", "identity, gzip"})
    @Tag("R9")
    void nothingIsInflated(String coding) throws IOException {
        String header = "Content-Encoding: " + coding;
        assertProblem(415, "UNSUPPORTED_MEDIA", post(BODY, "Content-Type: application/json", bearer(), header));
        assertProblem(415, "UNSUPPORTED_MEDIA", ask("GET /api/v1/session HTTP/1.1", bearer(), header));
    }

    @Test
    @Tag("R11")
    @Tag("SEC33")
    void lineBreaksReachNeitherHeadersNorTheLog() throws IOException {
        try (LogCapture logged = new LogCapture()) {
            String forged = "%0d%0aSet-Cookie:%20a=b%0d%0aforged=line";
            List<Answer> answers = List.of(
                    ask("GET /soporte?lang=" + forged + " HTTP/1.1"),
                    ask("GET /" + forged + " HTTP/1.1", bearer()),
                    ask("GET /assets/" + forged + "/x HTTP/1.1"),
                    ask("GET /api/v1/session?" + forged + " HTTP/1.1", bearer()),
                    post("{\"connection\":\"\\r\\nforged=line\"}"));
            for (Answer answer : answers) {
                assertTrue(answer.header("Set-Cookie").isEmpty(), answer.head());
                assertFalse(answer.head().contains("forged"), answer.head());
            }
            assertEquals(0, logged.count(line -> line.contains("forged") || line.contains("\n")));
        }
    }

    @Test
    @Tag("R8")
    void anHonestHeadRequestIsAGetWithoutItsBody() throws IOException {
        Answer get = ask("GET /api/v1/session HTTP/1.1", bearer());
        try (TestSocket client = TestSocket.connect(gateway.port())) {
            client.send(("HEAD /api/v1/session HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + bearer() + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            Answer head = client.readAnswer();
            assertEquals(200, head.status());
            assertEquals("", head.body());
            assertEquals(get.header("Content-Type"), head.header("Content-Type"));
            assertTrue(Integer.parseInt(head.header("Content-Length").orElse("0")) > 100);
        }
    }

    @Test
    void anHttpRequestNeedsItsHost() throws IOException {
        for (String host : List.of("X-Host: a", "Host: a\r\nHost: b")) {
            assertProblem(
                    400,
                    "BAD_REQUEST",
                    TestSocket.ask(gateway.port(), List.of("GET /api/v1/session HTTP/1.1", host, bearer())));
        }
    }

    @Test
    @Tag("S1.21")
    void socketAndRequestsShareOneServer() throws IOException {
        try (TestSocket client = TestSocket.connect(gateway.port())) {
            // First a request, then on the same connection the socket, by the same cookie.
            Answer session = client.request(List.of("GET /api/v1/session HTTP/1.1", "Host: a", cookie()));
            assertEquals(200, session.status());
            List<String> lines = TestSocket.handshakeLines("switchboard.v1");
            lines.add(cookie());
            lines.add("Origin: " + GatewayRig.ORIGIN);
            assertEquals(101, client.request(lines).status());
            client.startReading();
            assertEquals("ana", client.nextMessage().getWelcome().getUser());
        }
    }
}
