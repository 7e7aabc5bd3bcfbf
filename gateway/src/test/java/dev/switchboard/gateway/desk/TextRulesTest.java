package dev.switchboard.gateway.desk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.proto.v1.RefusalCode;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextRulesTest {
    private static final TextRules RULES = new TextRules(4_000, 16 * 1024);

    private static Optional<RefusalCode> problem(String text) {
        return RULES.problem(TextRules.normalized(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t\n\r\n", "\u00a0", "\u3000 \u2003"})
    @Tag("P9")
    void nothingToSeeIsEmpty(String text) {
        assertEquals(Optional.of(RefusalCode.EMPTY), problem(text));
    }

    @Test
    @Tag("P9")
    void countsCodePointsNotChars() {
        assertEquals(Optional.empty(), problem("a".repeat(4_000)));
        assertEquals(Optional.of(RefusalCode.TOO_LONG), problem("a".repeat(4_001)));
        assertEquals(Optional.empty(), problem("😀".repeat(4_000)));
        assertEquals(Optional.of(RefusalCode.TOO_LONG), problem("😀".repeat(4_001)));
        assertEquals(Optional.of(RefusalCode.TOO_LONG), new TextRules(4_000, 100).problem("ñ".repeat(51)));
        assertEquals(Optional.empty(), new TextRules(4_000, 100).problem("ñ".repeat(50)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a\u0000b", "a\u0001", "\u001bfoo", "a\rb", "a\u001f", "\u001f", "half \ud83d", "\ude00 half"})
    @Tag("P10")
    void controlCharactersAreInvalid(String text) {
        assertEquals(Optional.of(RefusalCode.INVALID_TEXT), problem(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\tb\nc", "👩‍👩‍👧‍👦", "é", "\u202eabc\u202c", "\u200fשלום", "a\u200db"})
    @Tag("P10")
    void everythingElseIsText(String text) {
        assertEquals(Optional.empty(), problem(text));
        assertEquals(text, TextRules.normalized(text));
    }

    @Test
    @Tag("P10")
    void linesEndOneWay() {
        assertEquals("a\nb\n", TextRules.normalized("a\r\nb\r\n"));
    }
}
