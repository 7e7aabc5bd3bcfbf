package dev.switchboard.gateway;

import dev.switchboard.gateway.log.InFlight;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether this gateway has so much to do that who is here suffers from it already; then nobody new is let in. Any thread may
 * ask.
 */
final class Load {
    private final List<GatewayLoop> loops;
    private final InFlight inFlight;
    private final Duration loopLagMax;

    Load(List<GatewayLoop> loops, InFlight inFlight, Duration loopLagMax) {
        this.loops = loops;
        this.inFlight = inFlight;
        this.loopLagMax = loopLagMax;
    }

    /** What is too much, for operators; empty if nothing is. */
    List<String> tooMuch() {
        List<String> reasons = new ArrayList<>();
        if (loops.stream().anyMatch(loop -> loop.lag().lasting().compareTo(loopLagMax) > 0)) {
            reasons.add("overloaded: an event loop is late");
        }
        if (inFlight.nearlyFull()) {
            reasons.add("overloaded: too many messages are on their way into the log");
        }
        if (!loops.stream().allMatch(GatewayLoop::keepsUp)) {
            reasons.add("overloaded: Redis is slow to take messages");
        }
        return reasons;
    }

    /** Of the latest event loop. */
    double lagSeconds() {
        return loops.stream()
                        .mapToLong(loop -> loop.lag().worst().toNanos())
                        .max()
                        .orElse(0)
                / 1e9;
    }
}
