package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.auth.Verification.Reason;
import dev.switchboard.proto.v1.Role;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens against a verifier with one shared secret. */
@Tag("SEC8")
class TokenVerifierTest {
    private static final long EXP = AuthRig.NOW.plus(Duration.ofHours(1)).getEpochSecond();
    private static final String GOOD_CLAIMS =
            "{\"user\":\"ana\",\"name\":\"Ana\",\"rol\":\"user\",\"exp\":" + EXP + "}";

    private AuthRig rig;

    @BeforeEach
    void start() {
        rig = AuthRig.withSecret();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    @Tag("S0.8")
    @Tag("S0.9")
    @Tag("S0.14")
    @Tag("S1.3")
    void makesIdentityFromClaims() {
        Identity identity = rig.accepted(TokenMint.hs256(TokenMint.SECRET, GOOD_CLAIMS));

        assertEquals("ana", identity.user());
        assertEquals("Ana", identity.name());
        assertEquals(Role.USER, identity.role());
        assertEquals(EXP, identity.expiresAt().getEpochSecond());
    }

    @Test
    void acceptsTokenWithoutType() {
        assertEquals("ACCEPTED", rig.outcome(TokenMint.hs256(TokenMint.SECRET, "{\"alg\":\"HS256\"}", GOOD_CLAIMS)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"none", "NoNe", "NONE", "", "hs256", "HS512", "RS256", "PS256", "dir", "PBES2-HS256+A128KW"})
    @Tag("J1")
    @Tag("J2")
    void refusesOtherAlgorithms(String algorithm) {
        String header = "{\"alg\":\"" + algorithm + "\",\"typ\":\"JWT\"}";
        String unsigned = TokenMint.base64(header) + "." + TokenMint.base64(GOOD_CLAIMS) + ".";
        String signed = TokenMint.hs256(TokenMint.SECRET, header, GOOD_CLAIMS);

        for (String token : List.of(unsigned, signed, unsigned.substring(0, unsigned.length() - 1))) {
            Reason reason = rig.rejected(token);
            assertTrue(
                    List.of(Reason.ALGORITHM, Reason.UNKNOWN_KEY, Reason.MALFORMED, Reason.SIGNATURE)
                            .contains(reason),
                    () -> reason.toString());
        }
    }

    @Test
    @Tag("J1")
    void refusesEmptySignature() {
        String token = TokenMint.hs256(TokenMint.SECRET, GOOD_CLAIMS);

        assertEquals(Reason.SIGNATURE, rig.rejected(token.substring(0, token.lastIndexOf('.') + 1)));
    }

    @Test
    @Tag("J2")
    void refusesHs384AndHs512MadeWithTheSecret() {
        byte[] secret = TokenMint.SECRET.getBytes(StandardCharsets.UTF_8);
        for (String bits : List.of("384", "512")) {
            String token = TokenMint.hmac(secret, "HmacSHA" + bits, "{\"alg\":\"HS" + bits + "\"}", GOOD_CLAIMS);
            assertEquals(Reason.ALGORITHM, rig.rejected(token));
        }
    }

    @Test
    @Tag("J2")
    void refusesHs256MadeWithThePublicKey() throws Exception {
        KeyPair pair = TokenMint.keyPair("RS256");
        Path file = Files.createTempFile("keys", ".pem");
        Files.writeString(file, TokenMint.pem(pair));
        try (AuthRig rsa = AuthRig.with("JWT_KEYS_FILE", file.toString())) {
            String header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
            byte[] der = pair.getPublic().getEncoded();

            assertEquals(Reason.UNKNOWN_KEY, rsa.rejected(TokenMint.hmac(der, "HmacSHA256", header, GOOD_CLAIMS)));
            assertEquals(Reason.UNKNOWN_KEY, rsa.rejected(TokenMint.hs256(TokenMint.pem(pair), header, GOOD_CLAIMS)));
            assertEquals(
                    "ACCEPTED",
                    rsa.outcome(TokenMint.signed("RS256", pair.getPrivate(), "{\"alg\":\"RS256\"}", GOOD_CLAIMS)));
        } finally {
            Files.delete(file);
        }
    }

    @Test
    @Tag("J3")
    void refusesEveryFlippedBitAndEveryCut() {
        String token = TokenMint.hs256(TokenMint.SECRET, GOOD_CLAIMS);
        int signature = token.lastIndexOf('.') + 1;
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int at = signature; at < token.length(); at++) {
            for (int bit = 0; bit < 6; bit++) {
                char flipped = alphabet.charAt(alphabet.indexOf(token.charAt(at)) ^ (1 << bit));
                rig.rejected(token.substring(0, at) + flipped + token.substring(at + 1));
            }
            rig.rejected(token.substring(0, at));
        }
    }

    @Test
    @Tag("J3")
    @Tag("S0.12")
    void refusesWhatIsNoToken() {
        String token = TokenMint.hs256(TokenMint.SECRET, GOOD_CLAIMS);
        int dot = token.indexOf('.');
        for (String bad : List.of(
                "",
                ".",
                "..",
                "...",
                "a.b",
                "a.b.c",
                "a.b.c.d",
                "null",
                "{}",
                "á.é.í",
                " " + token,
                token + " ",
                token + ".",
                "." + token,
                token + "=",
                token + "==",
                token + "\n",
                token.replace(".", ".."),
                token.substring(0, dot) + "=" + token.substring(dot),
                token.substring(0, 10) + "!" + token.substring(11),
                TokenMint.base64("[]") + token.substring(dot),
                TokenMint.base64("") + token.substring(dot))) {
            rig.rejected(bad);
        }
        assertEquals("ACCEPTED", rig.outcome(token));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e400",
                "-1",
                "-1e10",
                "\"4102444800\"",
                "\"tomorrow\"",
                "null",
                "true",
                "[4102444800]",
                "{}",
                "NaN",
                "1e300",
                "99999999999999999999",
                "253402300800",
                "0",
                "0x7fffffff",
                "+4102444800"
            })
    @Tag("J4")
    void refusesExpiryThatIsNoDate(String exp) {
        rig.rejected(TokenMint.hs256(TokenMint.SECRET, "{\"user\":\"ana\",\"exp\":" + exp + "}"));
    }

