package dev.switchboard.local.demo;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import com.google.gson.reflect.TypeToken;
import dev.switchboard.settings.Secret;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.io.AbstractDeserializer;
import io.jsonwebtoken.io.AbstractSerializer;
import io.jsonwebtoken.io.DeserializationException;
import io.jsonwebtoken.security.Keys;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.SecretKey;

/**
 * Tokens as a platform would issue them, for the demo and for tests; the gateway itself issues none. HS256 with the claims
 * {@code user}, {@code name}, {@code rol}, {@code jti}, {@code iat} and {@code exp}. Any thread.
 */
public final class DemoTokens {
    private final SecretKey key;
    private final Duration life;
    private final Clock clock;

    /** Who a token speaks for, and until when. */
    record SignedIn(DemoUser user, Instant until) {}

    public DemoTokens(Secret secret, Duration life, Clock clock) {
        this.key = Keys.hmacShaKeyFor(secret.reveal().getBytes(StandardCharsets.UTF_8));
        this.life = life;
        this.clock = clock;
    }

    public Duration life() {
        return life;
    }

    public String issue(DemoUser user) {
        return issue(user.user(), user.displayName(), user.isAdmin());
    }

    /** For anybody: tests and measurements need more users than the demo. */
    public String issue(String user, String displayName, boolean admin) {
        Instant now = clock.instant();
        return Jwts.builder()
                .json(new JsonWriter())
                // No two are alike, also within one second: a token from before a sign-in is never the one after it.
                .id(UUID.randomUUID().toString())
                .claim("user", user)
                .claim("name", displayName)
                .claim("rol", admin ? "admin" : "user")
                .issuedAt(Date.from(now))
                .expiration(Date.from(now.plus(life)))
                .signWith(key, Jwts.SIG.HS256)
                .compact();
    }

    /** Whom a token of ours speaks for; empty if it is none, or no longer good. */
    Optional<SignedIn> verify(String token) {
        try {
            Claims claims = Jwts.parser()
                    .json(new JsonReader())
                    .clock(() -> Date.from(clock.instant()))
                    .verifyWith(key)
                    .build()
                    .parseSignedClaims(token)
                    .getPayload();
            return DemoUser.named(claims.get("user", String.class))
                    .map(user -> new SignedIn(user, claims.getExpiration().toInstant()));
        } catch (JwtException | IllegalArgumentException e) {
            // A cookie of an earlier run, of another program on this host, or nonsense: nobody is signed in.
            return Optional.empty();
        }
    }

    private static final class JsonWriter extends AbstractSerializer<Map<String, ?>> {
        @Override
        protected void doSerialize(Map<String, ?> map, OutputStream out) throws IOException {
            out.write(new Gson().toJson(map).getBytes(StandardCharsets.UTF_8));
        }
    }

    private static final class JsonReader extends AbstractDeserializer<Map<String, ?>> {
        @Override
        protected Map<String, ?> doDeserialize(Reader reader) {
            try {
                return new Gson().fromJson(reader, new TypeToken<Map<String, Object>>() {});
            } catch (JsonParseException e) {
                throw new DeserializationException("no JSON", e);
            }
        }
    }
}
