package dev.switchboard.gateway;

import dev.switchboard.gateway.auth.AuthConfig;
import dev.switchboard.gateway.auth.Authenticator;
import dev.switchboard.gateway.auth.ForgedTokens;
import dev.switchboard.gateway.auth.Revocations;
import dev.switchboard.gateway.auth.TokenVerifier;
import dev.switchboard.gateway.auth.VerificationKeys;
import dev.switchboard.gateway.desk.RenewIdentity;
import dev.switchboard.gateway.desk.RevokeAccess;
import dev.switchboard.gateway.log.AccessCounts;
import dev.switchboard.gateway.log.LogLimits;
import dev.switchboard.gateway.log.RedisLine;
import dev.switchboard.gateway.log.RevocationLog;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.room.AccessRoom;
import dev.switchboard.gateway.room.RoomSubscriber;
import dev.switchboard.wire.Keys;
import java.time.Clock;
import java.util.List;

/**
 * Who may come in, put together: keys, what was revoked, who forges. One for the gateway; any thread may call it. Works on the
 * line to Redis of one event loop.
 */
final class Access {
    private final VerificationKeys keys;
    private final Revocations revocations;
    private final RevocationLog records;
    private final ForgedTokens forged;
    private final TokenVerifier verifier;
    private final Authenticator authenticator;
    private final RevokeAccess revoke;

    Access(
            AuthConfig config,
            VerificationKeys keys,
            RedisLine line,
            LogLimits limits,
            GatewayMeters meters,
            Clock clock) {
        this.keys = keys;
        revocations = new Revocations(config.revocations(), System::nanoTime);
        records = new RevocationLog(line, revocations, limits, System::nanoTime);
        AccessCounts counts = new AccessCounts(line);
        int most = config.failuresPerMinuteMax();
        forged = new ForgedTokens(most, System::nanoTime, address -> report(counts, address, most));
        verifier = new TokenVerifier(config, keys, clock, revocations);
        authenticator = new Authenticator(config, verifier, forged, reason -> meters.authFailure(reason.name()));
        revoke = new RevokeAccess(records, config.revocations(), clock);
        meters.gauge("revocations", "Revoked tokens, ids and users that are known", revocations::size);
    }

    /** Hears what gateways tell each other about access, and passes everything else on. */
    AccessRoom room(RoomSubscriber.Listener others) {
        return new AccessRoom(others, records::look, forged::refuse);
    }

    void start(RoomSubscriber subscriber) {
        subscriber.hold(Keys.ACCESS_ROOM);
        records.start();
    }

    /** Why nobody can be let in now; empty if somebody can. */
    List<String> notReady() {
        if (!revocations.usable()) {
            return List.of("what was revoked has not been read from Redis");
        }
        return keys.notReady().stream().toList();
    }

    Authenticator authenticator() {
        return authenticator;
    }

    Revocations revocations() {
        return revocations;
    }

    RevokeAccess revoke() {
        return revoke;
    }

    RenewIdentity renew() {
        return new RenewIdentity(verifier);
    }

    /** This gateway counts a forged token at once; Redis those of all gateways, and says when they are too many. */
    private void report(AccessCounts counts, String address, int most) {
        counts.forged(address, most, ForgedTokens.WINDOW).thenAccept(tooMany -> {
            if (tooMany) {
                forged.refuse(address);
            }
        });
    }
}
