package dev.switchboard.benchmarks.proof.fleet.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TextsTest {
    private static final int MIN = 20;
    private static final int MAX = 2_000;

    private final Texts texts = new Texts(9, MIN, MAX);

    @Test
    void textsHaveAllLengthsAndEmoji() {
        int shortest = MAX;
        int longest = MIN;
        boolean emoji = false;
        for (int number = 0; number < 2_000; number++) {
            String text = texts.text(number);
            int bytes = text.getBytes(StandardCharsets.UTF_8).length;
            shortest = Math.min(shortest, bytes);
            longest = Math.max(longest, bytes);
            emoji |= text.contains("👩‍💻");
            assertFalse(text.isBlank());
        }
        assertTrue(emoji);
        assertTrue(shortest >= MIN && shortest < MIN + 20, "shortest " + shortest);
        assertTrue(longest <= MAX && longest > MAX - 20, "longest " + longest);
    }

    @Test
    void aNumberIsOneText() {
        assertEquals(texts.text(17), new Texts(9, MIN, MAX).text(17));
        assertNotEquals(texts.text(17), texts.text(18));
        assertNotEquals(texts.text(17), new Texts(10, MIN, MAX).text(17));
    }

    @Test
    void anotherTextIsNoticedAndStrangersAreLeftAlone() {
        Letters letters = new Letters(texts, 9, 1_800_000_000_000L);
        String text = letters.text(5);
        assertTrue(letters.matches(letters.id(5), text));
        assertFalse(letters.matches(letters.id(5), text + " "));
        assertFalse(letters.matches(letters.id(6), text), "never said");
        assertTrue(letters.matches(new UUID(1, 2), "whatever"));
        assertEquals(5, letters.number(letters.id(5)));
        assertEquals(-1, letters.number(new UUID(1, 2)));
        assertEquals(7, letters.id(5).version());
        assertEquals(2, letters.id(5).variant());
    }
}
