package dev.switchboard.benchmarks.proof.link;

import dev.switchboard.benchmarks.proof.link.Trap.Fate;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection over a link: the channel that came to us (near), the one we opened to the target (far), and a flow each way.
 * Confined to the event loop of both, except {@link #number} and {@link #said}. Invariant: a side that ends takes the other with
 * it, but not while the link is a black hole.
 */
public final class LinkConnection {
    private final long number;
    private final Channel near;
    private final Channel far;
    private final Flow up;
    private final Flow down;
    private final Events events;
    private final Set<String> said = ConcurrentHashMap.newKeySet();
    private final List<Sought> sought = new ArrayList<>();
    private final Queue<ByteBuf> behindTrap = new ArrayDeque<>();
    private boolean trapped;
    private boolean over;
    private LinkMode mode = LinkMode.PASS;

    /** Whom it tells what, on its event loop: its name became known, a trap has sprung, it is over. */
    record Events(
            Consumer<LinkConnection> named, BiConsumer<LinkConnection, Trap> sprung, Consumer<LinkConnection> over) {}

    /** A text that is looked for on its way to the target: one that names the connection, or a trap's. */
    private record Sought(String text, @Nullable Trap trap, StreamSearch search) {}

    LinkConnection(long number, Channel near, Channel far, Events events) {
        this.number = number;
        this.near = near;
        this.far = far;
        this.events = events;
        this.up = new Flow(near, far, () -> {});
        this.down = new Flow(far, near, () -> end(true));
    }

    /** Counts up from 1 over the life of a link. */
    public long number() {
        return number;
    }

    /** Whether a text, one of those that the link listens for, has gone to the target. */
    public boolean said(String text) {
        return said.contains(text);
    }

    void listenFor(String text) {
        sought.add(new Sought(text, null, new StreamSearch(text)));
    }

    void lay(Trap trap) {
        sought.add(new Sought(trap.bait(), trap, new StreamSearch(trap.bait())));
    }

    /** Begins to read; the near side may have ended before. */
    void start(LinkMode first) {
        up.mode(LinkMode.PASS);
        down.mode(LinkMode.PASS);
        mode(first);
        if (!near.isActive()) {
            ended(near);
        }
    }

    void mode(LinkMode next) {
        if (next.equals(mode)) {
            return;
        }
        mode = next;
        if (next.closes()) {
            end(next.kind() == LinkMode.Kind.TORN);
            return;
        }
        up.mode(next.unbounded());
        down.mode(next);
    }

    /** From the near side; takes over the buffer. */
    void fromNear(ByteBuf bytes) {
        if (trapped) {
            behindTrap.add(bytes);
        } else {
            search(bytes);
        }
    }

    /** From the target; takes over the buffer. */
    void fromFar(ByteBuf bytes) {
        down.offer(bytes);
    }

    void writable() {
        up.pump();
        down.pump();
    }

    /** One of the two channels has ended. */
    void ended(Channel channel) {
        if (channel == near) {
            down.clear();
            up.end();
        } else {
            up.clear();
            down.end();
        }
        if (!over && !near.isActive() && !far.isActive()) {
            over = true;
            forgetHeld();
            events.over().accept(this);
        }
    }

    /** Ends both sides now; torn means RST. */
    void end(boolean torn) {
        up.clear();
        down.clear();
        forgetHeld();
        for (Channel side : List.of(near, far)) {
            // One of them may have ended already, and then takes no options.
            if (torn && side.isOpen()) {
                side.config().setOption(ChannelOption.SO_LINGER, 0);
            }
            side.close();
        }
    }

    /** What a trap held goes on, or is gone with the connection. */
    void decide(Fate fate) {
        trapped = false;
        if (fate == Fate.DROP) {
            end(true);
            return;
        }
        ByteBuf first = behindTrap.poll();
        if (first == null) {
            return;
        }
        // The byte that sprang the trap was looked at: it must not spring it again.
        up.offer(first.readRetainedSlice(1));
        search(first);
        while (!trapped && !behindTrap.isEmpty()) {
            search(behindTrap.remove());
        }
        if (!trapped) {
            up.release();
            up.pump();
        }
    }

    private void search(ByteBuf bytes) {
        for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
            Trap trap = found(bytes.getByte(i));
            if (trap != null) {
                trapped = true;
                up.offer(bytes.readRetainedSlice(i - bytes.readerIndex()));
                holdInFront(bytes);
                up.hold();
                events.sprung().accept(this, trap);
                return;
            }
        }
        up.offer(bytes);
    }

    /** Before what is held already: it came first. */
    private void holdInFront(ByteBuf bytes) {
        List<ByteBuf> later = List.copyOf(behindTrap);
        behindTrap.clear();
        behindTrap.add(bytes);
        behindTrap.addAll(later);
    }

    /** Shows the byte to all searches; the trap that springs with it, if one does. */
    private @Nullable Trap found(byte next) {
        Trap sprung = null;
        for (Sought text : sought) {
            if (text.search().endsWith(next)) {
                Trap trap = text.trap();
                if (trap == null) {
                    if (said.add(text.text())) {
                        events.named().accept(this);
                    }
                } else if (sprung == null && trap.spring()) {
                    sprung = trap;
                }
            }
        }
        return sprung;
    }

    private void forgetHeld() {
        behindTrap.forEach(ByteBuf::release);
        behindTrap.clear();
    }
}
