package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the public port does with bytes that are no proper request. */
@ExtendWith(LeakCheck.class)
class RequestBytesIT {
    private static final String HEAD = "GET /ws HTTP/1.1\r\nHost: localhost\r\n";

    @RegisterExtension
    static final OneGateway one = OneGateway.watchedWith(Map.of("REQUEST_TIMEOUT", "1s"));

    private static Answer send(String bytes) throws IOException {
        try (TestSocket client = TestSocket.connect(one.port())) {
            client.send(bytes.getBytes(StandardCharsets.ISO_8859_1));
            Answer answer = client.readAnswer();
            assertEquals("close", answer.header("Connection").orElse(""));
            assertTrue(answer.header("X-Request-Id").isPresent(), answer.head());
            assertEquals(0, client.readToEnd(), "one answer only");
            return answer;
        }
    }

    @Test
    @Tag("H10")
    @Tag("SEC19")
    @Tag("SEC22")
    void boundsTheRequestLineAndTheHeaders() throws IOException {
        double lines = Metrics.handshakes(one.gateway(), "line-too-long");
        double headers = Metrics.handshakes(one.gateway(), "headers-too-large");
        assertEquals(
                414, send("GET /ws?" + "a".repeat(4_096) + " HTTP/1.1\r\n\r\n").status());
        assertEquals(414, send("GET /" + "a".repeat(200_000)).status());
        assertEquals(431, send(HEAD + "X-A: " + "a".repeat(8_200) + "\r\n\r\n").status());
        assertEquals(
                431,
                send(HEAD + "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(300) + "\r\n")
                        .status());
        assertEquals(lines + 2, Metrics.handshakes(one.gateway(), "line-too-long"));
        assertEquals(headers + 2, Metrics.handshakes(one.gateway(), "headers-too-large"));
    }

    @Test
    @Tag("SEC22")
    void refusesBodiesUnread() throws IOException {
        double before = Metrics.handshakes(one.gateway(), "body-too-large");
        assertEquals(
                413,
                send("POST /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 11000000\r\n\r\n")
                        .status());
        assertEquals(
                413,
                send("POST /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 11000000\r\nExpect: 100-continue\r\n\r\n")
                        .status());
        String chunk = "2000\r\n" + "a".repeat(0x2000) + "\r\n";
        assertEquals(
                413,
                send("POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(9))
                        .status());
        assertEquals(before + 3, Metrics.handshakes(one.gateway(), "body-too-large"));
    }

    @Test
    @Tag("SEC22")
    void inflatesNothing() throws IOException {
        // Were it inflated, these four bytes that are no gzip would make the request malformed instead.
        assertEquals(
                405,
                send("POST /ws HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd")
                        .status());
    }

    @Test
    @Tag("H11")
    @Tag("SEC19")
    void endsRequestsThatTakeTooLong() throws IOException {
        double before = Metrics.handshakes(one.gateway(), "too-slow");
        try (TestSocket slow = TestSocket.connect(one.port());
                TestSocket mute = TestSocket.connect(one.port())) {
            long start = System.nanoTime();
            byte[] request = HEAD.getBytes(StandardCharsets.ISO_8859_1);
            int[] sent = {0};
            // A byte each time we look, for longer than the time allowed.
            Await.until(Duration.ofMillis(900), () -> {
                try {
                    slow.send(new byte[] {request[sent[0]++ % 30]});
                    return sent[0] >= 30;
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertEquals(408, slow.readAnswer().status());
            assertEquals(408, mute.readAnswer().status());
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertTrue(millis > 800 && millis < 4_000, "after " + millis + " ms");
            assertEquals(0, slow.readToEnd());
        }
        assertEquals(before + 2, Metrics.handshakes(one.gateway(), "too-slow"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
                "POST /ws HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd",
                "POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked, identity\r\n\r\n0\r\n\r\n",
                "POST /ws HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: a\r\nX-A: b\r\n folded\r\n\r\n",
                "GET /ws HTTP/1.1\r\n\tHost: a\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost : a\r\n\r\n",
                "POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"\r\nx\"\r\nA\r\n0\r\n\r\n",
                "POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"\nx\"\r\nA\r\n0\r\n\r\n",
                "POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nA\n0\n\n",
                "POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nA\r\n0\r\n\r\n",
                "\u0000GET /ws HTTP/1.1\r\nHost: a\r\n\r\n",
                "\u0001\u0002GET /ws HTTP/1.1\r\nHost: a\r\n\r\n",
                "\r\nGET /ws HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: a\u0000b\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
                "GET /ws HTTP/1.1\nHost: a\n\n",
                "GET /ws\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc"
            })
    @Tag("H12")
    @Tag("SEC23")
    void refusesWhatTwoParsersCouldReadInTwoWays(String bytes) throws IOException {
        double before = Metrics.handshakes(one.gateway(), "malformed");
        // A second request right behind it must not be taken for one.
        Answer answer = send(bytes + "GET /ws HTTP/1.1\r\nHost: b\r\n\r\n");
        assertEquals(400, answer.status());
        assertEquals("{\"error\":\"Not a request this server understands\"}", answer.body());
        assertEquals(before + 1, Metrics.handshakes(one.gateway(), "malformed"));
    }

    @Test
    @Tag("H13")
    void framesRightBehindTheHandshakeWaitForIt() throws IOException {
        List<String> lines = TestSocket.handshakeLines("switchboard.v1");
        lines.add("Authorization: Bearer " + GatewayRig.token("ana"));
        byte[] head = (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
        byte[] both = concat(head, ping(1));
        try (TestSocket client = TestSocket.connect(one.port())) {
            client.send(concat(both, ping(2)));
            assertEquals(101, client.readAnswer().status());
            client.startReading();
            assertEquals(FrameCase.WELCOME, client.nextMessage().getFrameCase());
            assertEquals(1, client.nextMessage().getRef());
            assertEquals(2, client.nextMessage().getRef());
        }
    }

    @Test
    @Tag("H13")
    void framesBehindARefusedHandshakeAreDropped() throws IOException {
        double received = Metrics.value(one.gateway(), "messages_total{direction=\"in\"}");
        List<String> lines = TestSocket.handshakeLines("switchboard.v1");
        byte[] head = (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
        byte[] say = ClientFrame.newBuilder()
                .setSend(TestSocket.say("not heard"))
                .build()
                .toByteArray();
        try (TestSocket client = TestSocket.connect(one.port())) {
            client.send(concat(head, TestSocket.frame(0x82, say)));
            assertEquals(401, client.readAnswer().status());
            assertEquals(0, client.readToEnd());
        }
        assertEquals(received, Metrics.value(one.gateway(), "messages_total{direction=\"in\"}"));
    }

    private static byte[] ping(int ref) {
        return TestSocket.frame(
                0x82,
                ClientFrame.newBuilder()
                        .setRef(ref)
                        .setPing(Ping.getDefaultInstance())
                        .build()
                        .toByteArray());
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
