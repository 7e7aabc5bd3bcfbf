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
    private List<Session> dirty = new ArrayList<>();
    private List<Session> spare = new ArrayList<>();
    private boolean scheduled;

    public TickFlush(EventLoop loop) {
        this.loop = loop;
    }

    public EventLoop loop() {
        return loop;
    }

    /** Call once for each channel and tick; the session knows whether it has done so. */
    void add(Session session) {
        dirty.add(session);
        if (!scheduled) {
            scheduled = true;
            // Behind everything that is queued by now, so that it finds what those tasks write.
            loop.execute(this::flush);
        }
    }

    private void flush() {
        scheduled = false;
        List<Session> now = dirty;
        dirty = spare;
        for (Session session : now) {
            session.flush();
        }
        now.clear();
        spare = now;
    }
}
