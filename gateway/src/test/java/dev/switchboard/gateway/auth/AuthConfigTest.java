package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.settings.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthConfigTest {
    @TempDir
    Path directory;

    @Test
    void isContentWithASecretAlone() {
        assertEquals(List.of(), AuthRig.problems("JWT_SECRET", TokenMint.SECRET));
    }

    @Test
    @Tag("SEC9")
    void stopsTheStartWithoutAnyKey() {
        List<String> problems = AuthRig.problems();

        assertEquals(1, problems.size());
        assertTrue(problems.get(0).startsWith("SWITCHBOARD_JWT_SECRET is required"), problems::toString);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secret",
                "",
                "short",
                "changeme",
                "kX7pQ2vL9sR4tW8yZ1bN6mC3hJ5gF0d",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "abababababababababababababababababab",
                "a-string-secret-at-least-256-bits-long",
                "changeme-changeme-changeme-changeme",
                "CHANGE_ME_please_this_is_not_a_good_one",
                "your-256-bit-secret",
                "my-default-jwt-key-for-everything-here",
                "0123456789abcdef0123456789abcdef"
            })
    @Tag("SEC9")
    void refusesWeakSecretsWithoutQuotingThem(String secret) {
        List<String> single = AuthRig.problems("JWT_SECRET", secret);
        assertEquals(1, single.size(), single::toString);
        assertTrue(single.get(0).startsWith("SWITCHBOARD_JWT_SECRET "), single::toString);
        assertTrue(secret.length() < 10 || !single.get(0).contains(secret));

        List<String> several = AuthRig.problems("JWT_SECRETS", "a=" + TokenMint.SECRET + " b=" + secret);
        assertTrue(several.get(0).startsWith("SWITCHBOARD_JWT_SECRETS "), several::toString);
    }

    @Test
    void tellsAllMistakesAtOnce() throws IOException {
        Path broken = Files.writeString(directory.resolve("keys.pem"), "nothing here");
        List<String> problems = AuthRig.problems(
                "ALLOWED_ORIGINS", "https://app.example.com, *",
                "COOKIE_NAME", "to ken",
                "JWT_SECRET", "secret",
                "JWT_KEYS_FILE", broken.toString(),
                "JWT_JWKS_URL", "http://id.example.com/keys",
                "JWT_KEYS_REFRESH", "5",
                "JWT_TOKEN_MAX", "1GiB",
                "JWT_USER_CLAIM", ",");

        assertEquals(8, problems.size(), problems::toString);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://id.example.com/keys", "ftp://id.example.com", "id.example.com", "https://u:p@id.example.com/",
                "http://127.0.0.1.evil.example/", "file:///etc/keys", "https://", "::"
            })
    @Tag("SEC10")
    void refusesKeyUrlsThatAnybodyOnTheWayMayAnswer(String url) {
        List<String> problems = AuthRig.problems("JWT_SECRET", TokenMint.SECRET, "JWT_JWKS_URL", url);
        assertTrue(problems.get(0).startsWith("SWITCHBOARD_JWT_JWKS_URL "), problems::toString);
    }

    @Test
    @Tag("SEC10")
    void refusesKeyFilesWithoutAUsableKey() throws IOException {
        for (String content : List.of(
                "",
                "{}",
                "{\"keys\":[]}",
                "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")) {
            Path file = Files.writeString(directory.resolve("keys"), content);
            assertFalse(AuthRig.problems("JWT_KEYS_FILE", file.toString()).isEmpty(), content);
        }
        assertFalse(AuthRig.problems("JWT_KEYS_FILE", "/does/not/exist").isEmpty());
    }

    @Test
    @Tag("SEC33")
    void hidesSecretsInTheEffectiveValues() {
        Environment environment = new Environment(AuthRig.variables("JWT_SECRET", TokenMint.SECRET));
        AuthConfig config = AuthConfig.from(environment);

        assertFalse(environment.effective().toString().contains(TokenMint.SECRET));
        assertFalse(config.toString().contains(TokenMint.SECRET));
    }
}
