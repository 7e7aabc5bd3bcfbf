package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.servers.InputBudget;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The headers that say who sends a request. Each line of an input is one: its first letter tells which, c for Cookie, a for
 * Authorization, s for the subprotocols, o for Origin.
 */
@Tag("SEC24")
class CredentialsFuzzTest {
    private static final String ADDRESS = "192.0.2.1";
    private static final String ORIGIN = "https://app.example.com";

    @SuppressWarnings("NullAway.Init")
    private static AuthRig rig;

    @SuppressWarnings("NullAway.Init")
    private static Authenticator authenticator;

    @BeforeAll
    static void start() {
        rig = AuthRig.withSecret("ALLOWED_ORIGINS", ORIGIN + ",http://[::1]:8080");
        authenticator = new Authenticator(rig.config, rig.verifier, TokenMint.nobodyForges(), reason -> {});
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @MethodSource("requests")
    @FuzzTest(maxDuration = "10m")
    void headers(byte[] bytes) {
        Credentials.Headers headers = headers(new String(bytes, StandardCharsets.ISO_8859_1));
        InputBudget.spend(() -> check(headers));
    }

    @Test
    void goodSeedsComeIn() {
        List<Boolean> known = requests()
                .map(bytes -> headers(new String(bytes, StandardCharsets.ISO_8859_1)))
                .map(headers ->
                        authenticator.authenticateWithOrigin(headers, ADDRESS) instanceof Authenticator.Outcome.Known)
                .toList();
        assertEquals(List.of(true, false, false, false, true, true, true, true, false), known);
    }

    private static void check(Credentials.Headers headers) {
        Credentials found = Credentials.find(headers, "token");
        boolean known = authenticator.authenticate(headers, ADDRESS) instanceof Authenticator.Outcome.Known;
        boolean mayCome = authenticator.authenticateWithOrigin(headers, ADDRESS) instanceof Authenticator.Outcome.Known;
        assertFalse(mayCome && !known);
        for (String subprotocol : Credentials.realSubprotocols(headers.subprotocol())) {
            assertFalse(subprotocol.startsWith(Credentials.BEARER_SUBPROTOCOL), "a token would be echoed");
        }
        if (found instanceof Credentials.Presented presented) {
            assertFalse(presented.token().isEmpty());
            assertFalse(presented.toString().contains(presented.token())
                    && presented.token().length() > 20);
            assertTrue(standsThere(presented, headers), presented.token());
            boolean cookie = presented.source() == Credentials.Source.COOKIE;
            boolean fromOurPage = headers.origin().size() == 1
                    && rig.config.origins().check(headers.origin().get(0));
            assertFalse(mayCome && cookie && !fromOurPage, "another site's page came in with a cookie");
            assertFalse(cookie
                    && headers.authorization().stream()
                            .anyMatch(value -> value.strip().equals("Bearer x")));
            assertEquals(known, rig.outcome(presented.token()).equals("ACCEPTED"));
        } else {
            assertFalse(known);
        }
    }

    /** The token is what the sender wrote, not something made of it. */
    private static boolean standsThere(Credentials.Presented presented, Credentials.Headers headers) {
        String token = presented.token();
        return switch (presented.source()) {
            case COOKIE -> headers.cookie().stream().anyMatch(value -> value.contains(token));
            case AUTHORIZATION -> headers.authorization().stream().anyMatch(value -> value.contains(token));
            case SUBPROTOCOL ->
                headers.subprotocol().stream()
                        .flatMap(value -> Stream.of(value.split(",", -1)))
                        .map(String::strip)
                        .filter(value -> value.startsWith(Credentials.BEARER_SUBPROTOCOL))
                        .map(value -> value.substring(Credentials.BEARER_SUBPROTOCOL.length()))
                        .anyMatch(value -> value.equals(token) || decoded(value).equals(token));
        };
    }

    private static String decoded(String value) {
        try {
            return new String(Base64.getUrlDecoder().decode(value), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static Credentials.Headers headers(String lines) {
        Map<Character, List<String>> byLetter = new TreeMap<>();
        "caso".chars().forEach(letter -> byLetter.put((char) letter, new ArrayList<>()));
        for (String line : lines.split("\n", -1)) {
            List<String> values = line.isEmpty() ? null : byLetter.get(line.charAt(0));
            if (values != null) {
                values.add(line.substring(1));
            }
        }
        return new Credentials.Headers(
                byLetter.getOrDefault('c', List.of()),
                byLetter.getOrDefault('a', List.of()),
                byLetter.getOrDefault('s', List.of()),
                byLetter.getOrDefault('o', List.of()));
    }

    static Stream<byte[]> requests() {
        String token = TokenMint.token("ana", Role.USER, Instant.ofEpochSecond(4_000_000_000L));
        String twice = Credentials.BEARER_SUBPROTOCOL + TokenMint.base64(token);
        return Stream.of(
                        "ccsrftoken=a; token=" + token + "; theme=dark\no" + ORIGIN,
                        "ctoken=\"" + token + "\"",
                        "ctoken=" + token + "\nohttp://evil.example",
                        "ctoken=a\nctoken=b",
                        "aBearer " + token,
                        "abearer  " + token + "\naBasic YTpi\nctoken=x",
                        "sswitchboard.v1, " + twice + "\no" + ORIGIN,
                        "s" + Credentials.BEARER_SUBPROTOCOL + token + "\nohttp://[::1]:8080",
                        "ctoken\na\ns,,\no")
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
