package dev.switchboard.gateway.api.ws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Named.named;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.gateway.auth.TokenVerifier;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Disconnect;
import dev.switchboard.gateway.session.WireFormat;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.servers.InputBudget;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Open WebSockets, from the bytes on the wire to the answers: frames, fragments, messages, use cases. The first byte of an input
 * says who is connected, the rest is what they send. However it is cut on its way, the connection ends in the same way.
 */
@Tag("SEC24")
@Tag("SEC25")
class FrameHandlerFuzzTest {
    private static final Instant EXPIRES = Instant.ofEpochSecond(4_000_000_000L);
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

    @MethodSource("binaryFrames")
    @FuzzTest(maxDuration = "10m")
    void protobuf(byte[] input) {
        run(input, WireFormat.PROTOBUF);
    }

    @MethodSource("textFrames")
    @FuzzTest(maxDuration = "10m")
    void json(byte[] input) {
        run(input, WireFormat.JSON);
    }

    @Test
    void everySeedIsUnderstood() {
        for (WireFormat format : WireFormat.values()) {
            Stream<Named<byte[]>> seeds = format == WireFormat.PROTOBUF ? binaryFrames() : textFrames();
            byte[] all = seeds.findFirst().orElseThrow().getPayload();
            try (EmbeddedConnection connection = new EmbeddedConnection(meters)) {
                connection.open(TokenMint.identity("ana", Role.ADMIN, EXPIRES), format, verifier);
                connection.feed(Arrays.copyOfRange(all, 1, all.length));
                List<String> answers = ServerFrames.read(connection.written(), format).stream()
                        .map(frame -> frame.hasRefused()
                                ? frame.getRefused().getCode().name()
                                : frame.getFrameCase().name())
                        .sorted()
                        .toList();
                // A read mark waits in silence; whatever else asks Redis is told that it is away.
                assertEquals(
                        List.of(
                                "BAD_REQUEST",
                                "FRAME_NOT_SET",
                                "PONG",
                                "SYNC",
                                "SYNC",
                                "UNAVAILABLE",
                                "UNAVAILABLE",
                                "UNAVAILABLE",
                                "UNAVAILABLE",
                                "WELCOME"),
                        answers);
            }
        }
    }

    private static void run(byte[] input, WireFormat format) {
        if (input.length == 0) {
            return;
        }
        Role role = (input[0] & 1) == 0 ? Role.USER : Role.ADMIN;
        byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
        InputBudget.spend(() -> endOf(bytes, role, format, false));
        Optional<Disconnect> whole = endOf(bytes, role, format, false);
        Optional<Disconnect> inPieces = endOf(bytes, role, format, true);
        // Floods are judged by the clock, which may strike between two tries.
        for (int i = 1; i < CUT_TRIES && !whole.equals(inPieces); i++) {
            whole = endOf(bytes, role, format, false);
            inPieces = endOf(bytes, role, format, true);
        }
        assertEquals(whole, inPieces, "cut into pieces, the same bytes end in another way");
    }

    private static Optional<Disconnect> endOf(byte[] bytes, Role role, WireFormat format, boolean inPieces) {
        try (EmbeddedConnection connection = new EmbeddedConnection(meters)) {
            connection.open(TokenMint.identity("ana", role, EXPIRES), format, verifier);
            if (inPieces) {
                connection.feedInPieces(bytes);
            } else {
                connection.feed(bytes);
            }
            Optional<Disconnect> end = connection.closing();
            assertEquals(end.isEmpty(), connection.isOpen());
            assertTrue(!ServerFrames.read(connection.written(), format).isEmpty(), "it is welcomed at least");
            return end;
        }
    }

    static Stream<Named<byte[]>> binaryFrames() {
        return Stream.of(
                named("every command", admin(ClientFrameSeeds.all().map(FrameHandlerFuzzTest::binary))),
                named("sends", user(Stream.of(binary(say("uno")), binary(say("dos")), binary(say("x"))))),
                named("in fragments", user(Stream.of(part(0x02, 0, 9), part(0x00, 9, 20), part(0x80, 20, 200)))),
                named("heartbeats", user(Stream.of(frame(0x89, 5), frame(0x8A, 0), frame(0x8A, 125)))),
                named("a farewell", user(Stream.of(TestSocket.frame(0x88, new byte[] {3, (byte) 0xE8, 'b', 'y', 'e'
                })))),
                named("a long frame", user(Stream.of(frame(0x82, 300)))),
                named(
                        "length of 64 bits",
                        user(Stream.of(new byte[] {(byte) 0x82, (byte) 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 7}))),
                named("text on the wrong line", user(Stream.of(TestSocket.frame(0x81, new byte[] {'{', '}'})))));
    }

    static Stream<Named<byte[]>> textFrames() {
        return Stream.of(
                named("every command", admin(ClientFrameSeeds.allJson().map(FrameHandlerFuzzTest::text))),
                named("a send", user(Stream.of(text(ClientFrameSeeds.json(say("¿Hola? 👋")))))),
                named("half a character", user(Stream.of(TestSocket.frame(0x81, new byte[] {'"', (byte) 0xC3})))),
                named("unknown word", user(Stream.of(text("{\"welcome\":{}}")))));
    }

    private static ClientFrame say(String text) {
        return ClientFrame.newBuilder()
                .setSend(Send.newBuilder()
                        .setClientMsgId(
                                ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}))
                        .setText(text))
                .build();
    }

    /** A piece of a frame that says something at length. */
    private static byte[] part(int first, int from, int to) {
        byte[] whole = say("a".repeat(140)).toByteArray();
        return TestSocket.frame(first, Arrays.copyOfRange(whole, from, Math.min(to, whole.length)));
    }

    private static byte[] frame(int first, int bytes) {
        return TestSocket.frame(first, new byte[bytes]);
    }

    private static byte[] binary(ClientFrame frame) {
        return TestSocket.frame(0x82, frame.toByteArray());
    }

    private static byte[] text(String json) {
        return TestSocket.frame(0x81, json.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] user(Stream<byte[]> frames) {
        return joined(0, frames);
    }

    private static byte[] admin(Stream<byte[]> frames) {
        return joined(1, frames);
    }

    private static byte[] joined(int who, Stream<byte[]> frames) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(who);
        frames.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
