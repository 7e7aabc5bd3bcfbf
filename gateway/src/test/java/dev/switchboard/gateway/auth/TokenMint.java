package dev.switchboard.gateway.auth;

import dev.switchboard.proto.v1.Role;
import dev.switchboard.settings.Environment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes tokens, good and bad ones, without the library under test. Also identities for tests of other packages. */
public final class TokenMint {
    /** Fit for {@code SWITCHBOARD_JWT_SECRET}. */
    public static final String SECRET = "kX7pQ2vL9sR4tW8yZ1bN6mC3hJ5gF0dA";

    private TokenMint() {}

    /** An identity without a token. */
    public static Identity identity(String user, Role role, Instant expiresAt) {
        return new Identity(user, user, role, expiresAt);
    }

    /** As a gateway knows it that has just read that nothing is. */
    public static Revocations nothingRevoked() {
        Duration minute = Duration.ofMinutes(1);
        Revocations none = new Revocations(new Revocations.Rules(minute, minute, 100, minute, minute), () -> 0);
        none.confirmed(0);
        return none;
    }

    /** Nobody is refused for forging tokens. */
    public static ForgedTokens nobodyForges() {
        return new ForgedTokens(Integer.MAX_VALUE, () -> 0, address -> {});
    }

    /** Takes what is signed with {@link #SECRET}, by the clock of this machine. */
    public static TokenVerifier verifier() {
        AuthConfig config = AuthConfig.from(new Environment(Map.of("SWITCHBOARD_JWT_SECRET", SECRET)));
        try {
            return new TokenVerifier(
                    config, VerificationKeys.start(config, Clock.systemUTC()), Clock.systemUTC(), nothingRevoked());
        } catch (IOException e) {
            throw new AssertionError("there is no file to read", e);
        }
    }

    /** A good token of the default claims, signed with {@link #SECRET}. */
    public static String token(String user, Role role, Instant expiresAt) {
        String claims = "{\"user\":\"%s\",\"name\":\"%s\",\"rol\":\"%s\",\"exp\":%d}"
                .formatted(user, user, role == Role.ADMIN ? "admin" : "user", expiresAt.getEpochSecond());
        return hs256(SECRET, claims);
    }

    /** Claims as they stand, signed. */
    public static String hs256(String secret, String claims) {
        return hs256(secret, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}", claims);
    }

    static String hs256(String secret, String header, String claims) {
        return hmac(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256", header, claims);
    }

    static String hmac(byte[] secret, String algorithm, String header, String claims) {
        return hmac(secret, algorithm, header, claims.getBytes(StandardCharsets.UTF_8));
    }

    static String hmac(byte[] secret, String algorithm, String header, byte[] claims) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(secret, algorithm));
            String signed = base64(header) + "." + base64(claims);
            return signed + "." + base64(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Signed as {@code RS256}, {@code ES256} or {@code EdDSA} does it; the header may say something else. */
    static String signed(String algorithm, PrivateKey key, String header, String claims) {
        try {
            Signature signature = Signature.getInstance(
                    switch (algorithm) {
                        case "RS256" -> "SHA256withRSA";
                        case "ES256" -> "SHA256withECDSAinP1363Format";
                        default -> "Ed25519";
                    });
            signature.initSign(key);
            String signed = base64(header) + "." + base64(claims);
            signature.update(signed.getBytes(StandardCharsets.UTF_8));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static KeyPair keyPair(String algorithm) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(
                    switch (algorithm) {
                        case "RS256" -> "RSA";
                        case "ES256" -> "EC";
                        default -> "Ed25519";
                    });
            if (algorithm.equals("ES256")) {
                generator.initialize(new ECGenParameterSpec("secp256r1"));
            } else if (algorithm.equals("RS256")) {
                generator.initialize(2048);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String pem(KeyPair pair) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
