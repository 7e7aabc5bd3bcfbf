package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.Revocation;
import dev.switchboard.gateway.auth.Revocations;
import dev.switchboard.gateway.auth.TokenVerifier;
import dev.switchboard.gateway.log.RevocationLog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes tokens back before their time, for all gateways: a user who is banned or has another role now, or one token. Any thread
 * may call it. Each order leaves a line in the audit log, whatever comes of it.
 */
public final class RevokeAccess {
    private static final Logger audit = LoggerFactory.getLogger("audit");

    /** Gateways judge by clocks of their own: a record outlives its token by this much. */
    private static final Duration CLOCKS_APART = TokenVerifier.LEEWAY.multipliedBy(4);

    private final RevocationLog records;
    private final Revocations.Rules rules;
    private final Clock clock;

    public RevokeAccess(RevocationLog records, Revocations.Rules rules, Clock clock) {
        this.records = records;
        this.rules = rules;
        this.clock = clock;
    }

    /**
     * An order.
     *
     * @param expiresAt of the token; empty where that is not known
     * @param reason in the words of whoever gives it
     */
    public record Order(Revocation revocation, Optional<Instant> expiresAt, String reason) {}

    /** Completes when all gateways will go by it, this one already. Fails if Redis can't be asked, or holds too many. */
    public CompletionStage<Void> run(Identity by, Order order, String requestId) {
        Duration life = order.expiresAt().map(this::lifeOf).orElse(rules.life());
        return records.record(order.revocation(), life)
                .whenComplete((done, error) -> audit.warn(
                        "revoked by={} kind={} subject={} reason={} request={} done={}",
                        by.user(),
                        order.revocation().kind(),
                        order.revocation().subject(),
                        order.reason(),
                        requestId,
                        error == null));
    }

    /** Takes back the token that this identity comes from. */
    CompletionStage<Void> run(Identity identity) {
        return records.record(Revocation.of(identity), lifeOf(identity.expiresAt()));
    }

    private Duration lifeOf(Instant expiresAt) {
        Duration left = Duration.between(clock.instant(), expiresAt);
        return (left.isNegative() ? Duration.ZERO : left).plus(CLOCKS_APART);
    }
}
