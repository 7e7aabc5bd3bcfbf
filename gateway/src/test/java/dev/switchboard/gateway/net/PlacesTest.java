package dev.switchboard.gateway.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Connections and the files there are for them. */
class PlacesTest {
    @Test
    void takesWhatIsWantedIfThereAreFilesForIt() {
        assertEquals(new Places(19_000, 1_000), Places.within(19_000, 20_000));
    }

    @Test
    void takesFewerIfFilesAreFew() {
        assertEquals(new Places(18_999, 1_000), Places.within(19_000, 19_999));
        assertEquals(new Places(900, 100), Places.within(19_000, 1_000));
        assertEquals(new Places(135, 15), Places.within(19_000, 150));
    }

    @Test
    void leavesFewerBeforeTheirHandshakeRatherThanConnections() {
        assertEquals(new Places(50, 15), Places.within(50, 150));
    }

    @Test
    void takesOneAtLeast() {
        assertEquals(new Places(1, 1), Places.within(19_000, -20));
    }
}
