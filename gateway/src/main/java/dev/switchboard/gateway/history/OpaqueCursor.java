package dev.switchboard.gateway.history;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Where a list goes on, as a text that clients hand back as it is. It carries a sum over its bytes and over what it is for: an
 * altered one, or one of another list, is refused. It grants nothing; whoever hands it back is asked who they are again. Any thread.
 */
public final class OpaqueCursor {
    /** Longer ones are not looked at. */
    private static final int TEXT_MAX = 200;

    private static final int SUM_BYTES = 8;
    private static final int CONTENT_BYTES_MAX = 64;

    private OpaqueCursor() {}

    /**
     * Writes a cursor.
     *
     * @param list which list it belongs to, with everything that tells one list from another
     */
    public static String write(String list, Consumer<ByteBuffer> content) {
        ByteBuffer bytes = ByteBuffer.allocate(CONTENT_BYTES_MAX);
        content.accept(bytes);
        byte[] written = Arrays.copyOf(bytes.array(), bytes.position());
        byte[] all = ByteBuffer.allocate(SUM_BYTES + written.length)
                .put(sum(list, written))
                .put(written)
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(all);
    }

    /** Reads a cursor; empty if it is none of this list. {@code content} must take all bytes there are. */
    public static <T> Optional<T> read(String list, String cursor, Function<ByteBuffer, Optional<T>> content) {
        if (cursor.length() > TEXT_MAX) {
            return Optional.empty();
        }
        try {
            byte[] all = Base64.getUrlDecoder().decode(cursor);
            byte[] written = all.length < SUM_BYTES ? new byte[0] : Arrays.copyOfRange(all, SUM_BYTES, all.length);
            boolean ours = all.length >= SUM_BYTES
                    && MessageDigest.isEqual(Arrays.copyOf(all, SUM_BYTES), sum(list, written))
                    // One text for one cursor: the decoder takes several.
                    && Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(all)
                            .equals(cursor);
            ByteBuffer bytes = ByteBuffer.wrap(written);
            return ours ? content.apply(bytes).filter(read -> !bytes.hasRemaining()) : Optional.empty();
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    private static byte[] sum(String list, byte[] content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(list.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            return Arrays.copyOf(digest.digest(content), SUM_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
