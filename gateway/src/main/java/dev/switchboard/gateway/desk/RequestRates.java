package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.auth.Identity;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * How often a user may ask over HTTP, counted on this gateway. Any thread may call it. It protects the database behind the
 * requests from one account; what may be said has a rate of its own, across all gateways.
 */
public final class RequestRates {
    /** Users remembered. Beyond it those whose allowance is whole again are forgotten, which changes nothing for them. */
    static final int USERS_MAX = 10_000;

    private final Rate user;
    private final Rate admin;
    private final LongSupplier nanoClock;
    /** When each user's allowance is whole again. */
    private final ConcurrentMap<String, Long> wholeAgain = new ConcurrentHashMap<>();

    /** So many at once, and then one in each interval. */
    public record Rate(int burst, Duration interval) {
        public static Rate perMinute(int requests, int burst) {
            return new Rate(burst, Duration.ofMinutes(1).dividedBy(requests));
        }
    }

    public RequestRates(Rate user, Rate admin, LongSupplier nanoClock) {
        this.user = user;
        this.admin = admin;
        this.nanoClock = nanoClock;
    }

    /** Zero: go on. Else how long the caller has to wait. */
    public Duration admit(Identity caller) {
        Rate rate = caller.isAdmin() ? admin : user;
        long now = nanoClock.getAsLong();
        long interval = rate.interval().toNanos();
        long[] wait = {0};
        // Who is a user and who an admin never shares an allowance, though the names may be the same.
        wholeAgain.compute((caller.isAdmin() ? "a:" : "u:") + caller.user(), (key, known) -> {
            long from = known == null ? now : Math.max(now, known);
            wait[0] = from + interval - now - interval * rate.burst();
            return wait[0] > 0 ? from : from + interval;
        });
        if (wholeAgain.size() > USERS_MAX) {
            wholeAgain.values().removeIf(whole -> whole <= now);
        }
        return Duration.ofNanos(Math.max(0, wait[0]));
    }
}
