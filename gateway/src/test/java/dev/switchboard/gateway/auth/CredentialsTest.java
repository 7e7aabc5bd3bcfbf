package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.switchboard.gateway.auth.Credentials.Headers;
import dev.switchboard.gateway.auth.Credentials.Lacking;
import dev.switchboard.gateway.auth.Credentials.Presented;
import dev.switchboard.gateway.auth.Credentials.Source;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {
    private static final List<String> NONE = List.of();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "token=a.b.c",
                "x=1; token=a.b.c",
                "token=a.b.c; x=1",
                "csrftoken=no;token=a.b.c",
                "token=\"a.b.c\"",
                "  token = a.b.c ",
                "Token=no; token=a.b.c; TOKEN=no",
                "xtoken=no; token=a.b.c; token2=no; token;"
            })
    @Tag("S0.7")
    void findsCookieByItsExactName(String cookie) {
        assertEquals(new Presented("a.b.c", Source.COOKIE), cookie(cookie));
    }

    @Test
    @Tag("S0.10")
    @Tag("S1.2")
    @Tag("H1")
    void tellsThatThereAreNoCookies() {
        assertEquals(new Lacking(Refusal.NOT_AUTHENTICATED), find(NONE, NONE, NONE));
        assertEquals(new Lacking(Refusal.NOT_AUTHENTICATED), cookie(" "));
        assertEquals("No autenticado", Refusal.NOT_AUTHENTICATED.text());
        assertEquals(401, Refusal.NOT_AUTHENTICATED.status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"csrftoken=a.b.c", "x=1", "token", "token=", "token=; x=1", "x=token=a", "Token=a", ";"})
    @Tag("S0.11")
    @Tag("S1.2")
    void tellsThatTheCookiesHoldNoToken(String cookie) {
        assertEquals(new Lacking(Refusal.NO_TOKEN), cookie(cookie));
        assertEquals("Token no proporcionado", Refusal.NO_TOKEN.text());
    }

    @Test
    @Tag("H14")
    void refusesTwoCookiesOfTheName() {
        assertEquals(new Lacking(Refusal.AMBIGUOUS), cookie("token=a; token=b"));
        assertEquals(new Lacking(Refusal.AMBIGUOUS), cookie("token=a; x=1; token=a"));
        assertEquals(new Lacking(Refusal.AMBIGUOUS), find(List.of("token=a", "token=b"), NONE, NONE));
        assertEquals(new Lacking(Refusal.AMBIGUOUS), find(List.of("token=a; token=b"), List.of("Bearer c"), NONE));
        assertEquals(400, Refusal.AMBIGUOUS.status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c "})
    @Tag("SEC7")
    void findsBearer(String authorization) {
        assertEquals(new Presented("a.b.c", Source.AUTHORIZATION), find(NONE, List.of(authorization), NONE));
    }

    @Test
    @Tag("SEC7")
    void prefersExplicitTokenToCookie() {
        assertEquals(
                new Presented("a.b.c", Source.AUTHORIZATION),
                find(List.of("token=d.e.f"), List.of("Bearer a.b.c"), NONE));
        assertEquals(
                new Presented("a.b.c", Source.SUBPROTOCOL),
                find(List.of("token=d.e.f"), NONE, List.of("base64url.bearer.switchboard.a.b.c")));
    }

    @Test
    void ignoresOtherSchemes() {
        assertEquals(new Lacking(Refusal.NOT_AUTHENTICATED), find(NONE, List.of("Basic YTpi"), NONE));
        assertEquals(new Lacking(Refusal.NOT_AUTHENTICATED), find(NONE, List.of("Bearertoken"), NONE));
        assertEquals(new Presented("a", Source.COOKIE), find(List.of("token=a"), List.of("Basic YTpi"), NONE));
        assertEquals(new Lacking(Refusal.NO_TOKEN), find(NONE, List.of("Bearer "), NONE));
    }

    @Test
    @Tag("SEC7")
    void findsTokenAmongSubprotocols() {
        String encoded = TokenMint.base64("a.b.c");
        for (String carried : List.of("a.b.c", encoded)) {
            List<String> offered = List.of("switchboard.v1, base64url.bearer.switchboard." + carried);
            assertEquals(new Presented("a.b.c", Source.SUBPROTOCOL), find(NONE, NONE, offered));
            assertEquals(List.of("switchboard.v1"), Credentials.realSubprotocols(offered));
        }
        assertEquals(
                new Presented("%", Source.SUBPROTOCOL), find(NONE, NONE, List.of("base64url.bearer.switchboard.%")));
    }

    @Test
    @Tag("SEC7")
    void refusesTwoExplicitTokens() {
        String carried = "base64url.bearer.switchboard.a.b.c";
        assertEquals(new Lacking(Refusal.AMBIGUOUS), find(NONE, List.of("Bearer a", "Bearer b"), NONE));
        assertEquals(new Lacking(Refusal.AMBIGUOUS), find(NONE, List.of("Bearer a"), List.of(carried)));
        assertEquals(new Lacking(Refusal.AMBIGUOUS), find(NONE, NONE, List.of(carried, carried)));
    }

    @Test
    @Tag("SEC33")
    void showsNoTokenInText() {
        Headers headers = new Headers(List.of("token=a.b.c"), List.of("Bearer a.b.c"), NONE, NONE);
        assertFalse(headers.toString().contains("a.b.c"));
        assertFalse(new Presented("a.b.c", Source.COOKIE).toString().contains("a.b.c"));
    }

    private static Credentials cookie(String header) {
        return find(List.of(header), NONE, NONE);
    }

    private static Credentials find(List<String> cookie, List<String> authorization, List<String> subprotocol) {
        return Credentials.find(new Headers(cookie, authorization, subprotocol, NONE), "token");
    }
}
