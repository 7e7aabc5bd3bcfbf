package dev.switchboard.gateway.session;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/**
 * Flushes each connection of one event loop once a tick, however much was written to it: a system call costs more than a
 * message. Confined to that loop.
 */
public final class TickFlush {
    private final EventLoop loop;
    private List<Outbound> dirty = new ArrayList<>();
    private List<Outbound> spare = new ArrayList<>();
    private boolean scheduled;

    public TickFlush(EventLoop loop) {
        this.loop = loop;
    }

    public EventLoop loop() {
        return loop;
    }

    /** Call once for each channel and tick; it knows itself whether it has done so. */
    void add(Outbound connection) {
        dirty.add(connection);
        if (!scheduled) {
            scheduled = true;
            // Behind everything that is queued by now, so that it finds what those tasks write.
            loop.execute(this::flush);
        }
    }

    private void flush() {
        scheduled = false;
        List<Outbound> now = dirty;
        dirty = spare;
        for (Outbound connection : now) {
            connection.flush();
        }
        now.clear();
        spare = now;
    }
}
