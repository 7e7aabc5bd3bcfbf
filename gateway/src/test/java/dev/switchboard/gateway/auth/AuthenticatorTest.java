package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.switchboard.gateway.auth.Authenticator.Outcome;
import dev.switchboard.gateway.auth.Credentials.Headers;
import dev.switchboard.gateway.auth.Verification.Reason;
import dev.switchboard.proto.v1.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthenticatorTest {
    private static final List<String> NONE = List.of();
    private static final String APP = "https://app.example.com";
    private static final String TOKEN = TokenMint.token("ana", Role.USER, AuthRig.NOW.plus(Duration.ofHours(1)));
    private static final List<String> COOKIE = List.of("token=" + TOKEN);
    private static final List<String> BEARER = List.of("Bearer " + TOKEN);

    private final AuthRig rig = AuthRig.withSecret("ALLOWED_ORIGINS", APP);
    private final List<Reason> counted = new ArrayList<>();
    private final Authenticator authenticator =
            new Authenticator(rig.config, rig.verifier, TokenMint.nobodyForges(), counted::add);

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    @Tag("S0.7")
    @Tag("S1.1")
    void knowsTheUserOfACookie() {
        Outcome outcome = handshake(COOKIE, NONE, List.of(APP));
        assertEquals(
                "ana", assertInstanceOf(Outcome.Known.class, outcome).identity().user());
    }

    @Test
    @Tag("H2")
    @Tag("SEC2")
    void refusesCookieWithoutOriginButNotBearer() {
        assertEquals(refused(Refusal.ORIGIN), handshake(COOKIE, NONE, NONE));
        assertInstanceOf(Outcome.Known.class, handshake(NONE, BEARER, NONE));
        assertEquals(403, Refusal.ORIGIN.status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "null", "http://app.example.com", "https://sib.example.com"})
    @Tag("H3")
    @Tag("SEC3")
    void refusesWrongOriginWhateverComesWithIt(String origin) {
        assertEquals(refused(Refusal.ORIGIN), handshake(COOKIE, NONE, List.of(origin)));
        assertEquals(refused(Refusal.ORIGIN), handshake(NONE, BEARER, List.of(origin)));
        assertEquals(refused(Refusal.ORIGIN), handshake(NONE, NONE, List.of(origin)));
        assertEquals(refused(Refusal.ORIGIN), handshake(COOKIE, NONE, List.of(APP, origin)));
    }

    @Test
    @Tag("S0.10")
    @Tag("S0.11")
    @Tag("S0.12")
    @Tag("S1.2")
    void checksInTheOrderOfTheDocument() {
        assertEquals(refused(Refusal.NOT_AUTHENTICATED), handshake(NONE, NONE, List.of(APP)));
        assertEquals(refused(Refusal.NOT_AUTHENTICATED), handshake(NONE, NONE, NONE));
        assertEquals(refused(Refusal.NO_TOKEN), handshake(List.of("csrftoken=" + TOKEN), NONE, List.of(APP)));
        assertEquals(refused(Refusal.TOKEN_INVALID), handshake(List.of("token=x"), NONE, List.of(APP)));
        assertEquals(refused(Refusal.AMBIGUOUS), handshake(List.of("token=x;token=y"), NONE, List.of(APP)));
    }

    @Test
    @Tag("SEC35")
    void answersAllFailuresAlikeAndCountsTheReason() {
        String expired = TokenMint.token("ana", Role.USER, AuthRig.NOW.minus(Duration.ofHours(1)));
        String forged = TOKEN.substring(0, TOKEN.length() - 2);

        assertEquals(refused(Refusal.TOKEN_INVALID), handshake(List.of("token=" + expired), NONE, List.of(APP)));
        assertEquals(refused(Refusal.TOKEN_INVALID), handshake(List.of("token=" + forged), NONE, List.of(APP)));
        assertEquals(401, Refusal.TOKEN_INVALID.status());
        assertEquals("Token inválido", Refusal.TOKEN_INVALID.text());
        assertEquals(Reason.EXPIRED, counted.get(0));
        assertEquals(2, counted.size());
    }

    @Test
    void asksNoOriginOfRequestsThatOnlyRead() {
        assertInstanceOf(Outcome.Known.class, authenticator.authenticate(new Headers(COOKIE, NONE, NONE, NONE), ""));
    }

    private Outcome handshake(List<String> cookie, List<String> authorization, List<String> origin) {
        return authenticator.authenticateWithOrigin(new Headers(cookie, authorization, NONE, origin), "");
    }

    private static Outcome refused(Refusal refusal) {
        return new Outcome.Refused(refusal);
    }
}
