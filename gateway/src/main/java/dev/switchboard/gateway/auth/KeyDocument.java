package dev.switchboard.gateway.auth;

import com.google.gson.Gson;
import dev.switchboard.gateway.auth.KeyRing.VerificationKey;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PublicJwk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Public keys as they are handed out: a JWK set, or PEM. In PEM a line {@code kid: …} above a key names it. Keys that can't be
 * used here (other algorithms, for encryption, too weak, symmetric, private) are passed over; a document without any usable
 * one is an error, because it would lock everybody out.
 */
final class KeyDocument {
    /** Bytes of a document; a longer one is refused. */
    static final int BYTES_MAX = 256 * 1024;

    /** Keys of a document; more are refused. */
    private static final int KEYS_MAX = 64;

    private static final Pattern PEM = Pattern.compile(
            "(?:^kid:[ \\t]*(\\S{1,256})[ \\t]*\\R)?^-----BEGIN PUBLIC KEY-----\\s+([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----",
            Pattern.MULTILINE);

    private static final Gson GSON = new Gson();
    private static final List<String> KEY_TYPES = List.of("RSA", "EC", "Ed25519");
    private static final Set<String> SIGNATURE_USES = Set.of("sig");

    private KeyDocument() {}

    static KeyRing parse(byte[] bytes) throws IOException {
        if (bytes.length > BYTES_MAX) {
            throw new IOException("holds more than " + BYTES_MAX + " bytes");
        }
        String text = new String(bytes, StandardCharsets.UTF_8).strip();
        List<VerificationKey> keys = text.startsWith("{") ? jwkSet(bytes) : pem(text);
        if (keys.isEmpty()) {
            throw new IOException("holds no key that can verify RS256 (2048 bits or more), ES256 or EdDSA (Ed25519)");
        }
        if (keys.size() > KEYS_MAX) {
            throw new IOException("holds more than " + KEYS_MAX + " keys");
        }
        return new KeyRing(keys);
    }

    private static List<VerificationKey> jwkSet(byte[] json) throws IOException {
        if (!(StrictJson.object(json).get("keys") instanceof List<?> members)) {
            throw new IOException("is no JWK set");
        }
        List<VerificationKey> keys = new ArrayList<>();
        for (Object member : members) {
            jwk(member).ifPresent(keys::add);
        }
        return keys;
    }

    /** One by one, not as a set: that would drop a key published under two names, and fail as a whole on one bad key. */
    private static Optional<VerificationKey> jwk(Object member) {
        Jwk<?> jwk;
        try {
            jwk = Jwks.parser().json(new StrictJson()).build().parse(GSON.toJson(member));
        } catch (JwtException | IllegalArgumentException e) {
            return Optional.empty();
        }
        if (!(jwk instanceof PublicJwk<?> published) || !isForSignatures(published)) {
            return Optional.empty();
        }
        String algorithm = jwk.getAlgorithm();
        return key(jwk.getId(), published.toKey())
                .filter(key ->
                        algorithm == null || algorithm.equals(key.algorithm().jwtName()));
    }

    private static boolean isForSignatures(PublicJwk<?> jwk) {
        String use = jwk.getPublicKeyUse();
        return use == null || SIGNATURE_USES.contains(use);
    }

    private static List<VerificationKey> pem(String text) throws IOException {
        List<VerificationKey> keys = new ArrayList<>();
        Matcher matcher = PEM.matcher(text);
        while (matcher.find()) {
            byte[] der;
            try {
                der = Base64.getMimeDecoder().decode(matcher.group(2));
            } catch (IllegalArgumentException e) {
                throw new IOException("holds a damaged PEM block", e);
            }
            String kid = matcher.group(1);
            key(kid, publicKey(der)).ifPresent(keys::add);
        }
        return keys;
    }

    private static Key publicKey(byte[] der) throws IOException {
        for (String type : KEY_TYPES) {
            try {
                return KeyFactory.getInstance(type).generatePublic(new X509EncodedKeySpec(der));
            } catch (GeneralSecurityException e) {
                // The DER names its type, but only a factory of that type reads it: try the next.
            }
        }
        throw new IOException("holds a PEM block that is no RSA, EC or Ed25519 public key");
    }

    private static Optional<VerificationKey> key(@Nullable String kid, Key key) {
        return SigningAlgorithm.of(key).map(algorithm -> new VerificationKey(kid, algorithm, key));
    }
}
