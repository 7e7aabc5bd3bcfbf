package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("SEC2")
class OriginsTest {
    private final Origins origins =
            Origins.of(List.of("https://app.example.com", "http://localhost:3000", "https://[::1]:8443"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://app.example.com", "https://app.example.com:443", "https://APP.Example.COM",
                "HTTPS://app.example.com", "http://localhost:3000", "https://[::1]:8443"
            })
    void allowsListedOrigins(String origin) {
        assertTrue(origins.check(origin));
    }

    @Test
    @Tag("H2")
    void refusesAbsentOrigin() {
        assertFalse(origins.check(null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "null",
                "",
                "http://app.example.com",
                "https://app.example.com:8443",
                "https://app.example.com:80",
                "http://app.example.com:443",
                "http://localhost",
                "http://localhost:3001",
                "file://",
                "wss://app.example.com"
            })
    @Tag("H3")
    void refusesOtherOrigins(String origin) {
        assertFalse(origins.check(origin));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://app.example.com.evil.com",
                "https://evilapp.example.com",
                "https://app.example.com.",
                "https://user@app.example.com",
                "https://app.example.com@evil.com",
                "https://user:pw@app.example.com",
                "https://app.example.com/",
                "https://app.example.com/x",
                "https://app.example.com?x",
                "https://app.example.com#x",
                "https://app.example.com\\.evil.com",
                "https://app.example.com%2eevil.com",
                "https://app.example.com:0443",
                "https://app.example.com:",
                "https://app.example.com:99999",
                "https://app.example.com https://evil.example",
                " https://app.example.com",
                "https://app.example.com\n",
                "https:app.example.com",
                "//app.example.com",
                "app.example.com",
                "https://app-example.com",
                "https://appXexample.com",
                "https://\u0430pp.example.com",
                "https://*.example.com"
            })
    @Tag("H4")
    void refusesTricks(String origin) {
        assertFalse(origins.check(origin));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://example.com", "https://shop.example.com", "https://x.app.example.com"})
    @Tag("SEC3")
    void refusesSiblings(String origin) {
        assertFalse(origins.check(origin));
    }

    @Test
    void refusesAllWhenTheListIsEmpty() {
        assertFalse(Origins.of(List.of()).check("https://app.example.com"));
        assertFalse(Origins.of(List.of()).check(null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "null", "https://*.example.com", "app.example.com", "https://app.example.com/"})
    void refusesToListWhatIsNoOrigin(String origin) {
        assertThrows(IllegalArgumentException.class, () -> Origins.of(List.of(origin)));
    }
}
