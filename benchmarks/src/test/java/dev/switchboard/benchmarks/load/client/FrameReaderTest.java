package dev.switchboard.benchmarks.load.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.GoingAway;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Notice;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Stored;
import dev.switchboard.proto.v1.Welcome;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameReaderTest {
    private static final ByteString ID = id(0x0102030405060708L, 0x8900000000001234L);
    private static final String ID_TEXT = "102030405060708-8900000000001234";
    private static final ByteString OTHER = id(0x1111111111111111L, 0x2222222222222222L);

    private final Transcript heard = new Transcript();
    private final FrameReader reader = new FrameReader(heard, heard);

    @Test
    void readsWhatProtobufWrites() {
        read(
                ServerFrame.newBuilder().setWelcome(Welcome.newBuilder().setUser("ana")),
                ServerFrame.newBuilder()
                        .setRef(300)
                        .setAccepted(Accepted.newBuilder()
                                .setClientMsgId(ID)
                                .setMessageId(OTHER)
                                .setConversation(OTHER)
                                .setLane(Lane.STAFF)
                                .setEpoch(7)
                                .setSeq(70_000)
                                .setServerTime(1L << 41)
                                .setDuplicate(true)),
                ServerFrame.newBuilder()
                        .setMessage(Message.newBuilder()
                                .setConversation(OTHER)
                                .setMessageId(OTHER)
                                .setClientMsgId(ID)
                                .setSender("ana")
                                .setSenderRole(Role.ADMIN)
                                .setText("¡hola!")
                                .setEpoch(1)
                                .setAfterPublic(5)
                                .setSeq(-2)
                                .setTime(9)),
                ServerFrame.newBuilder()
                        .setRefused(Refused.newBuilder()
                                .setClientMsgId(ID)
                                .setCode(RefusalCode.RATE_LIMITED)
                                .setRetryable(true)
                                .setRetryAfterMs(250)
                                .setDetail("slowly")),
                ServerFrame.newBuilder()
                        .setStored(Stored.newBuilder()
                                .setConversation(OTHER)
                                .setEpoch(3)
                                .setSeq(129)),
                ServerFrame.newBuilder().setNotice(Notice.newBuilder().setOwner("ana")),
                ServerFrame.newBuilder().setGoingAway(GoingAway.newBuilder().setReconnectAfterMs(1)));

        assertEquals(
                List.of(
                        "welcome",
                        "accepted " + ID_TEXT + " 70000 true",
                        "message " + ID_TEXT + " -2 ¡hola!",
                        "refused 8900000000001234 20 250",
                        "stored 129",
                        "notice",
                        "unexpected frame 16"),
                heard.lines);
    }

    @Test
    void readsFramesOfAnyLengthAndWaitsForTheirEnd() {
        byte[] text = "x".repeat(5_000).getBytes(StandardCharsets.UTF_8);
        byte[] wire = frame(0x82, message(text));
        for (int cut = 0; cut < wire.length; cut++) {
            assertEquals(0, reader.read(wire, 0, cut), "nothing is read of " + cut + " bytes");
        }
        assertEquals(List.of(), heard.lines);
        assertEquals(wire.length, reader.read(wire, 0, wire.length));
        assertEquals(1, heard.lines.size());
    }

    @Test
    void passesPingsAndClosesOn() {
        byte[] wire = frame(0x89, new byte[] {'h', 'i'});
        reader.read(wire, 0, wire.length);
        byte[] close = frame(0x88, new byte[] {0x0F, (byte) 0xA1, 's', 'l', 'o', 'w'});
        reader.read(close, 0, close.length);
        byte[] bare = frame(0x88, new byte[0]);
        reader.read(bare, 0, bare.length);

        assertEquals(List.of("ping hi", "close 4001 slow", "close 1005 "), heard.lines);
    }

    @Test
    void refusesWhatNoGatewaySends() {
        assertThrows(IllegalStateException.class, () -> reader.read(frame(0x81, new byte[2]), 0, 4));
        byte[] masked = {(byte) 0x82, (byte) 0x80, 0, 0, 0, 0};
        assertThrows(IllegalStateException.class, () -> reader.read(masked, 0, masked.length));
        byte[] cutShort = frame(0x82, new byte[] {0x4A, 5, 1});
        assertThrows(IllegalStateException.class, () -> reader.read(cutShort, 0, cutShort.length));
    }

    private void read(ServerFrame.Builder... frames) {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (ServerFrame.Builder each : frames) {
            wire.writeBytes(frame(0x82, each.build().toByteArray()));
        }
        assertEquals(wire.size(), reader.read(wire.toByteArray(), 0, wire.size()));
    }

    private static byte[] message(byte[] text) {
        return ServerFrame.newBuilder()
                .setMessage(Message.newBuilder().setClientMsgId(ID).setTextBytes(ByteString.copyFrom(text)))
                .build()
                .toByteArray();
    }

    private static byte[] frame(int first, byte[] payload) {
        ByteBuffer wire = ByteBuffer.allocate(payload.length + (payload.length > 125 ? 4 : 2));
        wire.put((byte) first);
        if (payload.length > 125) {
            wire.put((byte) 126).putShort((short) payload.length);
        } else {
            wire.put((byte) payload.length);
        }
        return wire.put(payload).array();
    }

    private static ByteString id(long high, long low) {
        return ByteString.copyFrom(
                ByteBuffer.allocate(16).putLong(high).putLong(low).flip());
    }

    /** Writes down all it hears. */
    private static final class Transcript implements FrameListener, FrameReader.Control {
        final List<String> lines = new ArrayList<>();

        @Override
        public void heard(long nanos) {}

        @Override
        public void welcome() {
            lines.add("welcome");
        }

        @Override
        public void accepted(long high, long low, int seq, boolean duplicate) {
            lines.add("accepted %x-%x %d %s".formatted(high, low, seq, duplicate));
        }

        @Override
        public void message(long high, long low, int seq, byte[] bytes, int from, int to) {
            String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
            lines.add("message %x-%x %d %s".formatted(high, low, seq, text));
        }

        @Override
        public void refused(long low, int code, int retryAfterMillis) {
            lines.add("refused %x %d %d".formatted(low, code, retryAfterMillis));
        }

        @Override
        public void stored(int seq) {
            lines.add("stored " + seq);
        }

        @Override
        public void notice() {
            lines.add("notice");
        }

        @Override
        public void unexpected(String frame) {
            lines.add("unexpected " + frame);
        }

        @Override
        public void lost(String why) {
            lines.add("lost " + why);
        }

        @Override
        public void ping(byte[] bytes, int from, int to) {
            lines.add("ping " + new String(bytes, from, to - from, StandardCharsets.UTF_8));
        }

        @Override
        public void close(int code, String reason) {
            lines.add("close " + code + " " + reason);
        }
    }
}
