package dev.switchboard.gateway.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class OpaqueCursorTest {
    private static Optional<Long> number(ByteBuffer bytes) {
        return Optional.of(bytes.getLong());
    }

    @Test
    void comesBackAsItWasWritten() {
        String cursor = OpaqueCursor.write("list", bytes -> bytes.putLong(42));
        assertEquals(Optional.of(42L), OpaqueCursor.read("list", cursor, OpaqueCursorTest::number));
    }

    @Test
    @Tag("R5")
    void isNoneOnceAnythingOfItIsAnother() {
        String cursor = OpaqueCursor.write("list", bytes -> bytes.putLong(42));
        assertEquals(Optional.empty(), OpaqueCursor.read("other list", cursor, OpaqueCursorTest::number));
        for (int i = 0; i < cursor.length(); i++) {
            for (char other : "AZaz09-_=+ é".toCharArray()) {
                if (other != cursor.charAt(i)) {
                    String altered = cursor.substring(0, i) + other + cursor.substring(i + 1);
                    assertEquals(
                            Optional.empty(), OpaqueCursor.read("list", altered, OpaqueCursorTest::number), altered);
                }
            }
        }
        for (String text :
                new String[] {"", "A", cursor.substring(1), cursor + "A", cursor + "=", "A".repeat(10_000)}) {
            assertEquals(Optional.empty(), OpaqueCursor.read("list", text, OpaqueCursorTest::number), text);
        }
    }

    @Test
    void isNoneWhereItsContentIsTooShortOrTooLong() {
        String shorter = OpaqueCursor.write("list", bytes -> bytes.putInt(42));
        String longer = OpaqueCursor.write("list", bytes -> bytes.putLong(42).putInt(1));
        assertEquals(Optional.empty(), OpaqueCursor.read("list", shorter, OpaqueCursorTest::number));
        assertEquals(Optional.empty(), OpaqueCursor.read("list", longer, OpaqueCursorTest::number));
    }
}
