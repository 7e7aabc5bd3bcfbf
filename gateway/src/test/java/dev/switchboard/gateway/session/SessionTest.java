package dev.switchboard.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SessionTest {
    private static final int OUTBOUND_BYTES_MAX = 64 * 1024;
    private static final SessionLimits LIMITS = new SessionLimits(
            2, OUTBOUND_BYTES_MAX, 1 << 20, Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(15), 10);

    private boolean peerReads = true;
    private final EmbeddedChannel channel = new EmbeddedChannel() {
        @Override
        protected void doWrite(ChannelOutboundBuffer in) throws Exception {
            if (peerReads) {
                super.doWrite(in);
            }
        }
    };
    private final GatewayMeters meters = new GatewayMeters("test");
    private final Session session = new Session(
            5,
            TokenMint.identity("ana", Role.USER, Instant.now().plusSeconds(60)),
            channel,
            WireFormat.PROTOBUF,
            new Session.LoopParts(0, new TickFlush(channel.eventLoop()), new OutboundTotal(LIMITS), LIMITS, meters));

    @AfterEach
    void close() {
        session.closed();
        channel.finishAndReleaseAll();
        meters.close();
    }

    private static ServerFrame message(int bytes) {
        return ServerFrame.newBuilder()
                .setMessage(Message.newBuilder().setText("x".repeat(bytes)))
                .build();
    }

    /** The first two bytes of a close frame's payload, from the last frame that was written; -1 if it is another. */
    private int lastCloseCode() {
        int code = -1;
        for (ByteBuf frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
            code = frame.getUnsignedByte(0) == 0x88 ? frame.getUnsignedShort(2) : -1;
            frame.release();
        }
        return code;
    }

    @Test
    void closesAsSlowConsumerWhenTooMuchWaits() {
        session.welcome(ServerFrame.getDefaultInstance());
        peerReads = false;
        for (int i = 0; i < 6; i++) {
            session.send(message(10_000));
            assertTrue(session.closing().isEmpty());
        }
        session.send(message(10_000));
        assertEquals(Optional.of(Disconnect.SLOW_CONSUMER), session.closing());
        peerReads = true;
        channel.flush();
        assertEquals(4008, lastCloseCode());
    }

    @Test
    void aBurstIsNoSlowConsumer() {
        session.welcome(ServerFrame.getDefaultInstance());
        for (int i = 0; i < 100; i++) {
            session.send(message(10_000));
        }
        assertTrue(session.closing().isEmpty());
    }

    @Test
    void whatComesBeforeWelcomeIsBoundedToo() {
        byte[] frame = message(30_000).toByteArray();
        for (int i = 0; i < 2; i++) {
            assertTrue(deliver(frame));
        }
        assertTrue(deliver(frame), "the one that is too much closes the connection");
        assertEquals(Optional.of(Disconnect.SLOW_CONSUMER), session.closing());
        assertFalse(deliver(frame));
    }

    @Test
    void hasNoMoreRoomForAnAnswerLongBeforeItIsASlowConsumer() {
        session.welcome(ServerFrame.getDefaultInstance());
        assertTrue(session.hasRoom());
        session.send(message(OUTBOUND_BYTES_MAX * 3 / 4));
        assertTrue(session.hasRoom(), "a peer that reads has room after a flush");
        peerReads = false;
        session.send(message(OUTBOUND_BYTES_MAX * 3 / 4));
        assertFalse(session.hasRoom());
        assertTrue(session.closing().isEmpty());
        peerReads = true;
        channel.flush();
    }

    /** First what can be done without is left out; only then is anybody closed. */
    @Test
    @Tag("SEC20")
    void whoTakesNoDataGetsNoHints() {
        session.welcome(ServerFrame.getDefaultInstance());
        assertTrue(hint());
        peerReads = false;
        session.send(message(OUTBOUND_BYTES_MAX - 100));
        channel.runPendingTasks();
        assertFalse(channel.isWritable());
        assertFalse(hint());
        assertTrue(session.closing().isEmpty());
        peerReads = true;
        channel.flush();
        assertTrue(hint());
        assertTrue(meters.scrape().contains("switchboard_gateway_ephemeral_dropped_total 1.0"));
    }

    private boolean hint() {
        byte[] bytes = message(10).toByteArray();
        try (SharedFrame frame = new SharedFrame(bytes, 0, bytes.length)) {
            return session.hint(frame);
        }
    }

    private boolean deliver(byte[] bytes) {
        try (SharedFrame frame = new SharedFrame(bytes, 0, bytes.length)) {
            return session.deliver(frame);
        }
    }

    @Test
    void stopsReadingAtTheBoundOfUnansweredSends() {
        boolean[] awake = {false};
        session.onReadable(() -> awake[0] = true);
        assertTrue(session.paused(), "nothing is read before Welcome");
        session.welcome(ServerFrame.getDefaultInstance());
        session.sendBegun();
        assertFalse(session.paused());
        session.sendBegun();
        assertTrue(session.paused());
        channel.runPendingTasks();
        awake[0] = false;
        session.requestAnswered();
        channel.runPendingTasks();
        assertFalse(session.paused());
        assertTrue(awake[0]);
    }
}
