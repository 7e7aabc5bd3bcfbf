package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSocket frames that break RFC 6455 or our limits: the code they are closed with, and that nobody else notices. */
@ExtendWith(LeakCheck.class)
class FramesIT {
    private static final int BINARY = 0x82;
    private static final int TEXT = 0x81;
    private static final int CLOSE = 0x88;
    private static final int PING = 0x89;

    @RegisterExtension
    static final OneGateway one = OneGateway.watchedWith(Map.of("PING_INTERVAL", "1s"));

    /** Sends these bytes; the close code comes, the reason is counted once, and TCP ends within two seconds. */
    private static void assertCloses(int code, String reason, byte[]... parts) throws IOException {
        double before = Metrics.closed(one.gateway(), reason);
        try (TestSocket client = GatewayRig.user(one.gateway(), "mallory")) {
            for (byte[] part : parts) {
                client.send(part);
            }
            assertEquals(code, client.closeCode());
            assertTrue(Await.until(Duration.ofSeconds(2), client::ended), "TCP is still open");
        }
        assertTrue(
                Await.until(TestSocket.PATIENCE, () -> Metrics.closed(one.gateway(), reason) == before + 1),
                () -> reason + ": " + Metrics.closed(one.gateway(), reason) + " after " + before);
    }

    private static byte[] hex(String bytes) {
        return HexFormat.ofDelimiter(" ").parseHex(bytes);
    }

    private static byte[] masked(int first, int... payload) {
        byte[] bytes = new byte[payload.length];
        for (int i = 0; i < payload.length; i++) {
            bytes[i] = (byte) payload[i];
        }
        return TestSocket.frame(first, bytes);
    }

