package dev.switchboard.gateway.api.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request line says. */
class RoutesTest {
    private static final Endpoint NOTHING = call -> CompletableFuture.completedFuture(HttpReply.empty(204));

    private final Routes routes = new Routes()
            .get("/api/x", Access.OPEN, NOTHING)
            .get("/api/x/{id}/messages", Access.OPEN, NOTHING)
            .post("/api/x", Access.AUTHENTICATED, NOTHING);

    @Test
    void aValueIsDecodedOnce() {
        Routes.Match match = routes.match("GET", "/api/x/a%20b%2Bc+%25C3%c3%b1/messages");
        assertEquals(
                Map.of("id", "a b+c+%C3ñ"),
                assertInstanceOf(Routes.Match.Found.class, match).pathValues());
    }

    @Test
    void aMethodIsPartOfTheRoute() {
        Routes.Match match = routes.match("DELETE", "/api/x");
        assertEquals(
                Set.of("GET", "HEAD", "POST"),
                assertInstanceOf(Routes.Match.OtherMethods.class, match).methods());
        assertInstanceOf(Routes.Match.Found.class, routes.match("HEAD", "/api/x"));
        assertInstanceOf(Routes.Match.None.class, routes.match("GET", "/api/x/"));
        assertInstanceOf(Routes.Match.None.class, routes.match("GET", "/api/x//messages"));
        assertThrows(IllegalArgumentException.class, () -> routes.get("/api/x", Access.OPEN, NOTHING));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                ".",
                "%2e%2e",
                "%2e%2e%2f",
                "%2f",
                "%5c",
                "%00",
                "%0d%0a",
                "%7f",
                "%c0%af",
                "%c0%80",
                "%ed%a0%80",
                "%f5%80%80%80",
                "%e2%82",
                "%",
                "%1",
                "%g1",
                "%-1",
                "%u0041",
                "ñ",
                "a b",
                "%c2%85"
            })
    @Tag("R7")
    void aValueThatIsNoPlainTextIsRefused(String raw) {
        assertThrows(Declined.class, () -> routes.match("GET", "/api/x/" + raw + "/messages"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "abc",
                "1000000000",
                "101",
                "",
                "+5",
                "05",
                "5.0",
                "5e1",
                "0x5",
                " 5",
                "99999999999999999999",
                "٥"
            })
    @Tag("R5")
    void aNumberIsANumberWithinItsBounds(String value) {
        Query query =
                Query.parse("limit=" + java.net.URLEncoder.encode(value, java.nio.charset.StandardCharsets.UTF_8));
        assertThrows(Declined.class, () -> query.number("limit", 50, 1, 100));
    }

    @Test
    @Tag("R5")
    void theQueryIsReadOnce() {
        Query query = Query.parse("limit=7&con=jos%C3%A9+p%C3%A9rez%2B&empty=");
        assertEquals(7, query.number("limit", 50, 1, 100));
        assertEquals(50, query.number("other", 50, 1, 100));
        assertEquals(Optional.of("josé pérez+"), query.text("con"));
        assertEquals(Optional.of(""), query.text("empty"));
        query.only("limit", "con", "empty");
        assertThrows(Declined.class, () -> query.only("limit", "con"));
        for (String raw : new String[] {"a=1&a=2", "a=1&&b=2", "=1", "a=%zz", "a=%00", "a=1&".repeat(20)}) {
            assertThrows(Declined.class, () -> Query.parse(raw), raw);
        }
    }
}
