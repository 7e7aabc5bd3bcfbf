package dev.switchboard.benchmarks.proof.link;

import dev.switchboard.servers.Await;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lies in wait on a link for a text on its way to the target. When it comes, its last byte and all behind it are held, so that the
 * target can't act on it; then the action runs on a thread of its own, and says what becomes of what is held. Any thread.
 */
public final class Trap {
    private final String bait;
    private final Action action;
    private final AtomicInteger left;
    private final AtomicInteger sprung = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();

    /** What becomes of the bytes that were held. */
    public enum Fate {
        /** They go on, in order. */
        RELEASE,
        /** They are thrown away and the connection is torn: whoever sent them never learns what became of them. */
        DROP
    }

    /** What happens while the bytes are held. May block; one that throws releases them. */
    public interface Action {
        Fate act();
    }

    Trap(String bait, int times, Action action) {
        this.bait = bait;
        this.action = action;
        this.left = new AtomicInteger(times);
    }

    /** How many times the text came and was held. */
    public int sprung() {
        return sprung.get();
    }

    /** Waits until the action has run that many times. */
    public boolean awaitDone(int times, Duration timeout) {
        return Await.until(timeout, () -> done.get() >= times);
    }

    /** From now on the text passes. An action under way ends. */
    public void disarm() {
        left.set(0);
    }

    boolean isSpent() {
        return left.get() == 0;
    }

    String bait() {
        return bait;
    }

    /** True if the text is to be held this time. */
    boolean spring() {
        if (left.getAndUpdate(times -> Math.max(0, times - 1)) == 0) {
            return false;
        }
        sprung.incrementAndGet();
        return true;
    }

    Fate act() {
        try {
            return action.act();
        } finally {
            done.incrementAndGet();
        }
    }
}
