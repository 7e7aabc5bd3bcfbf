package dev.switchboard.gateway;

import static dev.switchboard.gateway.ApiClient.BODY;
import static dev.switchboard.gateway.ApiClient.assertProblem;
import static dev.switchboard.gateway.ApiClient.bearer;
import static dev.switchboard.gateway.ApiClient.cookie;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.api.http.Access;
import dev.switchboard.gateway.api.http.Routes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may ask what over HTTP, from which page, and under which address. */
@ExtendWith(LeakCheck.class)
class HttpIT {
    @RegisterExtension
    static final OneGateway one = OneGateway.watched();

    private static final ApiClient api = new ApiClient(one);

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
        assertProblem(403, "CSRF", api.post(BODY, "Content-Type: application/json", cookie(), headers));
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
                api.post("{}", "Content-Type: application/json", cookie(), "X-Switchboard: 1", headers));
    }

    static Stream<Routes.Route> changing() {
        return one.gateway().routes().stream().filter(route -> !route.method().equals("GET"));
    }

    @ParameterizedTest
    @MethodSource("changing")
    @Tag("SEC5")
    void everyRouteThatChangesIsProtected(Routes.Route route) throws IOException {
        String line = route.method() + " " + route.template() + " HTTP/1.1";
        String type = "Content-Type: application/json";
        assertProblem(403, "CSRF", api.ask(line, type, cookie(), "Sec-Fetch-Site: cross-site", "X-Switchboard: 1"));
        assertProblem(403, "CSRF", api.ask(line, type, cookie()));
        assertProblem(401, "UNAUTHENTICATED", api.ask(line, type));
        assertProblem(405, "METHOD", api.ask("GET " + route.template() + " HTTP/1.1", cookie()));
    }

    static Stream<Routes.Route> closed() {
        return one.gateway().routes().stream()
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
            Answer answer = api.ask(line, type, credentials);
            assertProblem(401, "UNAUTHENTICATED", answer);
            assertEquals("Bearer", answer.header("WWW-Authenticate").orElse(""));
        }
        assertProblem(400, "BAD_REQUEST", api.ask(line, type, cookie() + "; token=another"));
        if (route.access() == Access.ADMIN) {
            assertProblem(403, "FORBIDDEN", api.ask(line, type, bearer()));
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
        Answer answer = api.ask("GET " + path + " HTTP/1.1", bearer());
        assertTrue(answer.status() == 404 || answer.status() == 400, answer.head());
        assertFalse(answer.body().contains("ana"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"?a=%00", "?a=%c0%af", "?a=1&a=2", "?=1", "?a=%", "?unknown=1", "?a&", "?" + "a%0d%0aX"})
    @Tag("R5")
    @Tag("R7")
    void theQueryIsReadStrictly(String query) throws IOException {
        assertProblem(400, "BAD_REQUEST", api.ask("GET /api/v1/session" + query + " HTTP/1.1", bearer()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRACE", "CONNECT", "BREW", "get", "PROPFIND", "PUT", "DELETE", "PATCH", "OPTIONS"})
    @Tag("R8")
    void otherMethodsAreRefused(String method) throws IOException {
        Answer answer = api.ask(method + " /api/v1/session HTTP/1.1", bearer());
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
            Answer preflight = api.ask("OPTIONS /api/v1/session/extend HTTP/1.1", "Origin: " + origin, wants);
            Answer read = api.ask("GET /api/v1/session HTTP/1.1", "Origin: " + origin, cookie());
            for (Answer answer : List.of(preflight, read)) {
                assertTrue(answer.header("Access-Control-Allow-Origin").isEmpty(), answer.head());
                assertTrue(answer.header("Access-Control-Allow-Credentials").isEmpty());
                assertEquals("Origin", answer.header("Vary").orElse(""));
            }
        }
        Answer preflight = api.ask("OPTIONS /api/v1/session/extend HTTP/1.1", "Origin: " + GatewayRig.ORIGIN, wants);
        assertEquals(204, preflight.status());
        assertEquals(
                GatewayRig.ORIGIN,
                preflight.header("Access-Control-Allow-Origin").orElse(""));
        assertEquals(
                "true", preflight.header("Access-Control-Allow-Credentials").orElse(""));
        assertEquals("POST", preflight.header("Access-Control-Allow-Methods").orElse(""));
        assertTrue(preflight.header("Access-Control-Allow-Headers").orElse("").contains("X-Switchboard"));
        Answer read = api.ask("GET /api/v1/session HTTP/1.1", "Origin: " + GatewayRig.ORIGIN, cookie());
        assertEquals(200, read.status());
        assertEquals(
                GatewayRig.ORIGIN, read.header("Access-Control-Allow-Origin").orElse(""));
    }

    @Test
    @Tag("R11")
    @Tag("SEC33")
    void lineBreaksReachNeitherHeadersNorTheLog() throws IOException {
        try (LogCapture logged = new LogCapture()) {
            String forged = "%0d%0aSet-Cookie:%20a=b%0d%0aforged=line";
            List<Answer> answers = List.of(
                    api.ask("GET /soporte?lang=" + forged + " HTTP/1.1"),
                    api.ask("GET /" + forged + " HTTP/1.1", bearer()),
                    api.ask("GET /assets/" + forged + "/x HTTP/1.1"),
                    api.ask("GET /api/v1/session?" + forged + " HTTP/1.1", bearer()),
                    api.post("{\"connection\":\"\\r\\nforged=line\"}"));
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
        Answer get = api.ask("GET /api/v1/session HTTP/1.1", bearer());
        try (TestSocket client = TestSocket.connect(one.port())) {
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
                    TestSocket.ask(one.port(), List.of("GET /api/v1/session HTTP/1.1", host, bearer())));
        }
    }

    @Test
    @Tag("S1.21")
    void socketAndRequestsShareOneServer() throws IOException {
        try (TestSocket client = TestSocket.connect(one.port())) {
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
