package dev.switchboard.gateway.auth;

import java.security.Key;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.Optional;
import javax.crypto.SecretKey;

/** How a token may be signed. The kind of a key decides, never the token: each key verifies one algorithm. */
enum SigningAlgorithm {
    HS256("HS256", false),
    RS256("RS256", true),
    ES256("ES256", true),
    EDDSA("EdDSA", true);

    private static final int RSA_BITS_MIN = 2048;
    private static final int RSA_BITS_MAX = 8192;
    private static final int P256_BITS = 256;

    private final String jwtName;
    private final boolean expensive;

    SigningAlgorithm(String jwtName, boolean expensive) {
        this.jwtName = jwtName;
        this.expensive = expensive;
    }

    static Optional<SigningAlgorithm> named(String jwtName) {
        for (SigningAlgorithm algorithm : values()) {
            if (algorithm.jwtName.equals(jwtName)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }

    /** The one algorithm that a key verifies; empty if it is of another kind, too weak, or a private key. */
    static Optional<SigningAlgorithm> of(Key key) {
        if (key instanceof SecretKey) {
            return Optional.of(HS256);
        }
        if (key instanceof RSAPublicKey rsa) {
            int bits = rsa.getModulus().bitLength();
            return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ? Optional.of(RS256) : Optional.empty();
        }
        if (key instanceof ECPublicKey ec) {
            boolean p256 = ec.getParams().getCurve().getField().getFieldSize() == P256_BITS
                    && ec.getParams().getOrder().bitLength() == P256_BITS;
            return p256 ? Optional.of(ES256) : Optional.empty();
        }
        if (key instanceof EdECPublicKey ed) {
            boolean ed25519 = ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName());
            return ed25519 ? Optional.of(EDDSA) : Optional.empty();
        }
        return Optional.empty();
    }

    /** The value of {@code alg}. */
    String jwtName() {
        return jwtName;
    }

    /** Whether verifying costs so much that a result is worth keeping. */
    boolean expensive() {
        return expensive;
    }
}
