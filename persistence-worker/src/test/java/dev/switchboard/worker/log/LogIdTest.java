package dev.switchboard.worker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LogIdTest {
    @Test
    void readsAndWritesUnsignedNumbers() {
        for (String text : new String[] {"0-0", "1700000000000-7", "18446744073709551615-18446744073709551615"}) {
            assertEquals(text, LogId.parse(text).toString());
        }
        assertThrows(IllegalArgumentException.class, () -> LogId.parse("17"));
        assertThrows(IllegalArgumentException.class, () -> LogId.parse("-1"));
    }

    @Test
    void theNextIsTheLowestAbove() {
        assertEquals("5-8", LogId.parse("5-7").next().toString());
        assertEquals("6-0", LogId.parse("5-18446744073709551615").next().toString());
        assertTrue(LogId.parse("5-18446744073709551615").compareTo(LogId.parse("6-0")) < 0);
    }
}
