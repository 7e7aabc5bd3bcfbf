package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.switchboard.gateway.auth.Verification.Reason;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys from files and from a real HTTP server on this machine, and how they are renewed. */
@Tag("SEC10")
class VerificationKeysTest {
    private static final long EXP = AuthRig.NOW.plus(Duration.ofHours(20)).getEpochSecond();
    private static final String CLAIMS = "{\"user\":\"ana\",\"exp\":" + EXP + "}";

    @TempDir
    Path directory;

    private final AtomicInteger fetches = new AtomicInteger();
    private final Set<String> pathsAskedFor = new ConcurrentSkipListSet<>();
    private HttpServer server;
    private volatile byte[] published = new byte[0];
    private volatile int status = 200;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            fetches.incrementAndGet();
            pathsAskedFor.add(exchange.getRequestURI().getPath());
            try (exchange) {
                byte[] body = published;
                exchange.getResponseHeaders().set("Location", "/elsewhere");
                exchange.sendResponseHeaders(status, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256", "EdDSA"})
    void verifiesWithPublishedKey(String algorithm) {
        KeyPair pair = TokenMint.keyPair(algorithm);
        publish(jwk("a", pair.getPublic()));
        try (AuthRig rig = jwks()) {
            assertEquals("ACCEPTED", rig.outcome(token(algorithm, "a", pair)));
            assertEquals("ACCEPTED", rig.outcome(token(algorithm, null, pair)));
            assertEquals(Reason.SIGNATURE, rig.rejected(token(algorithm, "a", TokenMint.keyPair(algorithm))));
            assertEquals(Reason.UNKNOWN_KEY, rig.rejected(token(algorithm, "b", pair)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256", "EdDSA"})
    void verifiesWithKeyFromPemFile(String algorithm) throws IOException {
        KeyPair old = TokenMint.keyPair(algorithm);
        KeyPair now = TokenMint.keyPair(algorithm);
        Path file = directory.resolve("keys.pem");
        Files.writeString(file, "A note.\nkid: old\n" + TokenMint.pem(old) + "\nkid: now\n" + TokenMint.pem(now));
        try (AuthRig rig = AuthRig.with("JWT_KEYS_FILE", file.toString())) {
            assertEquals("ACCEPTED", rig.outcome(token(algorithm, "old", old)));
            assertEquals("ACCEPTED", rig.outcome(token(algorithm, "now", now)));
            assertEquals("ACCEPTED", rig.outcome(token(algorithm, null, now)));
            assertEquals(Reason.SIGNATURE, rig.rejected(token(algorithm, "now", old)));
        }
    }

    @Test
    void readsTheKeyFileAgain() throws IOException {
        KeyPair old = TokenMint.keyPair("ES256");
        KeyPair now = TokenMint.keyPair("ES256");
        Path file = directory.resolve("keys.json");
        Files.writeString(file, set(jwk("old", old.getPublic())));
        try (AuthRig rig = AuthRig.with("JWT_KEYS_FILE", file.toString())) {
            assertEquals(Reason.UNKNOWN_KEY, rig.rejected(token("ES256", "now", now)));
            Files.writeString(file, set(jwk("now", now.getPublic()), jwk("old", old.getPublic())));
            rig.keys.refresh();
            assertEquals("ACCEPTED", rig.outcome(token("ES256", "now", now)));
            assertEquals("ACCEPTED", rig.outcome(token("ES256", "old", old)));

            Files.writeString(file, "broken");
            rig.keys.refresh();
            assertEquals("ACCEPTED", rig.outcome(token("ES256", "now", now)));
        }
    }

    @Test
    @Tag("J6")
    void fetchesOnceAMinuteAtMostForUnknownKeys() throws Exception {
        KeyPair pair = TokenMint.keyPair("ES256");
        publish(jwk("a", pair.getPublic()));
        try (AuthRig rig = jwks()) {
            assertEquals(1, fetches.get());
            for (int i = 0; i < 1_000; i++) {
                assertEquals(Reason.UNKNOWN_KEY, rig.rejected(token("ES256", "unknown" + i, pair)));
            }
            rig.clock.step(Duration.ofSeconds(59));
            rig.rejected(token("ES256", "unknown", pair));
            rig.keys.refresh();
            assertEquals(1, fetches.get());

            rig.clock.step(Duration.ofSeconds(1));
            for (int i = 0; i < 1_000; i++) {
                rig.rejected(token("ES256", "unknown" + i, pair));
            }
            await(() -> fetches.get() == 2);
            rig.keys.refresh();
            assertEquals(2, fetches.get());
        }
    }

    @Test
    void findsARotatedKeyAfterTheFirstTokenThatNamesIt() {
        KeyPair old = TokenMint.keyPair("ES256");
        KeyPair now = TokenMint.keyPair("ES256");
        publish(jwk("old", old.getPublic()));
        try (AuthRig rig = jwks()) {
            publish(jwk("old", old.getPublic()), jwk("now", now.getPublic()));
            rig.clock.step(Duration.ofSeconds(61));
            assertEquals(Reason.UNKNOWN_KEY, rig.rejected(token("ES256", "now", now)));
            await(() -> rig.outcome(token("ES256", "now", now)).equals("ACCEPTED"));
            assertEquals("ACCEPTED", rig.outcome(token("ES256", "old", old)));
        }
    }

    @Test
    void failsNoTokenOfAKeyPublishedARefreshBeforeItsUse() {
        KeyPair old = TokenMint.keyPair("ES256");
        KeyPair now = TokenMint.keyPair("ES256");
        publish(jwk("old", old.getPublic()));
        try (AuthRig rig = jwks()) {
            publish(jwk("old", old.getPublic()), jwk("now", now.getPublic()));
            assertEquals("ACCEPTED", rig.outcome(token("ES256", "old", old)));
            rig.clock.step(Duration.ofMinutes(5));
            rig.keys.refresh();
            assertEquals("ACCEPTED", rig.outcome(token("ES256", "now", now)));
            assertEquals("ACCEPTED", rig.outcome(token("ES256", "old", old)));
        }
    }

    @Test
    void forgetsVerifiedTokensOfAKeyThatWasWithdrawn() {
        KeyPair old = TokenMint.keyPair("ES256");
        KeyPair now = TokenMint.keyPair("ES256");
        publish(jwk("old", old.getPublic()), jwk("now", now.getPublic()));
        try (AuthRig rig = jwks()) {
            String token = token("ES256", "old", old);
            assertEquals("ACCEPTED", rig.outcome(token));
            assertEquals("ACCEPTED", rig.outcome(token));
            publish(jwk("now", now.getPublic()));
            rig.clock.step(Duration.ofMinutes(5));
            rig.keys.refresh();
            assertEquals(Reason.UNKNOWN_KEY, rig.rejected(token));
        }
    }

    @Test
    void forgetsVerifiedTokensWhenTheyExpire() {
        KeyPair pair = TokenMint.keyPair("EdDSA");
        publish(jwk("a", pair.getPublic()));
        try (AuthRig rig = jwks()) {
            String token = token("EdDSA", "a", pair);
            assertEquals("ACCEPTED", rig.outcome(token));
            rig.clock.step(Duration.ofHours(20).plusSeconds(31));
            assertEquals(Reason.EXPIRED, rig.rejected(token));
        }
    }

    @Test
    @Tag("J8")
    void asksNoOtherAddressThanTheConfiguredOne() {
        KeyPair pair = TokenMint.keyPair("ES256");
        publish(jwk("a", pair.getPublic()));
        try (AuthRig rig = jwks()) {
            rig.clock.step(Duration.ofMinutes(2));
            String address = "http://127.0.0.1:" + server.getAddress().getPort() + "/evil";
            for (String name : new String[] {"jku", "x5u"}) {
                String header = "{\"alg\":\"ES256\",\"kid\":\"a\",\"" + name + "\":\"" + address + "\"}";
                assertEquals(Reason.HEADER, rig.rejected(TokenMint.signed("ES256", pair.getPrivate(), header, CLAIMS)));
            }
            status = 302;
            rig.keys.refresh();
            assertEquals("ACCEPTED", rig.outcome(token("ES256", "a", pair)));
        }
        assertEquals(Set.of("/keys"), pathsAskedFor);
    }

    @Test
    void keepsTheKeysAtHandWhileTheServerFails() {
        KeyPair pair = TokenMint.keyPair("ES256");
        publish(jwk("a", pair.getPublic()));
        try (AuthRig rig = jwks()) {
            for (String broken : new String[] {"", "{}", "{\"keys\":[]}", "<html>", "{\"keys\":[{\"kty\":\"EC\"}]}"}) {
                published = broken.getBytes(StandardCharsets.UTF_8);
                rig.clock.step(Duration.ofMinutes(5));
                rig.keys.refresh();
                assertEquals("ACCEPTED", rig.outcome(token("ES256", "a", pair)), broken);
            }
            published = new byte[KeyDocument.BYTES_MAX + 1];
            rig.clock.step(Duration.ofMinutes(5));
            rig.keys.refresh();
            assertEquals("ACCEPTED", rig.outcome(token("ES256", "a", pair)));
            assertTrue(rig.keys.notReady().isEmpty());
        }
    }

    @Test
    void isNotReadyUntilTheFirstKeysAreThere() {
        status = 503;
        try (AuthRig rig = jwks()) {
            assertTrue(rig.keys.notReady().isPresent());
            assertEquals(Reason.UNKNOWN_KEY, rig.rejected(token("ES256", "a", TokenMint.keyPair("ES256"))));
        }
    }

    @Test
    void passesOverKeysThatMustNotVerifyTokens() {
        KeyPair pair = TokenMint.keyPair("RS256");
        String rsa = jwk("a", pair.getPublic());
        publish(
                "{\"kty\":\"oct\",\"kid\":\"b\",\"k\":\"" + TokenMint.base64(TokenMint.SECRET) + "\"}",
                rsa.replace("\"a\"", "\"c\"").replace("}", ",\"use\":\"enc\"}"),
                rsa.replace("\"a\"", "\"d\"").replace("}", ",\"alg\":\"PS256\"}"),
                "{\"kty\":\"unheard-of\"}",
                rsa);
        try (AuthRig rig = jwks()) {
            assertEquals("ACCEPTED", rig.outcome(token("RS256", "a", pair)));
            assertEquals(Reason.UNKNOWN_KEY, rig.rejected(token("RS256", "c", pair)));
            assertEquals(Reason.UNKNOWN_KEY, rig.rejected(token("RS256", "d", pair)));
            String symmetric = "{\"alg\":\"HS256\",\"kid\":\"b\"}";
            assertEquals(Reason.UNKNOWN_KEY, rig.rejected(TokenMint.hs256(TokenMint.SECRET, symmetric, CLAIMS)));
        }
    }

    @Test
    void acceptsOldAndNewSharedSecretsByName() {
        String other = "zQ8mV3xK6wJ1rT9pL4nB7cF2yH5dG0sE";
        try (AuthRig rig = AuthRig.with("JWT_SECRETS", "old=" + TokenMint.SECRET + " now=" + other)) {
            assertEquals("ACCEPTED", rig.outcome(hs256("old", TokenMint.SECRET)));
            assertEquals("ACCEPTED", rig.outcome(hs256("now", other)));
            assertEquals("ACCEPTED", rig.outcome(TokenMint.hs256(other, CLAIMS)));
            assertEquals("ACCEPTED", rig.outcome(TokenMint.hs256(TokenMint.SECRET, CLAIMS)));
            assertEquals(Reason.SIGNATURE, rig.rejected(hs256("now", TokenMint.SECRET)));
            assertEquals(Reason.UNKNOWN_KEY, rig.rejected(hs256("next", other)));
        }
    }

    private AuthRig jwks() {
        return AuthRig.with(
                "JWT_JWKS_URL", "http://127.0.0.1:" + server.getAddress().getPort() + "/keys");
    }

    private void publish(String... jwks) {
        published = set(jwks).getBytes(StandardCharsets.UTF_8);
    }

    private static String set(String... jwks) {
        return "{\"keys\":[" + String.join(",", jwks) + "]}";
    }

    private static String hs256(String kid, String secret) {
        return TokenMint.hs256(secret, "{\"alg\":\"HS256\",\"kid\":\"" + kid + "\"}", CLAIMS);
    }

    private static String token(String algorithm, @org.jspecify.annotations.Nullable String kid, KeyPair pair) {
        String named = kid == null ? "" : ",\"kid\":\"" + kid + "\"";
        return TokenMint.signed(algorithm, pair.getPrivate(), "{\"alg\":\"" + algorithm + "\"" + named + "}", CLAIMS);
    }

    private static String jwk(String kid, PublicKey key) {
        String members;
        if (key instanceof RSAPublicKey rsa) {
            members = "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\""
                    .formatted(number(rsa.getModulus(), 256), number(rsa.getPublicExponent(), 3));
        } else if (key instanceof ECPublicKey ec) {
            members = "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\""
                    .formatted(
                            number(ec.getW().getAffineX(), 32), number(ec.getW().getAffineY(), 32));
        } else {
            byte[] encoded = key.getEncoded();
            members = "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\""
                    .formatted(TokenMint.base64(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
        }
        return "{\"kid\":\"" + kid + "\"," + members + "}";
    }

    private static String number(BigInteger number, int width) {
        byte[] bytes = number.toByteArray();
        byte[] wide = new byte[width];
        int length = Math.min(width, bytes.length);
        System.arraycopy(bytes, bytes.length - length, wide, width - length, length);
        return TokenMint.base64(wide);
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        CountDownLatch never = new CountDownLatch(1);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "not within 10 s");
            try {
                assertTrue(!never.await(5, TimeUnit.MILLISECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }
}
