package dev.switchboard.gateway.api.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Percent-encoding, read once and strictly: two digits behind every percent sign, UTF-8 in its shortest form, no control
 * characters. Pure functions; what can't be read is {@link Declined} as 400.
 */
final class PercentText {
    private PercentText() {}

    /** A segment of a path. What it holds can't be taken for another path. */
    static String segment(String raw) {
        String text = decoded(raw, false);
        if (text.equals(".") || text.equals("..") || text.indexOf('/') >= 0 || text.indexOf('\\') >= 0) {
            throw unreadable();
        }
        return text;
    }

    /** A name or a value in a query, where a plus sign is a blank. */
    static String parameter(String raw) {
        return decoded(raw, true);
    }

    private static String decoded(String raw, boolean plusIsBlank) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                if (i + 2 >= raw.length()) {
                    throw unreadable();
                }
                bytes.write(digit(raw.charAt(i + 1)) << 4 | digit(raw.charAt(i + 2)));
                i += 2;
            } else if (c <= ' ' || c >= 0x7F) {
                throw unreadable();
            } else {
                bytes.write(plusIsBlank && c == '+' ? ' ' : c);
            }
        }
        String text = utf8(bytes.toByteArray());
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw unreadable();
        }
        return text;
    }

    private static int digit(char c) {
        int digit = c < 0x80 ? Character.digit(c, 16) : -1;
        if (digit < 0) {
            throw unreadable();
        }
        return digit;
    }

    private static String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw unreadable();
        }
    }

    private static Declined unreadable() {
        return Declined.badRequest("The address can't be read");
    }
}
