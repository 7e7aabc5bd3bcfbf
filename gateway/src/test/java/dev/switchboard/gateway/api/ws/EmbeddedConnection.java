package dev.switchboard.gateway.api.ws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.ErrorWatch;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.TokenVerifier;
import dev.switchboard.gateway.net.PublicPipeline;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Disconnect;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.TickFlush;
import dev.switchboard.gateway.session.UsualLimits;
import dev.switchboard.gateway.session.WireFormat;
import dev.switchboard.proto.v1.ServerFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelPipeline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a client without a network: bytes in, bytes out, all on the thread that feeds it. Whoever closes it learns
 * whether anything went wrong that no client saw: an error in the log, a request without an answer, a buffer that was kept.
 */
public final class EmbeddedConnection implements AutoCloseable {
    /** More than the log waits between two rounds. */
    private static final int STEP_MILLIS = 3;

    /** Rounds in which everything that was asked must have been answered. */
    private static final int STEPS_MAX = 200;

    private static final int PIECE_BYTES_MAX = 24;

    private final ErrorWatch errors = new ErrorWatch();
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
    private final GatewayMeters meters;
    private final EmbeddedSocket channel = new EmbeddedSocket();
    private @Nullable Session session;

    /** One that has just been accepted. */
    public EmbeddedConnection(GatewayMeters meters) {
        this.meters = meters;
        channel.config().setAllocator(allocator);
    }

    /** Makes it a WebSocket with real use cases behind it, as a gateway does after a handshake. */
    public Session open(Identity identity, WireFormat format, TokenVerifier verifier) {
        Session opened = new Session(
                5,
                identity,
                channel,
                format,
                new Session.LoopParts(
                        0, new TickFlush(channel.eventLoop()), UsualLimits.total(), UsualLimits.LIMITS, meters));
        session = opened;
        FrameHandler frames = new FrameHandler(opened, LoneDoor.on(channel.eventLoop(), verifier, meters));
        if (channel.pipeline().get("request") == null) {
            channel.pipeline().addLast("frames", frames);
        } else {
            PublicPipeline.upgrade(channel.pipeline(), frames);
        }
        channel.closeFuture().addListener(closed -> opened.closed());
        opened.welcome(ServerFrame.getDefaultInstance());
        return opened;
    }

    /** Feeds all at once. */
    public EmbeddedConnection feed(byte[] bytes) {
        feed(bytes, 0, bytes.length);
        settle();
        return this;
    }

    /** Feeds the same in pieces, which are cut alike for the same bytes. */
    public EmbeddedConnection feedInPieces(byte[] bytes) {
        Random random = new Random(bytes.length);
        for (int from = 0; from < bytes.length; ) {
            int length = Math.min(bytes.length - from, 1 + random.nextInt(PIECE_BYTES_MAX));
            feed(bytes, from, length);
            from += length;
        }
        settle();
        return this;
    }

    private void feed(byte[] bytes, int from, int length) {
        if (channel.isOpen()) {
            channel.writeInbound(allocator.buffer(length).writeBytes(bytes, from, length));
        }
    }

    /** Lets the time pass that answers need. */
    private void settle() {
        channel.runPendingTasks();
        Session opened = session;
        for (int i = 0; opened != null && opened.unanswered() > 0; i++) {
            assertTrue(i < STEPS_MAX, () -> opened.unanswered() + " requests stay without an answer");
            channel.advanceTimeBy(STEP_MILLIS, TimeUnit.MILLISECONDS);
            channel.runPendingTasks();
        }
    }

    /** Everything that was written so far. */
    public byte[] written() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            try {
                part.readBytes(all, part.readableBytes());
            } catch (IOException e) {
                throw new UncheckedIOException("an array takes bytes", e);
            } finally {
                part.release();
            }
        }
        return all.toByteArray();
    }

    /** False once the gateway has said its last word; what still comes is dropped then. */
    public boolean isOpen() {
        return !channel.isOutputShutdown();
    }

    /** Why the gateway ended the WebSocket; empty while it did not, or there is none. */
    public Optional<Disconnect> closing() {
        return Optional.ofNullable(session).flatMap(Session::closing);
    }

    public ChannelPipeline pipeline() {
        return channel.pipeline();
    }

    @Override
    public void close() {
        try (errors) {
            channel.finishAndReleaseAll();
            channel.runPendingTasks();
            assertTrue(closing().filter(Disconnect.INTERNAL_ERROR::equals).isEmpty(), "closed as an internal error");
            assertEquals(0, allocator.metric().usedHeapMemory(), "bytes of buffers nobody released");
        }
    }
}
