package dev.switchboard.local.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.settings.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SignInServerTest {
    private static final int ANSWER_MILLIS_MAX = 5_000;
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final DemoTokens tokens = new DemoTokens(
            new Secret("0123456789abcdef0123456789abcdef"), Duration.ofHours(12), Clock.fixed(NOW, ZoneOffset.UTC));

    @SuppressWarnings("NullAway.Init")
    private SignInServer server;

    @BeforeEach
    void start() throws IOException {
        server = SignInServer.start(0, List.of(URI.create("http://localhost:8080")), tokens);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    @Tag("SEC4")
    void signsInWithACookieThatScriptsCannotRead() throws IOException {
        String answer = ask("POST /sign-in", ownOrigin(), "user=ana");

        assertTrue(answer.startsWith("HTTP/1.1 303"), answer);
        String cookie = header(answer, "Set-cookie");
        assertTrue(cookie.endsWith("; Path=/; Max-Age=43200; Secure; HttpOnly; SameSite=Lax"), cookie);
        String token = cookie.substring((SignInServer.COOKIE + "=").length(), cookie.indexOf(';'));
        DemoTokens.SignedIn signedIn = tokens.verify(token).orElseThrow();
        assertEquals(DemoUser.ANA, signedIn.user());
        assertEquals(NOW.plus(Duration.ofHours(12)), signedIn.until());
    }

    @Test
    void showsWhoIsSignedIn() throws IOException {
        String page = ask("GET /", "Cookie: theme=dark; __Host-chat=" + tokens.issue(DemoUser.SOFIA) + "\r\n", "");

        assertTrue(page.contains("Signed in as <strong>Sofía Paz</strong>"), page);
        assertTrue(page.contains("token?user=sofia"), page);
        assertFalse(page.contains("{{"), page);
    }

    @Test
    void takesNobodyForSignedInWithAForgedToken() throws IOException {
        String forged = new DemoTokens(
                        new Secret("another secret, which is long enough"), Duration.ofHours(1), Clock.systemUTC())
                .issue(DemoUser.ADMIN);

        String page = ask("GET /", "Cookie: __Host-chat=" + forged + "\r\n", "");

        assertTrue(page.contains("Nobody is signed in."), page);
    }

    @Test
    void givesATokenToTheTerminal() throws IOException {
        String answer = ask("GET /token?user=marta", "", "");

        assertTrue(answer.contains("Content-type: text/plain; charset=utf-8"), answer);
        String token = answer.substring(answer.indexOf("\r\n\r\n")).strip();
        assertEquals(DemoUser.MARTA, tokens.verify(token).orElseThrow().user());
        assertTrue(ask("GET /token?user=root", "", "").startsWith("HTTP/1.1 404"));
        assertTrue(ask("GET /token", "", "").startsWith("HTTP/1.1 404"));
    }

    @Test
    void answersToNoForeignNameAndNoForeignForm() throws IOException {
        String rebound = exchange("GET /token?user=admin HTTP/1.1\r\nHost: evil.example:" + server.port() + "\r\n\r\n");
        assertTrue(rebound.startsWith("HTTP/1.1 421"), rebound);

        String foreign = ask("POST /sign-in", "Origin: http://evil.example\r\n", "user=admin");
        assertTrue(foreign.startsWith("HTTP/1.1 400"), foreign);
        assertFalse(foreign.contains("Set-cookie"), foreign);
    }

    @Test
    void loadsNothingFromElsewhereAndRunsNoScript() throws IOException {
        String page = ask("GET /", "", "");

        assertEquals(
                "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:8080 http://localhost:8080;"
                        + " base-uri 'none'; frame-ancestors 'none'",
                header(page, "Content-security-policy"));
        assertEquals("same-origin", header(page, "Referrer-policy"));
        assertFalse(page.contains("<script") || page.contains(" style="), page);
        assertTrue(ask("GET /sign-in.css", "", "").contains("prefers-color-scheme: dark"));
    }

    @Test
    void signsOut() throws IOException {
        String answer = ask("POST /sign-out", ownOrigin(), "sign-out=yes");

        assertEquals("__Host-chat=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax", header(answer, "Set-cookie"));
    }

    @Test
    void signsNobodyOutForAnotherSite() throws IOException {
        String cookie = "Cookie: __Host-chat=" + tokens.issue(DemoUser.ANA) + "\r\n";

        String answer = ask("POST /sign-out", cookie + "Origin: http://evil.example\r\n", "sign-out=yes");

        assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
        assertFalse(answer.contains("Set-cookie"), answer);
        assertTrue(ask("GET /", cookie, "").contains("Signed in as"));
    }

    @Test
    @Tag("SEC6")
    void issuesANewTokenAtEachSignInAndEndsTheOneBefore() throws IOException {
        String planted = tokens.issue(DemoUser.ANA);
        String headers = ownOrigin() + "Cookie: __Host-chat=" + planted + "\r\n";

        String cookie = header(ask("POST /sign-in", headers, "user=ana"), "Set-cookie");

        assertFalse(cookie.contains(planted), cookie);
        assertTrue(ask("GET /", "Cookie: __Host-chat=" + planted + "\r\n", "").contains("Nobody is signed in."));
        String token = cookie.substring(0, cookie.indexOf(';'));
        assertTrue(ask("GET /", "Cookie: " + token + "\r\n", "").contains("Signed in as"));
    }

    @Test
    @Tag("SEC6")
    void signsNobodyInForAnotherSite() throws IOException {
        for (String headers : List.of(
                "",
                "Origin: null\r\n",
                "Origin: http://localhost:8080\r\n",
                ownOrigin() + "Sec-Fetch-Site: cross-site\r\n")) {
            String answer = ask("POST /sign-in", headers, "user=admin");
            assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
            assertFalse(answer.contains("Set-cookie"), answer);
        }
    }

    @Test
    void leadsBackToItsOwnGatewaysOnly() throws IOException {
        assertEquals(
                "http://localhost:8080/soporte?lang=en",
                returned("http%3A%2F%2Flocalhost%3A8080%2Fsoporte%3Flang%3Den"));
        for (String foreign : List.of(
                "http%3A%2F%2Fevil.example%2F",
                "http%3A%2F%2Flocalhost%3A8080%40evil.example%2F",
                "http%3A%2F%2Fx%40localhost%3A8080%2F",
                "http%3A%2F%2Flocalhost%3A8081%2F",
                "%2F%2Fevil.example",
                "javascript%3Aalert(1)",
                "http%3A%2F%2Flocalhost%3A8080%2F%0D%0ASet-Cookie%3A+a%3Db")) {
            assertEquals("/", returned(foreign), foreign);
        }
    }

    @Test
    void showsThePageUnderTheNameThatTheCookieIsNeededFor() throws IOException {
        String answer = ask("GET /?return=http%3A%2F%2F127.0.0.1%3A8080%2Fsoporte", "", "");

        assertEquals(
                "http://127.0.0.1:" + server.port() + "/?return=http%3A%2F%2F127.0.0.1%3A8080%2Fsoporte",
                header(answer, "Location"));
    }

    private String returned(String address) throws IOException {
        return header(ask("POST /sign-in", ownOrigin(), "user=ana&return=" + address), "Location");
    }

    private String ownOrigin() {
        return "Origin: http://localhost:" + server.port() + "\r\n";
    }

    private String ask(String request, String headers, String body) throws IOException {
        return exchange("%s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s"
                .formatted(request, server.port(), body.length(), headers, body));
    }

    private String exchange(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(ANSWER_MILLIS_MAX);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String header(String answer, String name) {
        return answer.lines()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElse("");
    }
}
