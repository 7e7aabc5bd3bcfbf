package dev.switchboard.benchmarks.proof.link;

import java.nio.charset.StandardCharsets;

/** Looks for a text in a stream of bytes; upper and lower case of ASCII letters are the same. One thread. */
final class StreamSearch {
    private final byte[] text;
    /** For each count of matched bytes, how many still match when the next one doesn't (Knuth, Morris, Pratt). */
    private final int[] fallback;

    private int matched;

    StreamSearch(String text) {
        this.text = text.getBytes(StandardCharsets.UTF_8);
        if (this.text.length == 0) {
            throw new IllegalArgumentException("an empty text is everywhere");
        }
        for (int i = 0; i < this.text.length; i++) {
            this.text[i] = upper(this.text[i]);
        }
        this.fallback = fallback(this.text);
    }

    /** The next byte of the stream; true if the text ends with it. */
    boolean endsWith(byte letter) {
        byte next = upper(letter);
        while (matched > 0 && text[matched] != next) {
            matched = fallback[matched - 1];
        }
        if (text[matched] == next) {
            matched++;
        }
        if (matched < text.length) {
            return false;
        }
        matched = 0;
        return true;
    }

    private static int[] fallback(byte[] text) {
        int[] fallback = new int[text.length];
        int length = 0;
        for (int i = 1; i < text.length; i++) {
            while (length > 0 && text[i] != text[length]) {
                length = fallback[length - 1];
            }
            if (text[i] == text[length]) {
                length++;
            }
            fallback[i] = length;
        }
        return fallback;
    }

    private static byte upper(byte letter) {
        return letter >= 'a' && letter <= 'z' ? (byte) (letter - 'a' + 'A') : letter;
    }
}
