package dev.switchboard.gateway.auth;

import dev.switchboard.gateway.auth.Verification.Reason;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A token taken apart, of which nothing may be believed yet. What we never accept is refused here, before any cryptography:
 * encrypted and compressed tokens, other algorithms, headers that bring their own key.
 */
final class UnverifiedToken {
    /** Characters of a {@code kid}; longer is refused. */
    private static final int KID_CHARS_MAX = 256;

    private static final String TYPE = "JWT";

    private final @Nullable String kid;
    private final SigningAlgorithm algorithm;
    private final byte[] payload;

    private UnverifiedToken(@Nullable String kid, SigningAlgorithm algorithm, byte[] payload) {
        this.kid = kid;
        this.algorithm = algorithm;
        this.payload = payload;
    }

    static UnverifiedToken parse(String token) throws TokenRejected {
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        if (first <= 0 || second < 0 || token.indexOf('.', second + 1) >= 0) {
            throw new TokenRejected(Reason.MALFORMED);
        }
        Map<String, Object> header = object(decode(token.substring(0, first)));
        SigningAlgorithm algorithm = algorithm(header);
        checkHeader(header);
        byte[] payload = decode(token.substring(first + 1, second));
        if (decode(token.substring(second + 1)).length == 0) {
            throw new TokenRejected(Reason.SIGNATURE);
        }
        return new UnverifiedToken(StrictJson.text(header, "kid"), algorithm, payload);
    }

    @Nullable
    String kid() {
        return kid;
    }

    SigningAlgorithm algorithm() {
        return algorithm;
    }

    /** The claims. Only after the signature was found good. */
    Map<String, Object> claims() throws TokenRejected {
        return object(payload);
    }

    private static SigningAlgorithm algorithm(Map<String, Object> header) throws TokenRejected {
        String name = StrictJson.text(header, "alg");
        return SigningAlgorithm.named(name == null ? "" : name).orElseThrow(() -> new TokenRejected(Reason.ALGORITHM));
    }

    private static void checkHeader(Map<String, Object> header) throws TokenRejected {
        for (String name : header.keySet()) {
            switch (name) {
                // We know no critical extension, so every "crit" is unknown. Keys come from our configuration alone.
                case "crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c" -> throw new TokenRejected(Reason.HEADER);
                default -> {}
            }
        }
        if (header.containsKey("typ")) {
            String type = StrictJson.text(header, "typ");
            if (!TYPE.equalsIgnoreCase(type)) {
                throw new TokenRejected(Reason.HEADER);
            }
        }
        if (header.containsKey("kid")) {
            String kid = StrictJson.text(header, "kid");
            if (kid == null || kid.length() > KID_CHARS_MAX) {
                throw new TokenRejected(Reason.HEADER);
            }
        }
    }

    private static Map<String, Object> object(byte[] json) throws TokenRejected {
        try {
            return StrictJson.object(json);
        } catch (IOException e) {
            throw new TokenRejected(Reason.MALFORMED);
        }
    }

    private static byte[] decode(String segment) throws TokenRejected {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(segment);
            // The decoder ignores padding and spare bits at the end: without this, one token has several spellings.
            if (!Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(segment)) {
                throw new TokenRejected(Reason.MALFORMED);
            }
            return bytes;
        } catch (IllegalArgumentException e) {
            throw new TokenRejected(Reason.MALFORMED);
        }
    }
}
