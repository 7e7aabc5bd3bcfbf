package dev.switchboard.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GentleCloseTest {
    private static final Duration TAKEN = Duration.ofSeconds(30);
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final HalfClosable channel = new HalfClosable();

    /** A socket as far as its two directions go, with time that stands still until it is stepped. */
    private static final class HalfClosable extends EmbeddedChannel implements DuplexChannel {
        boolean peerReads = true;
        boolean outputShut;

        @Override
        protected void doWrite(ChannelOutboundBuffer in) throws Exception {
            if (peerReads) {
                super.doWrite(in);
            }
        }

        @Override
        public boolean isInputShutdown() {
            return false;
        }

        @Override
        public ChannelFuture shutdownInput() {
            throw new AssertionError("what still comes must be read");
        }

        @Override
        public ChannelFuture shutdownInput(ChannelPromise promise) {
            return shutdownInput();
        }

        @Override
        public boolean isOutputShutdown() {
            return outputShut;
        }

        @Override
        public ChannelFuture shutdownOutput() {
            return shutdownOutput(newPromise());
        }

        @Override
        public ChannelFuture shutdownOutput(ChannelPromise promise) {
            outputShut = true;
            return promise.setSuccess();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public ChannelFuture shutdown() {
            return shutdownInput();
        }

        @Override
        public ChannelFuture shutdown(ChannelPromise promise) {
            return shutdownInput();
        }
    }

    @BeforeEach
    void holdTime() {
        channel.freezeTime();
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(io.netty.channel.ChannelHandlerContext ctx, Object what) {
                ReferenceCountUtil.release(what);
            }
        });
    }

    @AfterEach
    void close() {
        channel.peerReads = true;
        channel.finishAndReleaseAll();
    }

    private ChannelFuture lastWords() {
        return channel.writeAndFlush(Unpooled.copiedBuffer("bye", StandardCharsets.US_ASCII));
    }

    private void pass(Duration time) {
        channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
        channel.runScheduledPendingTasks();
    }

    private void flush() {
        channel.peerReads = true;
        channel.flush();
        channel.runPendingTasks();
    }

    @Test
    void endsItsOutputBehindTheLastWordsAndTheRestSoonAfterWhateverThePeerDoes() {
        GentleClose.after(lastWords(), TAKEN);
        assertTrue(channel.outputShut);
        ByteBuf said = channel.readOutbound();
        assertEquals("bye", said.toString(StandardCharsets.US_ASCII));
        said.release();
        // A peer that never stops talking gains no time by it.
        for (int i = 0; i < 4; i++) {
            assertTrue(channel.isOpen());
            channel.writeInbound(Unpooled.copiedBuffer("and another thing", StandardCharsets.US_ASCII));
            pass(GentleClose.TIMEOUT.dividedBy(4).minus(MOMENT));
        }
        assertTrue(channel.isOpen());
        pass(MOMENT.multipliedBy(4));
        assertFalse(channel.isOpen());
    }

    @Test
    void readsWhatStillComesWhereNothingWasReadBefore() {
        channel.config().setAutoRead(false);
        GentleClose.after(lastWords());
        assertTrue(channel.config().isAutoRead());
    }

    @Test
    void shortLastWordsAreTakenSoonOrNever() {
        channel.peerReads = false;
        GentleClose.after(lastWords());
        pass(GentleClose.TIMEOUT.minus(MOMENT));
        assertTrue(channel.isOpen());
        pass(MOMENT);
        assertFalse(channel.isOpen());
        assertFalse(channel.outputShut, "cut off, not ended");
    }

    @Test
    void longLastWordsHaveTheTimeTheyWereGiven() {
        channel.peerReads = false;
        GentleClose.after(lastWords(), TAKEN);
        pass(TAKEN.minus(MOMENT));
        assertTrue(channel.isOpen());
        pass(MOMENT);
        assertFalse(channel.isOpen());
    }

    @Test
    void theTimeToTheCloseRunsFromTheLastWordTaken() {
        channel.peerReads = false;
        GentleClose.after(lastWords(), TAKEN);
        pass(TAKEN.minus(MOMENT));
        assertFalse(channel.outputShut);
        flush();
        assertTrue(channel.outputShut);
        pass(GentleClose.TIMEOUT.minus(MOMENT));
        assertTrue(channel.isOpen(), "the limit for taking them is over, and was kept");
        pass(MOMENT);
        assertFalse(channel.isOpen());
    }

    @Test
    void wordsThatCannotBeWrittenEndItAtOnce() {
        GentleClose.after(channel.newFailedFuture(new IOException("reset")), TAKEN);
        assertFalse(channel.isOpen());
    }
}
