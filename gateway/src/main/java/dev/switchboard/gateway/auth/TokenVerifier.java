package dev.switchboard.gateway.auth;

import dev.switchboard.gateway.auth.KeyRing.VerificationKey;
import dev.switchboard.gateway.auth.Verification.Reason;
import io.jsonwebtoken.ExpiredJwtException;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.PrematureJwtException;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import java.security.Key;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import javax.crypto.SecretKey;

/**
 * Makes identities from tokens; nothing else does. Any thread may call it, event loops too: it never waits. A key that is not
 * known yet is asked for in the background, and the token is rejected for now, see {@link VerificationKeys}.
 */
public final class TokenVerifier {
    /** How far the platform's clock may be off, for {@code exp}, {@code nbf} and {@code iat}. */
    public static final Duration LEEWAY = Duration.ofSeconds(30);

    private static final StrictJson JSON = new StrictJson();

    private final VerificationKeys keys;
    private final TokenRules rules;
    private final Clock clock;
    private final int tokenCharsMax;
    private final VerifiedTokens verified;
    private final Revocations revocations;

    public TokenVerifier(AuthConfig config, VerificationKeys keys, Clock clock, Revocations revocations) {
        this.keys = keys;
        this.revocations = revocations;
        this.rules = config.rules();
        this.clock = clock;
        this.tokenCharsMax = config.tokenBytesMax();
        this.verified = new VerifiedTokens(config.cachedTokensMax());
    }

    public Verification verify(String token) {
        if (token.length() > tokenCharsMax) {
            return new Verification.Rejected(Reason.TOO_LARGE);
        }
        KeyRing ring = keys.current();
        Identity known = verified.find(token, ring, clock.instant());
        if (known != null) {
            return unlessRevoked(known);
        }
        try {
            return unlessRevoked(verify(token, ring));
        } catch (TokenRejected e) {
            return new Verification.Rejected(e.reason());
        }
    }

    private Verification unlessRevoked(Identity identity) {
        return switch (revocations.entering(identity)) {
            case GOOD -> new Verification.Accepted(identity);
            case REVOKED -> new Verification.Rejected(Reason.REVOKED);
            case UNCONFIRMED -> new Verification.Rejected(Reason.UNCONFIRMED);
        };
    }

    private Identity verify(String token, KeyRing ring) throws TokenRejected {
        UnverifiedToken unverified = UnverifiedToken.parse(token);
        List<VerificationKey> candidates = ring.candidates(unverified.kid(), unverified.algorithm());
        if (candidates.isEmpty()) {
            keys.lacking();
            throw new TokenRejected(Reason.UNKNOWN_KEY);
        }
        checkSignature(token, candidates);
        Identity identity =
                rules.identity(unverified.claims(), clock, LEEWAY).from(Proof.of(token, unverified.claims()));
        if (unverified.algorithm().expensive()) {
            verified.put(token, identity, ring);
        }
        return identity;
    }

    private void checkSignature(String token, List<VerificationKey> candidates) throws TokenRejected {
        TokenRejected last = new TokenRejected(Reason.SIGNATURE);
        for (VerificationKey key : candidates) {
            try {
                parser(key).parseSignedClaims(token);
                return;
            } catch (io.jsonwebtoken.security.SignatureException e) {
                last = new TokenRejected(Reason.SIGNATURE);
            } catch (ExpiredJwtException e) {
                throw new TokenRejected(Reason.EXPIRED);
            } catch (PrematureJwtException e) {
                throw new TokenRejected(Reason.NOT_YET);
            } catch (JwtException | IllegalArgumentException e) {
                last = new TokenRejected(Reason.MALFORMED);
            }
        }
        throw last;
    }

    /** One that knows this key and its algorithm, and no other. */
    private JwtParser parser(VerificationKey key) {
        JwtParserBuilder builder = Jwts.parser()
                .json(JSON)
                .clock(() -> Date.from(clock.instant()))
                .clockSkewSeconds(LEEWAY.toSeconds())
                .sig()
                .clear()
                .add(algorithm(key.algorithm()))
                .and();
        return key.key() instanceof SecretKey secret
                ? builder.verifyWith(secret).build()
                : builder.verifyWith((PublicKey) key.key()).build();
    }

    private static SecureDigestAlgorithm<? extends Key, ? extends Key> algorithm(SigningAlgorithm algorithm) {
        return switch (algorithm) {
            case HS256 -> Jwts.SIG.HS256;
            case RS256 -> Jwts.SIG.RS256;
            case ES256 -> Jwts.SIG.ES256;
            case EDDSA -> Jwts.SIG.EdDSA;
        };
    }
}
