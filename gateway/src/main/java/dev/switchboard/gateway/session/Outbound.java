package dev.switchboard.gateway.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What waits to be written to one connection, and its bounds. Confined to its event loop, but for what {@link OutboundTotal}
 * asks of it.
 */
final class Outbound {
    /** Counts no more: given up, or gone. */
    private static final long FORGOTTEN = -1;

    private final Channel channel;
    private final Session.LoopParts parts;
    private final String name;
    private final Runnable tooSlow;
    /** Arrived after this connection subscribed, and Welcome must come first. */
    private final List<ByteBuf> held = new ArrayList<>();

    private final AtomicLong counted = new AtomicLong();
    private int heldBytes;
    private boolean dirty;

    /**
     * @param name for logs
     * @param tooSlow runs on the event loop when this connection has more waiting than there is room for
     */
    Outbound(Channel channel, Session.LoopParts parts, String name, Runnable tooSlow) {
        this.channel = channel;
        this.parts = parts;
        this.name = name;
        this.tooSlow = tooSlow;
    }

    /** Takes a finished frame. False, and it is released: there is no room for it, even after a flush. */
    boolean write(ByteBuf frame) {
        int most = parts.limits().outboundBytesMax();
        if (waiting() + frame.readableBytes() > most) {
            // Perhaps it waits for the end of this tick only: a burst is no slow consumer.
            flush();
            if (waiting() + frame.readableBytes() > most) {
                frame.release();
                return false;
            }
        }
        parts.meters().frame("out", frame.readableBytes());
        boolean wasWritable = channel.isWritable();
        channel.write(frame, channel.voidPromise());
        if (!wasWritable) {
            flush();
        } else if (!dirty) {
            dirty = true;
            parts.flush().add(this);
        }
        return true;
    }

    /** Keeps a frame until {@link #held} asks for it. False: it keeps too many. */
    boolean hold(ByteBuf frame) {
        held.add(frame);
        heldBytes += frame.readableBytes();
        count();
        return heldBytes <= parts.limits().outboundBytesMax();
    }

    /** What was kept, which from here on is the caller's. */
    List<ByteBuf> held() {
        List<ByteBuf> all = List.copyOf(held);
        held.clear();
        heldBytes = 0;
        return all;
    }

    /** Less than half of what may wait does, perhaps after a flush. */
    boolean hasRoom() {
        if (waiting() > parts.limits().outboundBytesMax() / 2) {
            flush();
        }
        return waiting() <= parts.limits().outboundBytesMax() / 2;
    }

    /** Whether a frame that can be done without should be left out. */
    boolean sparesHints() {
        return !channel.isWritable() || (counted.get() > 0 && parts.total().tight());
    }

    /** Writes what waits, as far as the socket takes it. */
    void flush() {
        dirty = false;
        channel.flush();
        count();
    }

    /** Tells the total what waits now. */
    void count() {
        long before = counted.get();
        long now = waiting() + heldBytes;
        // It fails where the total has given this connection up meanwhile.
        if (before != now && before != FORGOTTEN && counted.compareAndSet(before, now)) {
            parts.total().changed(this, before, now);
        }
    }

    /** Any thread. */
    long counted() {
        return counted.get();
    }

    /** Any thread. */
    boolean isForgotten() {
        return counted.get() == FORGOTTEN;
    }

    int loop() {
        return parts.number();
    }

    /** The total has no room left, and this connection has most of it. Any thread. */
    void giveUp() {
        forget();
        channel.eventLoop().execute(tooSlow);
    }

    /** The connection is gone. */
    void close() {
        forget();
        held().forEach(ByteBuf::release);
    }

    private void forget() {
        long before = counted.getAndSet(FORGOTTEN);
        if (before != FORGOTTEN) {
            parts.total().forgotten(this, before);
        }
    }

    private long waiting() {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        return queue == null ? 0 : queue.totalPendingWriteBytes();
    }

    @Override
    public String toString() {
        return name + " bytes=" + counted.get();
    }
}
