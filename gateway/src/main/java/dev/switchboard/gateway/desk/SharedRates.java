package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.log.AccessCounts;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * How often a user may ask over HTTP, counted across all gateways. One for each event loop, confined to it. Where Redis does not
 * count, {@link RequestRates} alone does.
 */
public final class SharedRates {
    private final AccessCounts counts;
    private final RequestRates.Rate user;
    private final RequestRates.Rate admin;

    public SharedRates(AccessCounts counts, RequestRates.Rate user, RequestRates.Rate admin) {
        this.counts = counts;
        this.user = user;
        this.admin = admin;
    }

    /** Zero: go on. Else how long the caller has to wait. Never fails. */
    public CompletionStage<Duration> admit(Identity caller) {
        RequestRates.Rate rate = caller.isAdmin() ? admin : user;
        return counts.asked(caller.user(), caller.isAdmin(), rate.burst(), rate.interval())
                .exceptionally(error -> Duration.ZERO);
    }
}
