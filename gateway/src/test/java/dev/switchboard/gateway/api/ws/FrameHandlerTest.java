package dev.switchboard.gateway.api.ws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.LogCapture;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.gateway.desk.MarkRead;
import dev.switchboard.gateway.desk.RenewIdentity;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.desk.SendMessage;
import dev.switchboard.gateway.desk.TextRules;
import dev.switchboard.gateway.desk.WatchConversation;
import dev.switchboard.gateway.log.Append;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Disconnect;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.TickFlush;
import dev.switchboard.gateway.session.UsualLimits;
import dev.switchboard.gateway.session.WireFormat;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Limits;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The end of an open connection's pipeline, without a network. */
@SuppressWarnings("NullAway") // The door has no log behind it: whoever speaks, finds out what happens then.
class FrameHandlerTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final GatewayMeters meters = new GatewayMeters("test");
    private Session session;

    @BeforeEach
    void open() {
        session = new Session(
                5,
                TokenMint.identity("ana", Role.USER, Instant.now().plusSeconds(60)),
                channel,
                WireFormat.PROTOBUF,
                new Session.LoopParts(
                        0, new TickFlush(channel.eventLoop()), UsualLimits.total(), UsualLimits.LIMITS, meters));
        ResumeLanes resume = new ResumeLanes(null, null, null, meters);
        Append.Rate rate = new Append.Rate(1, 1);
        SendMessage send = new SendMessage(
                null, null, new TextRules(100, 400), new SendMessage.Rates(rate, rate), UUID::randomUUID);
        NativeDoor door = new NativeDoor(
                new NativeDoor.UseCases(
                        send,
                        new WatchConversation(resume),
                        resume,
                        new MarkRead(null, System::nanoTime),
                        new RenewIdentity(null)),
                new Answers(Limits.getDefaultInstance(), Clock.systemUTC()),
                meters);
        channel.pipeline().addLast(new FrameHandler(session, door));
        session.welcome(ServerFrame.getDefaultInstance());
    }

    @AfterEach
    void close() {
        session.closed();
        channel.finishAndReleaseAll();
        meters.close();
    }

    @Test
    @Tag("SEC24")
    void anErrorNobodyForesawEndsThisConnectionOnly() {
        byte[] say = ClientFrame.newBuilder()
                .setSend(TestSocket.say("to a log that is not there"))
                .build()
                .toByteArray();
        try (LogCapture logged = new LogCapture()) {
            channel.writeInbound(Unpooled.wrappedBuffer(TestSocket.frame(0x82, say)));
            assertEquals(Optional.of(Disconnect.INTERNAL_ERROR), session.closing());
            assertEquals(1, logged.count(line -> line.contains("frame failed connection=5")));
            assertTrue(meters.scrape().contains("switchboard_gateway_unexpected_errors_total{where=\"frame\"} 1.0"));
        }
    }

    @Test
    @Tag("SEC24")
    void aResetIsNoError() {
        try (LogCapture logged = new LogCapture()) {
            channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
            assertFalse(channel.isOpen());
            assertEquals(0, logged.lines().size());
        }
        assertFalse(meters.scrape().contains("unexpected_errors_total{"));
    }

    @Test
    @Tag("SEC24")
    void brokenTlsIsOneLineAndNoError() {
        try (LogCapture logged = new LogCapture()) {
            channel.pipeline().fireExceptionCaught(new DecoderException(new SSLException("bad record")));
            assertFalse(channel.isOpen());
            assertEquals(1, logged.lines().size());
            assertFalse(logged.lines().get(0).contains("\tat "), logged.lines()::toString);
        }
        assertFalse(meters.scrape().contains("unexpected_errors_total{"));
    }

    @Test
    void asksForNothingWhileItPauses() {
        channel.runPendingTasks();
        int[] reads = {0};
        channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads[0]++;
                ctx.read();
            }
        });
        for (int i = 0; i < 32; i++) {
            session.sendBegun();
        }
        channel.writeInbound(Unpooled.wrappedBuffer(TestSocket.frame(0x89, new byte[4])));
        assertFalse(channel.config().isAutoRead());
        assertEquals(0, reads[0]);
        session.requestAnswered();
        channel.runPendingTasks();
        assertTrue(channel.config().isAutoRead());
    }

    @Test
    void onlyPongsThatWereAskedForAreMeasured() {
        byte[] pong = TestSocket.frame(0x8A, new byte[0]);
        channel.writeInbound(Unpooled.wrappedBuffer(pong));
        assertTrue(meters.scrape().contains("switchboard_gateway_ping_rtt_seconds_count 0"));
        session.pace().pinged();
        channel.writeInbound(Unpooled.wrappedBuffer(pong));
        channel.writeInbound(Unpooled.wrappedBuffer(pong));
        assertTrue(meters.scrape().contains("switchboard_gateway_ping_rtt_seconds_count 1"));
    }

    @Test
    @Tag("SEC24")
    void randomBytesEndInACloseCodeOrNothing() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            byte[] bytes = new byte[random.nextInt(400)];
            random.nextBytes(bytes);
            if (bytes.length > 1) {
                // Half of them pass the first look at a frame.
                bytes[0] = random.nextBoolean() ? (byte) 0x82 : bytes[0];
                bytes[1] |= (byte) 0x80;
            }
            open(new EmbeddedChannel(), bytes, seed);
        }
        assertFalse(meters.scrape().contains("unexpected_errors_total{"), "seed " + seed);
    }

    private void open(EmbeddedChannel other, byte[] bytes, long seed) {
        Session mallory = new Session(
                6,
                session.identity(),
                other,
                WireFormat.PROTOBUF,
                new Session.LoopParts(
                        0, new TickFlush(other.eventLoop()), UsualLimits.total(), UsualLimits.LIMITS, meters));
        NativeDoor door = new NativeDoor(
                new NativeDoor.UseCases(null, null, null, null, null),
                new Answers(Limits.getDefaultInstance(), Clock.systemUTC()),
                meters);
        other.pipeline().addLast(new FrameHandler(mallory, door));
        mallory.welcome(ServerFrame.getDefaultInstance());
        other.writeInbound(Unpooled.wrappedBuffer(bytes));
        assertTrue(mallory.closing().map(reason -> reason.code() < 4_000).orElse(true), "seed " + seed);
        mallory.closed();
        other.finishAndReleaseAll();
    }
}
