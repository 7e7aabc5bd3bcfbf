package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.gson.stream.MalformedJsonException;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.servers.InputBudget;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Tokens: as anybody may send them, and as a platform might sign them by mistake. A rejection is never an exception. */
@Tag("SEC24")
@Tag("SEC25")
class TokenFuzzTest {
    private static final KeyPair PAIR = TokenMint.keyPair("ES256");
    private static final String GOOD = "{\"user\":\"ana\",\"name\":\"Ana\",\"rol\":\"user\",\"exp\":1893500000}";
    private static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

    @SuppressWarnings("NullAway.Init")
    private static AuthRig rig;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path directory;

    @BeforeAll
    static void start() throws IOException {
        Path keys = Files.writeString(directory.resolve("keys.pem"), TokenMint.pem(PAIR));
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        rig = AuthRig.withSecret(
                "JWT_KEYS_FILE",
                keys.toString(),
                "JWT_USER_CLAIM",
                "user,sub",
                "JWT_ADMIN_FLAG_CLAIM",
                "isAdmin",
                "JWT_TOKEN_MAX",
                "8KiB");
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @MethodSource("tokens")
    @FuzzTest(maxDuration = "10m")
    void token(byte[] bytes) {
        String token = new String(bytes, StandardCharsets.UTF_8);
        InputBudget.spend(() -> rig.outcome(token));
        if (rig.verifier.verify(token) instanceof Verification.Accepted accepted) {
            check(accepted.identity());
            String[] parts = token.split("\\.", -1);
            assertEquals(3, parts.length);
            String header = new String(decoded(parts[0]), StandardCharsets.UTF_8);
            if (header.contains("ES256")) {
                return; // Nothing to compare with: each such signature is another one.
            }
            String again = TokenMint.hmac(
                    TokenMint.SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256", header, decoded(parts[1]));
            assertEquals(again, token, "accepted without our signature, or in a second spelling");
        }
    }

    /** The first line is the header, the rest are the claims; the signature is good. */
    @MethodSource("signed")
    @FuzzTest(maxDuration = "10m")
    void signed(byte[] bytes) {
        int end = new String(bytes, StandardCharsets.ISO_8859_1).indexOf('\n');
        String header = end <= 0 ? HEADER : new String(bytes, 0, end, StandardCharsets.UTF_8);
        byte[] claims = Arrays.copyOfRange(bytes, end + 1, bytes.length);
        String token = TokenMint.hmac(TokenMint.SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256", header, claims);
        InputBudget.spend(() -> rig.outcome(token));
        if (rig.verifier.verify(token) instanceof Verification.Accepted accepted) {
            check(accepted.identity());
            try {
                Map<String, Object> known = StrictJson.object(claims);
                boolean admin = "admin".equals(known.get("rol")) || Boolean.TRUE.equals(known.get("isAdmin"));
                assertTrue(admin || accepted.identity().role() == Role.USER, "an administrator by mistake");
                assertEquals(
                        "HS256",
                        StrictJson.object(header.getBytes(StandardCharsets.UTF_8))
                                .get("alg"));
            } catch (IOException e) {
                throw new AssertionError("accepted, and no JSON", e);
            }
        }
    }

    @MethodSource("texts")
    @FuzzTest(maxDuration = "10m")
    void json(byte[] bytes) {
        InputBudget.spend(() -> check(bytes));
    }

    private static void check(byte[] bytes) {
        try {
            assertSame(JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8)), StrictJson.object(bytes));
        } catch (IOException e) {
            // The only way to refuse. The lenient reader knows more spellings, and needs not agree.
            assertTrue(e instanceof MalformedJsonException
                    || e instanceof EOFException
                    || e instanceof CharacterCodingException);
        }
    }

    @Test
    void goodSeedsComeIn() {
        assertEquals(
                List.of("ACCEPTED", "SIGNATURE", "ALGORITHM", "MALFORMED", "ACCEPTED", "UNKNOWN_KEY"),
                tokens().map(bytes -> rig.outcome(new String(bytes, StandardCharsets.UTF_8)))
                        .toList());
    }

    private static void check(Identity identity) {
        assertTrue(Identity.isUser(identity.user()));
        String name = identity.name();
        assertTrue(name.codePointCount(0, name.length()) <= Identity.NAME_CODE_POINTS_MAX && !name.isEmpty());
        assertFalse(identity.expiresAt().isBefore(AuthRig.NOW.minus(TokenVerifier.LEEWAY)));
    }

    /** What the strict reader read, the lenient one reads alike. */
    private static void assertSame(JsonElement lenient, Object strict) {
        if (strict instanceof Map<?, ?> members) {
            assertEquals(members.keySet(), lenient.getAsJsonObject().keySet());
            members.forEach(
                    (name, member) -> assertSame(lenient.getAsJsonObject().get((String) name), member));
        } else if (strict instanceof List<?> elements) {
            assertEquals(elements.size(), lenient.getAsJsonArray().size());
            for (int i = 0; i < elements.size(); i++) {
                assertSame(lenient.getAsJsonArray().get(i), elements.get(i));
            }
        } else if (strict instanceof Long number) {
            assertEquals(number, lenient.getAsLong());
        } else if (strict instanceof Double number) {
            assertEquals(number, lenient.getAsDouble());
        } else if (strict instanceof StrictJson.JsonNull) {
            assertTrue(lenient.isJsonNull());
        } else {
            assertEquals(strict.toString(), lenient.getAsString());
        }
    }

    private static byte[] decoded(String segment) {
        return Base64.getUrlDecoder().decode(segment);
    }

    static Stream<byte[]> tokens() {
        return Stream.of(
                        TokenMint.hs256(TokenMint.SECRET, GOOD),
                        TokenMint.hs256("another secret, which is long enough", GOOD),
                        TokenMint.base64("{\"alg\":\"none\"}") + "." + TokenMint.base64(GOOD) + ".",
                        TokenMint.base64("{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}") + ".a.b.c.d",
                        TokenMint.signed("ES256", PAIR.getPrivate(), "{\"alg\":\"ES256\"}", GOOD),
                        TokenMint.base64("{\"alg\":\"ES256\",\"kid\":\"k\"}") + "." + TokenMint.base64(GOOD) + ".AAAA")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    static Stream<byte[]> signed() {
        return Stream.of(
                        HEADER + "\n" + GOOD,
                        "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"jwt\"}\n" + GOOD,
                        "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}\n" + GOOD,
                        "{\"alg\":\"HS256\",\"zip\":\"DEF\"}\n" + GOOD,
                        "\n{\"sub\":42,\"isAdmin\":true,\"exp\":1.9e9,\"nbf\":0,\"iat\":1893000000}",
                        "\n{\"user\":\"root\",\"rol\":\"admin\",\"exp\":1893500000,\"aud\":[\"a\",\"b\"],\"iss\":\"i\"}",
                        "\n{\"user\":\"ana:*\",\"exp\":9223372036854775807}",
                        "\n{\"user\":\"\\ud83d\",\"name\":null,\"exp\":-1}")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    static Stream<byte[]> texts() {
        return Stream.of(
                        "{}",
                        "{\"a\":[1,-2.5e3,true,null,\"\\u00f1\\n\",{\"b\":{}}]}",
                        "{\"a\":1,\"a\":2}",
                        "{\"\\u0061\":1,\"a\":2}",
                        "{\"n\":9223372036854775808}",
                        "{\"n\":1e999}",
                        "{\"n\":-0}",
                        "[[[[[[[[[[]]]]]]]]]]")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }
}
