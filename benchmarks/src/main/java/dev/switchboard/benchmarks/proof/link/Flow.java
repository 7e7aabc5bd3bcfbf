package dev.switchboard.benchmarks.proof.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * One direction of one connection: what was read and not written yet. Confined to the event loop of both channels. Invariant:
 * bytes leave in the order they came, whatever the mode is and was; the source is not read while {@link #WAITING_BYTES_MAX} wait.
 */
final class Flow {
    /** Read and not written yet. Beyond it the source is not read, so that its own buffers fill as on a slow network. */
    static final int WAITING_BYTES_MAX = 256 * 1024;

    /** Writes of one turn in small pieces; then other connections have theirs. */
    private static final int WRITES_AT_ONCE_MAX = 256;

    private final Channel from;
    private final Channel to;
    private final Runnable exhausted;
    private final Queue<Piece> waiting = new ArrayDeque<>();
    private LinkMode mode = LinkMode.PASS;
    private int waitingBytes;
    private int budget = -1;
    private boolean timer;
    private boolean held;
    private boolean ended;
    /** A write may change whether its channel is writable, and that asks to pump again. */
    private boolean pumping;

    private record Piece(ByteBuf bytes, long readAt) {}

    /** {@code exhausted} runs when the bytes that the mode leaves to a connection have been written. */
    Flow(Channel from, Channel to, Runnable exhausted) {
        this.from = from;
        this.to = to;
        this.exhausted = exhausted;
    }

    void mode(LinkMode next) {
        mode = next;
        budget = next.bytesLeft();
        pump();
    }

    /** Until released nothing more is read; what was offered before still leaves. */
    void hold() {
        held = true;
        readIfRoom();
    }

    void release() {
        held = false;
        readIfRoom();
    }

    /** Takes over the buffer. */
    void offer(ByteBuf bytes) {
        if (!to.isActive()) {
            bytes.release();
            return;
        }
        waiting.add(new Piece(bytes, System.nanoTime()));
        waitingBytes += bytes.readableBytes();
        pump();
    }

    /** The source sends nothing more: the target is told once everything before is written. */
    void end() {
        ended = true;
        pump();
    }

    /** Throws away what waits. */
    void clear() {
        waiting.forEach(piece -> piece.bytes().release());
        waiting.clear();
        waitingBytes = 0;
    }

    /** Writes what may be written now. */
    void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        if (!timer && to.isActive() && mode.forwards()) {
            int writes = 0;
            while (!waiting.isEmpty() && to.isWritable() && !timer) {
                long wait = waiting.element().readAt() + mode.delay().toNanos() - System.nanoTime();
                if (wait > 0) {
                    again(wait);
                } else {
                    write();
                    writes++;
                    if (!mode.pause().isZero() || writes == WRITES_AT_ONCE_MAX) {
                        again(mode.pause().toNanos());
                    }
                }
            }
            if (waiting.isEmpty() && ended && !held) {
                to.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            }
        }
        pumping = false;
        readIfRoom();
    }

    private void write() {
        Piece piece = waiting.element();
        int count = Math.min(mode.bytesAtOnce(), piece.bytes().readableBytes());
        if (budget >= 0) {
            count = Math.min(count, budget);
            budget -= count;
        }
        waitingBytes -= count;
        ByteBuf next = piece.bytes().readRetainedSlice(count);
        if (!piece.bytes().isReadable()) {
            waiting.remove().bytes().release();
        }
        to.writeAndFlush(next);
        if (budget == 0) {
            // Ends both channels, which also empties this queue.
            exhausted.run();
        }
    }

    private void again(long nanos) {
        timer = true;
        from.eventLoop()
                .schedule(
                        () -> {
                            timer = false;
                            pump();
                        },
                        nanos,
                        TimeUnit.NANOSECONDS);
    }

    private void readIfRoom() {
        from.config().setAutoRead(!held && mode.forwards() && waitingBytes < WAITING_BYTES_MAX);
    }
}
