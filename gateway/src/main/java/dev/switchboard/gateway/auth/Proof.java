package dev.switchboard.gateway.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/**
 * What is kept of a verified token to tell whether it was revoked since. Immutable, and no token can be made from it.
 *
 * @param print fingerprint of what was signed; empty where there is no token
 * @param idPrint fingerprint of {@code jti}; empty where the token has none
 * @param issuedAtMillis {@code iat}, 0 where the token does not say
 */
public record Proof(String print, String idPrint, long issuedAtMillis) {
    /** Of an identity without a token. */
    static final Proof NONE = new Proof("", "", 0);

    /** Of a hash. */
    private static final int PRINT_BYTES = 16;

    static Proof of(String token, Map<String, Object> claims) {
        // Without the signature: that can be written in more than one way, what it signs can't.
        String signed = token.substring(0, token.lastIndexOf('.'));
        String id = claims.get("jti") instanceof String text ? text : "";
        long issuedAt = claims.get("iat") instanceof Number seconds ? (long) (seconds.doubleValue() * 1_000) : 0;
        return new Proof(fingerprint(signed), id.isEmpty() ? "" : fingerprint(id), issuedAt);
    }

    /** Tells one text from others without being it. */
    static String fingerprint(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, PRINT_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
