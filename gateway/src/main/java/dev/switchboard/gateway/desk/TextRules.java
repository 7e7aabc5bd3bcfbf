package dev.switchboard.gateway.desk;

import dev.switchboard.proto.v1.RefusalCode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a message may consist of. Stored byte for byte as accepted: only CRLF becomes LF.
 *
 * @param codePointsMax beyond it TOO_LONG
 * @param bytesMax of UTF-8; beyond it TOO_LONG
 */
public record TextRules(int codePointsMax, int bytesMax) {

    /** The text to store. */
    public static String normalized(String text) {
        return text.indexOf('\r') < 0 ? text : text.replace("\r\n", "\n");
    }

    /** Why this (normalized) text is refused; empty if it is not. */
    public Optional<RefusalCode> problem(String text) {
        if (text.codePoints().allMatch(TextRules::isBlank)) {
            return Optional.of(RefusalCode.EMPTY);
        }
        if (text.codePointCount(0, text.length()) > codePointsMax || bytesBeyondMax(text)) {
            return Optional.of(RefusalCode.TOO_LONG);
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < ' ' && c != '\t' && c != '\n') || isLoneSurrogate(text, i)) {
                return Optional.of(RefusalCode.INVALID_TEXT);
            }
        }
        return Optional.empty();
    }

    /** Also what keeps words together, which Java does not call white space; a page shows nothing for either. */
    private static boolean isBlank(int codePoint) {
        return Character.isSpaceChar(codePoint) || codePoint == '\t' || codePoint == '\n' || codePoint == '\r';
    }

    private boolean bytesBeyondMax(String text) {
        // A char has at most 3 bytes (a pair has 4), so short texts need no encoding to know.
        return text.length() * 3 > bytesMax && text.getBytes(StandardCharsets.UTF_8).length > bytesMax;
    }

    /** JSON can carry half a character; UTF-8 can't. */
    private static boolean isLoneSurrogate(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