    @Test
    @Tag("J4")
    void refusesTokenWithoutExpiry() {
        assertEquals(Reason.CLAIMS, rig.rejected(TokenMint.hs256(TokenMint.SECRET, "{\"user\":\"ana\"}")));
    }

    @Test
    @Tag("J4")
    void refusesExpiredTokenAfterTheLeeway() {
        String token = TokenMint.hs256(TokenMint.SECRET, GOOD_CLAIMS);

        rig.clock.step(Duration.ofHours(1).plusSeconds(30));
        assertEquals("ACCEPTED", rig.outcome(token));
        rig.clock.step(Duration.ofSeconds(1));
        assertEquals(Reason.EXPIRED, rig.rejected(token));
    }

    @Test
    @Tag("J5")
    void refusesTokensFromTheFuture() {
        for (String name : List.of("nbf", "iat")) {
            long now = AuthRig.NOW.getEpochSecond();
            assertEquals("ACCEPTED", rig.outcome(withTime(name, now + 30)));
            assertEquals(Reason.NOT_YET, rig.rejected(withTime(name, now + 31)));
            assertEquals(Reason.NOT_YET, rig.rejected(withTime(name, now + 300)));
        }
    }

    @Test
    @Tag("J5")
    void checksIssuerAndAudienceWhereConfigured() {
        String plain = TokenMint.hs256(TokenMint.SECRET, GOOD_CLAIMS);
        try (AuthRig strict = AuthRig.withSecret("JWT_ISSUER", "https://id.example.com", "JWT_AUDIENCE", "chat")) {
            assertEquals(Reason.ISSUER, strict.rejected(plain));
            assertEquals(Reason.ISSUER, strict.rejected(with("\"iss\":\"https://evil.example\",\"aud\":\"chat\"")));
            assertEquals(Reason.AUDIENCE, strict.rejected(with("\"iss\":\"https://id.example.com\"")));
            assertEquals(Reason.AUDIENCE, strict.rejected(with("\"iss\":\"https://id.example.com\",\"aud\":\"shop\"")));
            assertEquals(
                    "ACCEPTED", strict.outcome(with("\"iss\":\"https://id.example.com\",\"aud\":[\"shop\",\"chat\"]")));
            assertEquals("ACCEPTED", strict.outcome(with("\"iss\":\"https://id.example.com\",\"aud\":\"chat\"")));
        }
        assertEquals("ACCEPTED", rig.outcome(with("\"iss\":\"anybody\",\"aud\":\"anything\"")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"JWE\"", "\"at+jwt\"", "\"\"", "7", "null", "[\"JWT\"]"})
    @Tag("J5")
    void refusesOtherTypes(String type) {
        String header = "{\"alg\":\"HS256\",\"typ\":" + type + "}";
        assertEquals(Reason.HEADER, rig.rejected(TokenMint.hs256(TokenMint.SECRET, header, GOOD_CLAIMS)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../etc/passwd", "' OR 1=1 --", "", "\\u0000", "current"})
    @Tag("J7")
    void refusesKeyNamesNobodyConfigured(String kid) {
        String header = "{\"alg\":\"HS256\",\"kid\":\"" + kid + "\"}";
        assertEquals(Reason.UNKNOWN_KEY, rig.rejected(TokenMint.hs256(TokenMint.SECRET, header, GOOD_CLAIMS)));
    }

    @Test
    @Tag("J7")
    void refusesLongKeyNames() {
        assertEquals(Reason.TOO_LARGE, rig.rejected(withKid("k".repeat(10_000))));
        assertEquals(Reason.HEADER, rig.rejected(withKid("k".repeat(257))));
        assertEquals(Reason.UNKNOWN_KEY, rig.rejected(withKid("k".repeat(256))));
        assertEquals(
                Reason.HEADER,
                rig.rejected(TokenMint.hs256(TokenMint.SECRET, "{\"alg\":\"HS256\",\"kid\":7}", GOOD_CLAIMS)));
    }

    @Test
    @Tag("J8")
    void refusesHeadersThatBringAKeyOrAskForMore() {
        for (String member : List.of(
                "\"jku\":\"https://evil.example/keys\"",
                "\"x5u\":\"https://evil.example/chain\"",
                "\"x5c\":[\"MII\"]",
                "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}",
                "\"crit\":[\"exp\"]",
                "\"crit\":[\"b64\"],\"b64\":false",
                "\"crit\":[]",
                "\"zip\":\"DEF\"")) {
            String header = "{\"alg\":\"HS256\"," + member + "}";
            assertEquals(Reason.HEADER, rig.rejected(TokenMint.hs256(TokenMint.SECRET, header, GOOD_CLAIMS)), member);
        }
    }

    @Test
    @Tag("J9")
    void refusesExpensiveTokensCheaply() {
        String jwe = TokenMint.base64(
                "{\"alg\":\"PBES2-HS512+A256KW\",\"enc\":\"A256GCM\",\"p2c\":1000000000,\"p2s\":\"c2FsdA\"}");
        List<String> tokens = List.of(
                jwe + ".a2V5.aXY.dGV4dA.dGFn",
                jwe + "." + TokenMint.base64(GOOD_CLAIMS) + ".c2ln",
                TokenMint.hs256(TokenMint.SECRET, "{\"alg\":\"HS256\",\"zip\":\"DEF\"}", bomb()),
                TokenMint.hs256(TokenMint.SECRET, "[".repeat(2_500)),
                TokenMint.base64("{\"a\":".repeat(500)) + ".e30.c2ln",
                TokenMint.hs256(TokenMint.SECRET, "{\"user\":\"ana\",\"exp\":1" + "0".repeat(2_500) + "}"));
        // Once unmeasured: loading classes is no work of a token.
        tokens.forEach(rig::rejected);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        for (String token : tokens) {
            long before = threads.getCurrentThreadCpuTime();
            rig.rejected(token);
            long nanos = threads.getCurrentThreadCpuTime() - before;
            assertTrue(nanos < Duration.ofMillis(10).toNanos(), () -> nanos + " ns for " + token.substring(0, 20));
        }
    }

    @Test
    @Tag("J9")
    void refusesTokensLongerThanTheBound() {
        String claims = "{\"user\":\"ana\",\"exp\":" + EXP + ",\"pad\":\"" + "x".repeat(4_000) + "\"}";
        assertEquals(Reason.TOO_LARGE, rig.rejected(TokenMint.hs256(TokenMint.SECRET, claims)));
        try (AuthRig wide = AuthRig.withSecret("JWT_TOKEN_MAX", "8KiB")) {
            assertEquals("ACCEPTED", wide.outcome(TokenMint.hs256(TokenMint.SECRET, claims)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"user\":\"ana\",\"user\":\"eva\"", "\"user\":\"ana\",\"us\\u0065r\":\"eva\"",
                "\"user\":\"ana\",\"exp\":1,\"x\":{\"a\":1,\"a\":2}",
                        "\"user\":\"ana\",\"rol\":\"user\",\"rol\":\"admin\""
            })
    @Tag("J12")
    void refusesDuplicateNames(String members) {
        assertEquals(
                Reason.MALFORMED,
                rig.rejected(TokenMint.hs256(TokenMint.SECRET, "{" + members + ",\"exp\":" + EXP + "}")));
    }

    @Test
    @Tag("J12")
    void refusesDuplicateNamesInTheHeader() {
        String header = "{\"alg\":\"HS256\",\"alg\":\"HS256\"}";
        assertEquals(Reason.MALFORMED, rig.rejected(TokenMint.hs256(TokenMint.SECRET, header, GOOD_CLAIMS)));
    }

    @Test
    void refusesTextThatIsNoUtf8() {
        byte[] bytes = GOOD_CLAIMS.getBytes(StandardCharsets.ISO_8859_1);
        bytes[GOOD_CLAIMS.indexOf("ana") + 1] = (byte) 0xF1;
        String token = TokenMint.hmac(
                TokenMint.SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256", "{\"alg\":\"HS256\"}", bytes);

        assertEquals(Reason.MALFORMED, rig.rejected(token));
    }

    private static String bomb() {
        return "{\"user\":\"ana\",\"exp\":" + EXP + ",\"pad\":\"" + "x".repeat(2_000) + "\"}";
    }

    private static String withTime(String name, long seconds) {
        return with("\"" + name + "\":" + seconds);
    }

    private static String with(String members) {
        return TokenMint.hs256(TokenMint.SECRET, "{\"user\":\"ana\",\"exp\":" + EXP + "," + members + "}");
    }

    private static String withKid(String kid) {
        return TokenMint.hs256(TokenMint.SECRET, "{\"alg\":\"HS256\",\"kid\":\"" + kid + "\"}", GOOD_CLAIMS);
    }
}
