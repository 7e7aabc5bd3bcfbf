package dev.switchboard.gateway.auth;

import dev.switchboard.gateway.auth.Verification.Reason;
import dev.switchboard.proto.v1.Role;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the claims of a token must say, and how they become an identity. Immutable.
 *
 * @param issuer {@code iss} must be this; empty: not checked
 * @param audience {@code aud} must be or hold this; empty: not checked
 */
record TokenRules(Optional<String> issuer, Optional<String> audience, ClaimNames names) {
    /** {@code exp} beyond it is no date of a token. The end of the year 9999. */
    private static final double SECONDS_MAX = 253_402_300_799.0;

    /**
     * Where the claims stand.
     *
     * @param user names to look under, the first that is present counts
     * @param role texts; the one equal to {@code adminValue} makes an administrator
     * @param adminFlag booleans; {@code true} makes an administrator. Often {@code isAdmin}
     */
    record ClaimNames(List<String> user, String name, List<String> role, String adminValue, List<String> adminFlag) {
        ClaimNames {
            user = List.copyOf(user);
            role = List.copyOf(role);
            adminFlag = List.copyOf(adminFlag);
        }
    }

    Identity identity(Map<String, Object> claims, Clock clock, Duration leeway) throws TokenRejected {
        Instant expiresAt = checkTimes(claims, clock.instant(), leeway);
        if (issuer.isPresent() && !issuer.get().equals(claims.get("iss"))) {
            throw new TokenRejected(Reason.ISSUER);
        }
        if (audience.isPresent() && !isAudience(claims.get("aud"), audience.get())) {
            throw new TokenRejected(Reason.AUDIENCE);
        }
        String user = user(claims);
        return new Identity(user, displayName(claims, user), role(claims), expiresAt);
    }

    private static Instant checkTimes(Map<String, Object> claims, Instant now, Duration leeway) throws TokenRejected {
        if (!claims.containsKey("exp")) {
            throw new TokenRejected(Reason.CLAIMS);
        }
        Instant expiresAt = instant(claims.get("exp"));
        if (now.minus(leeway).isAfter(expiresAt)) {
            throw new TokenRejected(Reason.EXPIRED);
        }
        for (String name : List.of("nbf", "iat")) {
            if (claims.containsKey(name) && instant(claims.get(name)).isAfter(now.plus(leeway))) {
                throw new TokenRejected(Reason.NOT_YET);
            }
        }
        return expiresAt;
    }

    private static Instant instant(@Nullable Object value) throws TokenRejected {
        if (!(value instanceof Number number) || number.doubleValue() < 0 || number.doubleValue() > SECONDS_MAX) {
            throw new TokenRejected(Reason.CLAIMS);
        }
        return number instanceof Long seconds
                ? Instant.ofEpochSecond(seconds)
                : Instant.ofEpochMilli((long) (number.doubleValue() * 1000));
    }

    private static boolean isAudience(@Nullable Object claim, String audience) {
        return claim instanceof List<?> several ? several.contains(audience) : audience.equals(claim);
    }

    private String user(Map<String, Object> claims) throws TokenRejected {
        for (String name : names.user()) {
            Object claim = claims.get(name);
            if (claim == null) {
                continue;
            }
            // Platforms number their users too; 42 and "42" are the same one.
            String user =
                    claim instanceof Long number ? Long.toString(number) : claim instanceof String text ? text : "";
            if (!Identity.isUser(user)) {
                throw new TokenRejected(Reason.USER);
            }
            return user;
        }
        throw new TokenRejected(Reason.USER);
    }

    private String displayName(Map<String, Object> claims, String user) {
        String name = StrictJson.text(claims, names.name());
        if (name == null) {
            return user;
        }
        StringBuilder shown = new StringBuilder();
        name.strip()
                .codePoints()
                .filter(TokenRules::mayBeShown)
                .limit(Identity.NAME_CODE_POINTS_MAX)
                .forEach(shown::appendCodePoint);
        return shown.isEmpty() ? user : shown.toString();
    }

    private static boolean mayBeShown(int codePoint) {
        return !Character.isISOControl(codePoint) && Character.getType(codePoint) != Character.SURROGATE;
    }

    /** Anything but exactly the configured value is a user: a typing error must not make an administrator. */
    private Role role(Map<String, Object> claims) {
        boolean admin =
                names.role().stream().anyMatch(name -> names.adminValue().equals(claims.get(name)))
                        || names.adminFlag().stream().anyMatch(name -> Boolean.TRUE.equals(claims.get(name)));
        return admin ? Role.ADMIN : Role.USER;
    }
}
