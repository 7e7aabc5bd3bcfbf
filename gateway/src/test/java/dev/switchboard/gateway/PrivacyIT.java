package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Reauth;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What must not leave the gateway: by its logs, its metrics, its answers, its settings. */
@ExtendWith(LeakCheck.class)
class PrivacyIT {
    private static final Pattern INTERNALS =
            Pattern.compile("(?i)exception|netty|java\\.|dev\\.switchboard|redis|\\bat [a-z]+\\.|stack|null");

    /** As a handshake is refused, or a request to the API. */
    private static final String REFUSAL = "\\{\"error\":\"[^\"]+\"}"
            + "|\\{\"type\":\"about:blank\",\"title\":\"[^\"]+\",\"status\":4\\d\\d,\"code\":\"[A-Z_]+\",\"detail\":\"[^\"]+\"}";

    @RegisterExtension
    static final OneGateway one = OneGateway.with(Map.of("RATE_USER_BURST", "3"));

    @Test
    @Tag("SEC33")
    void logsHoldNoTokensAndNoText() throws IOException {
        List<String> secrets = new ArrayList<>();
        try (LogCapture logged = new LogCapture()) {
            String token = GatewayRig.token("ana\u2009b");
            String expired = TokenMint.token(
                    "ana",
                    dev.switchboard.proto.v1.Role.USER,
                    java.time.Instant.now().minusSeconds(100));
            secrets.addAll(List.of(token, expired, TokenMint.SECRET, "unspeakable"));
            List<String> lines = TestSocket.handshakeLines("switchboard.v1");
            lines.addAll(List.of("Cookie: token=" + expired, "Origin: " + GatewayRig.ORIGIN));
            TestSocket.ask(one.port(), lines);
            lines.addAll(List.of("X-Injected: unspeakable\r\n \r\nWARN forged unspeakable"));
            TestSocket.ask(one.port(), lines);
            try (TestSocket client = TestSocket.open(one.port(), token, "switchboard.v1")) {
                client.await(FrameCase.WELCOME);
                for (int i = 0; i < 8; i++) {
                    client.send(TestSocket.say("unspeakable " + i));
                }
                client.send(TestSocket.say("unspeakable\u0000"));
                client.send(TestSocket.say("unspeakable").setOwner("somebody\r\nWARN forged"));
                client.send(ClientFrame.newBuilder()
                        .setReauth(Reauth.newBuilder().setToken(expired))
                        .build());
                client.send(TestSocket.frame(0x82, "unspeakable".getBytes(StandardCharsets.UTF_8)));
                client.closeCode();
            }
            for (String line : logged.lines()) {
                for (String secret : secrets) {
                    assertFalse(line.contains(secret), line);
                    // Neither in parts: a signature is what makes a token.
                    assertFalse(line.contains(secret.substring(secret.lastIndexOf('.') + 1)), line);
                }
                assertFalse(line.lines().anyMatch(part -> part.startsWith("WARN forged")), line);
            }
            assertTrue(logged.count(line -> line.contains("forbidden action=send")) >= 1, "something was logged");
        }
    }

    @Test
    @Tag("SEC34")
    void metricsAreNotPublicAndNameNobody() throws IOException {
        for (String path : List.of("/metrics", "/readyz", "/livez", "/health", "/actuator", "/heapdump", "/config")) {
            Answer answer = TestSocket.ask(one.port(), List.of("GET " + path + " HTTP/1.1", "Host: localhost"));
            assertEquals(404, answer.status());
        }
        for (int i = 0; i < 100; i++) {
            try (TestSocket client = GatewayRig.user(one.gateway(), "series-" + i)) {
                client.send(TestSocket.say("hi"));
                client.await(FrameCase.ACCEPTED);
                client.send(TestSocket.frame(0x80 + i % 16, new byte[i]));
            }
        }
        List<String> series = Metrics.page(one.gateway())
                .lines()
                .filter(line -> !line.startsWith("#"))
                .toList();
        assertTrue(series.size() < 500, series.size() + " series");
        assertTrue(series.stream().noneMatch(line -> line.contains("series-")));
    }

    @Test
    @Tag("SEC35")
    void refusalsTellNothingOfTheInside() throws IOException {
        String good = "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
        List<String> requests = List.of(
                "GET / HTTP/1.1\r\n\r\n",
                "POST /ws HTTP/1.1\r\n\r\n",
                "TRACE /ws HTTP/1.1\r\n\r\n",
                "GET /ws HTTP/1.0\r\n\r\n",
                "GET /ws HTTP/1.1\r\n\r\n",
                "GET /ws?" + "a".repeat(5_000) + " HTTP/1.1\r\n\r\n",
                "GET /ws HTTP/1.1\r\nX: " + "a".repeat(9_000) + "\r\n\r\n",
                "POST /ws HTTP/1.1\r\nContent-Length: 999999\r\n\r\n",
                "POST /ws HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                "\u0000\u0001\r\n\r\n",
                good + "\r\n",
                good + "Sec-WebSocket-Version: 13\r\n\r\n",
                good + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                String.join("\r\n", TestSocket.handshakeLines("switchboard.v1")) + "\r\n\r\n",
                String.join("\r\n", TestSocket.handshakeLines("switchboard.v1"))
                        + "\r\nAuthorization: Bearer x.y.z\r\n\r\n");
        List<String> ids = new ArrayList<>();
        for (String request : requests) {
            try (TestSocket client = TestSocket.connect(one.port())) {
                client.send(request.getBytes(StandardCharsets.ISO_8859_1));
                Answer answer = client.readAnswer();
                assertTrue(answer.status() >= 400 && answer.status() < 500, answer.head());
                ids.add(answer.header("X-Request-Id").orElseThrow());
                assertTrue(answer.body().matches(REFUSAL), answer.body());
                assertFalse(INTERNALS.matcher(answer.head() + answer.body()).find(), answer.toString());
                assertTrue(answer.header("Server").isEmpty());
                assertEquals("nosniff", answer.header("X-Content-Type-Options").orElse(""));
                assertEquals("no-store", answer.header("Cache-Control").orElse(""));
            }
        }
        assertEquals(ids.size(), ids.stream().distinct().count());
    }

    @Test
    @Tag("SEC36")
    void effectiveSettingsHideSecrets() throws InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Map<String, String> variables = Map.of(
                "SWITCHBOARD_REDIS_URL",
                "redis://gateway:pa55word@redis.internal:6379",
                "SWITCHBOARD_JWT_SECRET",
                TokenMint.SECRET,
                "SWITCHBOARD_JWT_SECRETS",
                "k1=" + TokenMint.SECRET + "x");
        int status = GatewayMain.run(
                new String[] {"--check-config"},
                variables,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(out, true, StandardCharsets.UTF_8));
        String printed = out.toString(StandardCharsets.UTF_8);
        assertEquals(0, status, printed);
        assertTrue(printed.contains("SWITCHBOARD_REDIS_URL=(secret)"), printed);
        assertFalse(printed.contains("pa55word") || printed.contains(TokenMint.SECRET), printed);
    }

    @Test
    @Tag("SEC36")
    void argumentsTakeNoSettings() throws InterruptedException {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(err, true, StandardCharsets.UTF_8);
        int status = GatewayMain.run(new String[] {"--jwt-secret=" + TokenMint.SECRET}, Map.of(), print, print);
        assertEquals(GatewayMain.MISCONFIGURED, status);
        assertFalse(err.toString(StandardCharsets.UTF_8).contains(TokenMint.SECRET));
    }
}
