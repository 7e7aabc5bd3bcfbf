package dev.switchboard.gateway.auth;

import dev.switchboard.gateway.auth.TokenRules.ClaimNames;
import dev.switchboard.settings.Environment;
import dev.switchboard.settings.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Everything about who may come in. Immutable. Mistakes are added to the {@link Environment}, whose owner stops the start;
 * there is no default for a key, and an empty list of origins refuses every browser.
 *
 * @param tokenBytesMax a longer token is rejected unread
 * @param cachedTokensMax good tokens with expensive signatures that are remembered; the one longest unused makes room
 * @param failuresPerMinuteMax forged tokens from one address; then it is refused for a minute
 */
public record AuthConfig(
        Origins origins,
        String cookieName,
        TokenRules rules,
        KeySettings keys,
        int tokenBytesMax,
        int cachedTokensMax,
        int failuresPerMinuteMax,
        Revocations.Rules revocations) {
    /** A cookie name as RFC 6265 has it. */
    private static final Pattern COOKIE_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}");

    /** Reads the variables. */
    public static AuthConfig from(Environment environment) {
        return new AuthConfig(
                origins(environment),
                cookieName(environment),
                new TokenRules(
                        environment.optionalText("JWT_ISSUER"),
                        environment.optionalText("JWT_AUDIENCE"),
                        claimNames(environment)),
                keys(environment),
                (int) environment.size("JWT_TOKEN_MAX", "4KiB", 256, 8 * 1024),
                environment.number("JWT_CACHED_TOKENS_MAX", 4096, 0, 1_000_000),
                environment.number("AUTH_FAILURES_PER_MINUTE_MAX", 10, 1, 1_000_000),
                revocations(environment));
    }

    /** What concerns revoked tokens. */
    public static Revocations.Rules revocations(Environment environment) {
        return new Revocations.Rules(
                environment.duration("REVOCATION_POLL", "2s", Duration.ofMillis(100), Duration.ofSeconds(5)),
                environment.duration("REVOCATION_LIFE", "30d", Duration.ofMinutes(1), Duration.ofDays(400)),
                environment.number("REVOCATIONS_MAX", 100_000, 10, 1_000_000),
                environment.duration("REVOCATION_AGE_ADMIN_MAX", "10s", Duration.ofSeconds(1), Duration.ofMinutes(1)),
                environment.duration("REVOCATION_AGE_USER_MAX", "60s", Duration.ofSeconds(1), Duration.ofMinutes(1)));
    }

    private static Origins origins(Environment environment) {
        List<String> allowed = environment.list("ALLOWED_ORIGINS", "");
        try {
            return Origins.of(allowed);
        } catch (IllegalArgumentException e) {
            environment.problem("ALLOWED_ORIGINS", "is wrong: " + e.getMessage());
            return Origins.of(List.of());
        }
    }

    private static String cookieName(Environment environment) {
        String name = environment.text("COOKIE_NAME", "token");
        if (!COOKIE_NAME.matcher(name).matches()) {
            environment.problem("COOKIE_NAME", "is no name of a cookie: \"" + name + "\"");
        }
        return name;
    }

    private static ClaimNames claimNames(Environment environment) {
        ClaimNames names = new ClaimNames(
                environment.list("JWT_USER_CLAIM", "user"),
                environment.text("JWT_NAME_CLAIM", "name"),
                environment.list("JWT_ROLE_CLAIM", "rol"),
                environment.text("JWT_ADMIN_VALUE", "admin"),
                environment.list("JWT_ADMIN_FLAG_CLAIM", ""));
        if (names.user().isEmpty()) {
            environment.problem("JWT_USER_CLAIM", "must name at least one claim");
        }
        if (names.adminValue().isEmpty()) {
            environment.problem("JWT_ADMIN_VALUE", "must not be empty");
        }
        return names;
    }

    private static KeySettings keys(Environment environment) {
        KeySettings settings = new KeySettings(
                secrets(environment),
                file(environment),
                jwksUrl(environment),
                environment.duration("JWT_KEYS_REFRESH", "5m", Duration.ofMinutes(1), Duration.ofHours(24)));
        boolean secretsWereSet = !settings.secrets().isEmpty();
        if (!secretsWereSet && settings.file().isEmpty() && settings.jwksUrl().isEmpty()) {
            environment.problem(
                    "JWT_SECRET",
                    "is required, unless keys come from one of the others: set it, SWITCHBOARD_JWT_SECRET_FILE, "
                            + "SWITCHBOARD_JWT_KEYS_FILE or SWITCHBOARD_JWT_JWKS_URL");
        }
        return settings;
    }

    private static List<SharedSecret> secrets(Environment environment) {
        List<SharedSecret> secrets = new ArrayList<>();
        environment.optionalSecret("JWT_SECRET").ifPresent(secret -> {
            SharedSecret only = new SharedSecret(null, secret);
            only.weakness().ifPresent(weakness -> environment.problem("JWT_SECRET", weakness));
            secrets.add(only);
        });
        Optional<Secret> several = environment.optionalSecret("JWT_SECRETS");
        several.map(SharedSecret::several).ifPresent(parts -> {
            for (SharedSecret part : parts) {
                part.weakness().ifPresent(weakness -> environment.problem("JWT_SECRETS", "holds one that " + weakness));
            }
            secrets.addAll(parts);
        });
        if (secrets.size() > KeyRing.TRIES_MAX) {
            environment.problem("JWT_SECRETS", "holds too many: at most " + KeyRing.TRIES_MAX + " in all");
        }
        return secrets;
    }

    private static Optional<Path> file(Environment environment) {
        Optional<Path> file = environment.optionalText("JWT_KEYS_FILE").map(Path::of);
        file.flatMap(VerificationKeys::weakness).ifPresent(weakness -> environment.problem("JWT_KEYS_FILE", weakness));
        return file;
    }

    private static Optional<URI> jwksUrl(Environment environment) {
        return environment.optionalText("JWT_JWKS_URL").flatMap(text -> {
            try {
                URI uri = URI.create(text.strip());
                if (JwksUrl.isAllowed(uri)) {
                    return Optional.of(uri);
                }
            } catch (IllegalArgumentException e) {
                // Told below, with the other ways to be wrong.
            }
            environment.problem("JWT_JWKS_URL", "must be an https URL (http only to this machine), was " + text);
            return Optional.<URI>empty();
        });
    }
}