    @Test
    @Tag("W1")
    void wantsTheFrameTypeOfTheSubprotocol() throws IOException {
        assertCloses(1003, "wrong-frame-type", TestSocket.frame(TEXT, "{}".getBytes(StandardCharsets.UTF_8)));
        double before = Metrics.closed(one.gateway(), "wrong-frame-type");
        try (TestSocket json = TestSocket.open(one.port(), GatewayRig.token("mallory"), "switchboard.v1.json")) {
            json.send(masked(BINARY));
            assertEquals(1003, json.closeCode());
        }
        assertTrue(Await.until(
                TestSocket.PATIENCE, () -> Metrics.closed(one.gateway(), "wrong-frame-type") == before + 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "82 00", // not masked
                "c2 80 00 00 00 00", // RSV1
                "a2 80 00 00 00 00", // RSV2
                "92 80 00 00 00 00", // RSV3
                "83 80 00 00 00 00", // reserved data opcode
                "8b 80 00 00 00 00", // reserved control opcode
                "8f 80 00 00 00 00"
            })
    @Tag("W2")
    void refusesUnmaskedAndReserved(String bytes) throws IOException {
        assertCloses(1002, "protocol-error", hex(bytes));
    }

    @Test
    @Tag("W3")
    void controlFramesAreShortAndWhole() throws IOException {
        assertCloses(1002, "protocol-error", TestSocket.frame(PING, new byte[126]));
        assertCloses(1002, "protocol-error", masked(0x09, 1));
        assertCloses(1002, "protocol-error", masked(0x08));
    }

    @Test
    @Tag("W4")
    void fragmentsComeInOrder() throws IOException {
        assertCloses(1002, "protocol-error", masked(0x80, 1));
        assertCloses(1002, "protocol-error", masked(0x00, 1));
        assertCloses(1002, "protocol-error", masked(0x02, 1), masked(BINARY, 1));
        assertCloses(1002, "protocol-error", masked(0x02), masked(0x80), masked(0x80));
    }

    @Test
    @Tag("W5")
    @Tag("SEC25")
    void aDeclaredLengthIsJudgedBeforeItsPayloadComes() throws IOException {
        assertCloses(1009, "too-big", declared(65_537));
        assertCloses(1009, "too-big", declared(Integer.MAX_VALUE));
        assertCloses(1009, "too-big", declared(Long.MAX_VALUE));
        assertCloses(1002, "protocol-error", declared(Long.MIN_VALUE));
        assertCloses(1002, "protocol-error", declared(-1));
    }

    /** The header of a masked frame of this many bytes, and no payload. */
    private static byte[] declared(long length) {
        return ByteBuffer.allocate(14)
                .put((byte) BINARY)
                .put((byte) 0xFF)
                .putLong(length)
                .putInt(0)
                .array();
    }

    @Test
    @Tag("W6")
    void aMessageOfManyFragmentsIsBounded() throws IOException {
        byte[] half = new byte[32 * 1024];
        assertCloses(
                1009,
                "too-big",
                TestSocket.frame(0x02, half),
                TestSocket.frame(0x00, half),
                TestSocket.frame(0x80, new byte[1]));
        ByteArrayOutputStream empty = new ByteArrayOutputStream();
        empty.writeBytes(masked(0x02));
        for (int i = 0; i < 10_000; i++) {
            empty.writeBytes(masked(0x00));
        }
        assertCloses(1008, "policy", empty.toByteArray());
    }

    @Test
    void fragmentsWithAPingBetweenThemAreOneMessage() throws IOException {
        byte[] whole = ClientFrame.newBuilder()
                .setRef(5)
                .setPing(Ping.getDefaultInstance())
                .build()
                .toByteArray();
        try (TestSocket client = GatewayRig.user(one.gateway(), "mallory")) {
            client.send(TestSocket.frame(0x02, Arrays.copyOf(whole, 1)));
            client.send(masked(PING, 'h', 'i'));
            client.send(TestSocket.frame(0x00, new byte[0]));
            client.send(TestSocket.frame(0x80, Arrays.copyOfRange(whole, 1, whole.length)));
            TestSocket.Frame pong = client.next();
            assertEquals(10, pong.opcode());
            assertEquals("hi", pong.payload().toStringUtf8());
            assertEquals(5, client.await(FrameCase.PONG).getRef());
        }
    }

    @Test
    @Tag("W8")
    void floodsOfPingsAreCutOff() throws IOException {
        ByteArrayOutputStream pings = new ByteArrayOutputStream();
        for (int i = 0; i < 1_000; i++) {
            pings.writeBytes(masked(PING, i));
        }
        assertCloses(1008, "policy", pings.toByteArray());
    }

    @ParameterizedTest
    @CsvSource({
        "1002, protocol-error, 03",
        "1002, protocol-error, 03 ed", // 1005
        "1002, protocol-error, 03 e7", // 999
        "1002, protocol-error, 03 ee", // 1006
        "1002, protocol-error, 0b b7", // 2999
        "1002, protocol-error, 13 88", // 5000
        "1007, invalid-payload, 03 e8 c3 28",
        "1000, normal, 03 e8 62 79 65",
        "1000, normal, 0f a0"
    })
    @Tag("W9")
    void answersAClose(int code, String reason, String payload) throws IOException {
        assertCloses(code, reason, TestSocket.frame(CLOSE, hex(payload)));
    }

    @Test
    @Tag("W9")
    void answersACloseWithoutACode() throws IOException {
        assertCloses(1000, "normal", masked(CLOSE));
    }

    @Test
    @Tag("W10")
    void hearsNothingBehindAClose() throws IOException {
        double before = Metrics.value(one.gateway(), "messages_total{direction=\"in\"}");
        byte[] say = ClientFrame.newBuilder()
                .setSend(TestSocket.say("too late"))
                .build()
                .toByteArray();
        assertCloses(1000, "normal", concat(masked(CLOSE, 0x03, 0xE8), TestSocket.frame(BINARY, say)));
        assertEquals(before, Metrics.value(one.gateway(), "messages_total{direction=\"in\"}"));
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Test
    @Tag("W11")
    void closesWhoDoesNotAnswerHeartbeats() throws IOException {
        double before = Metrics.closed(one.gateway(), "silent");
        try (TestSocket client = GatewayRig.user(one.gateway(), "mallory");
                TestSocket answering = GatewayRig.user(one.gateway(), "ana")) {
            client.ignorePings();
            long start = System.nanoTime();
            assertEquals(4007, client.closeCode());
            long millis = (System.nanoTime() - start) / 1_000_000;
            assertTrue(millis >= 1_000 && millis < 5_000, "after " + millis + " ms");
            answering.send(
                    ClientFrame.newBuilder().setPing(Ping.getDefaultInstance()).build());
            answering.await(FrameCase.PONG);
        }
        assertTrue(Await.until(TestSocket.PATIENCE, () -> Metrics.closed(one.gateway(), "silent") == before + 1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("W12")
    void forgetsAtOnceWhoLeavesInTheMiddleOfAFrame(boolean reset) throws IOException {
        double open = Metrics.value(one.gateway(), "connections");
        double unexpected = Metrics.value(one.gateway(), "unexpected_errors_total");
        try (LogCapture logged = new LogCapture()) {
            for (int i = 0; i < 50; i++) {
                TestSocket client = GatewayRig.user(one.gateway(), "mallory");
                client.send(Arrays.copyOf(TestSocket.frame(BINARY, new byte[1_000]), 500));
                client.socket().setSoLinger(reset, 0);
                client.close();
            }
            assertTrue(Await.until(Duration.ofSeconds(1), () -> Metrics.value(one.gateway(), "connections") == open));
            assertEquals(
                    0,
                    logged.count(line -> line.startsWith("WARN") || line.startsWith("ERROR")),
                    () -> logged.lines().toString());
        }
        assertEquals(unexpected, Metrics.value(one.gateway(), "unexpected_errors_total"));
    }
}
