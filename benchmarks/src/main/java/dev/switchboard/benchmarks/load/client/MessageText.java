package dev.switchboard.benchmarks.load.client;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a user says: each text names its user and its number and has the wanted length, so that any other text in its place is
 * noticed. Confined to one thread.
 */
public final class MessageText {
    /** Bytes below which there is no room for user and number. */
    public static final int BYTES_MIN = 32;

    /** What a gateway takes by default. */
    public static final int BYTES_MAX = 4_000;

    private static final int NUMBER_DIGITS = 16;
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final byte[] expected;

    public MessageText(int user, int length) {
        expected = template(user, length);
    }

    /** True if this is the text of the message with that number. */
    public boolean matches(long number, byte[] bytes, int from, int to) {
        number(expected, 0, number);
        return Arrays.equals(expected, 0, expected.length, bytes, from, to);
    }

    /** The text with number 0. */
    static byte[] template(int user, int length) {
        byte[] text = new byte[length];
        number(text, 0, 0);
        byte[] name = " user %d says: ".formatted(user).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(name, 0, text, NUMBER_DIGITS, Math.min(name.length, length - NUMBER_DIGITS));
        for (int i = NUMBER_DIGITS + name.length; i < length; i++) {
            text[i] = (byte) ('a' + (user * 31 + i * 7) % 26);
        }
        return text;
    }

    /** Writes a number into a text that begins there. */
    static void number(byte[] bytes, int textFrom, long number) {
        long rest = number;
        for (int i = textFrom + NUMBER_DIGITS - 1; i >= textFrom; i--) {
            bytes[i] = DIGITS[(int) (rest & 15)];
            rest >>>= 4;
        }
    }
}
