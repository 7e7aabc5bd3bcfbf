package dev.switchboard.gateway.auth;

import dev.switchboard.gateway.auth.KeyRing.VerificationKey;
import dev.switchboard.settings.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** A secret that the platform signs tokens with and we verify them with. Whoever knows it can be anybody. */
record SharedSecret(@Nullable String kid, Secret value) {
    private static final int BYTES_MIN = 32;
    private static final int DISTINCT_CHARS_MIN = 8;

    /** Found in examples, tutorials and defaults; a random secret holds none of them, but for one in millions. */
    private static final List<String> WELL_KNOWN = List.of(
            "secret",
            "secreto",
            "changeme",
            "changethis",
            "cambiame",
            "password",
            "contrase",
            "default",
            "example",
            "ejemplo",
            "12345678",
            "abcdefgh",
            "qwerty");

    /** Reads {@code kid=secret kid=secret …}, separated by white space. */
    static List<SharedSecret> several(Secret list) {
        List<SharedSecret> found = new ArrayList<>();
        for (String part : list.reveal().strip().split("\\s+", -1)) {
            int equals = part.indexOf('=');
            String kid = equals > 0 ? part.substring(0, equals) : null;
            found.add(new SharedSecret(kid, new Secret(part.substring(equals + 1))));
        }
        return found;
    }

    /** Why it must not be used; empty if it may. The sentence does not quote it. */
    Optional<String> weakness() {
        String text = value.reveal();
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < BYTES_MIN) {
            return Optional.of("must have at least %d bytes, has %d: use 32 random bytes".formatted(BYTES_MIN, bytes));
        }
        if (text.chars().distinct().count() < DISTINCT_CHARS_MIN) {
            return Optional.of("repeats the same few characters: use 32 random bytes");
        }
        String bare = text.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "");
        if (WELL_KNOWN.stream().anyMatch(bare::contains)) {
            return Optional.of("looks like a default or an example: use 32 random bytes");
        }
        return Optional.empty();
    }

    VerificationKey key() {
        byte[] bytes = value.reveal().getBytes(StandardCharsets.UTF_8);
        return new VerificationKey(kid, SigningAlgorithm.HS256, new SecretKeySpec(bytes, "HmacSHA256"));
    }
}
