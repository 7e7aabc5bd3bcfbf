package dev.switchboard.gateway.session;

import java.time.Duration;

/** The limits of a session as a gateway has them where nobody sets others. */
public final class UsualLimits {
    public static final SessionLimits LIMITS = new SessionLimits(
            32, 1 << 20, 64 << 20, Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(15), 10);

    /** Room for the connections of one test. */
    public static OutboundTotal total() {
        return new OutboundTotal(LIMITS);
    }

    private UsualLimits() {}
}
