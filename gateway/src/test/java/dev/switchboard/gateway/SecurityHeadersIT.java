package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.TestSocket.Answer;
import dev.switchboard.gateway.api.http.Routes;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What every answer says to a browser, whatever was asked. */
@ExtendWith(LeakCheck.class)
class SecurityHeadersIT {
    @RegisterExtension
    static final OneGateway one = OneGateway.plain();

    /** Every route with and without rights, and what is no route. */
    private static Set<List<String>> requests() {
        Set<List<String>> requests = new LinkedHashSet<>();
        String type = "Content-Type: application/json";
        one.gateway().routes().forEach(route -> {
            String line = route.method() + " " + route.template().replaceAll("\\{[a-z]+}", "00000001") + " HTTP/1.1";
            requests.add(List.of(line, "Host: a", type));
            requests.add(List.of(line, "Host: a", type, "Authorization: Bearer " + GatewayRig.token("ana")));
            requests.add(List.of(line, "Host: a", type, "Authorization: Bearer " + GatewayRig.adminToken("eva")));
            requests.add(List.of("BREW" + line.substring(line.indexOf(' ')), "Host: a"));
        });
        requests.add(List.of("GET /nothing HTTP/1.1", "Host: a"));
        requests.add(List.of("GET /ws HTTP/1.1", "Host: a"));
        requests.add(List.of("GET /ws HTTP/1.1", "Host : a"));
        return requests;
    }

    @Test
    @Tag("SEC27")
    @Tag("SEC44")
    void everyAnswerCarriesThem() throws IOException {
        for (List<String> lines : requests()) {
            Answer answer = TestSocket.ask(one.port(), lines);
            String about = lines + " " + answer.head();
            assertEquals("nosniff", answer.header("X-Content-Type-Options").orElse(""), about);
            assertEquals("DENY", answer.header("X-Frame-Options").orElse(""), about);
            assertTrue(answer.header("X-Request-Id").orElse("").length() >= 16, about);
            assertTrue(
                    Set.of("no-referrer", "same-origin")
                            .contains(answer.header("Referrer-Policy").orElse("")),
                    about);
            String policy = answer.header("Content-Security-Policy").orElse("");
            assertTrue(policy.startsWith("default-src 'none'; "), about);
            assertTrue(policy.contains("frame-ancestors 'none'"), about);
            assertTrue(policy.contains("base-uri 'none'"), about);
            assertFalse(policy.contains("unsafe") || policy.contains("*"), about);
            assertTrue(answer.header("Server").isEmpty(), about);
        }
    }

    @Test
    @Tag("SEC27")
    void noStoredCopyOfWhatIsSomebodys() throws IOException {
        List<String> served =
                one.gateway().routes().stream().map(Routes.Route::template).toList();
        for (String path : List.of("/api/v1/session", "/soporte")) {
            if (!served.contains(path)) {
                continue; // Built without the web part.
            }
            Answer answer = TestSocket.ask(
                    one.port(),
                    List.of(
                            "GET " + path + " HTTP/1.1",
                            "Host: a",
                            "Authorization: Bearer " + GatewayRig.token("ana")));
            assertEquals(200, answer.status());
            assertEquals("no-store", answer.header("Cache-Control").orElse(""));
        }
    }
}
