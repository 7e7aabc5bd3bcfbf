package dev.switchboard.gateway.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.switchboard.gateway.log.lane.Activity;
import dev.switchboard.servers.InputBudget;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.provider.MethodSource;

/** Cursors of lists, as clients hand them back and as somebody might make them up, sum and all. */
@Tag("SEC24")
class OpaqueCursorFuzzTest {
    private static final ConversationId CONVERSATION = ConversationId.openedBy("ana", new UUID(1, 1));
    private static final Activity ACTIVITY = new Activity(1_700_000_000_123L, CONVERSATION);
    private static final Position POSITION = new Position(1_700_000_000, 42);
    private static final UserMessages.At IN_CONVERSATION = new UserMessages.At.InConversation(CONVERSATION, POSITION);
    private static final int CONTENT_BYTES_MAX = 64;

    /** As MySQL takes it. */
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?");

    @MethodSource("texts")
    @FuzzTest(maxDuration = "10m")
    void text(byte[] bytes) {
        InputBudget.spend(() -> check(new String(bytes, StandardCharsets.UTF_8)));
    }

    /** The bytes in a cursor whose sum is right: anybody can compute it. */
    @MethodSource("contents")
    @FuzzTest(maxDuration = "10m")
    void content(byte[] bytes) {
        byte[] content = Arrays.copyOf(bytes, Math.min(bytes.length, CONTENT_BYTES_MAX));
        InputBudget.spend(() -> check(OpaqueCursor.write("list", buffer -> buffer.put(content))));
    }

    private static void check(String cursor) {
        read(cursor, CursorContent::position, CursorContent::put);
        read(cursor, CursorContent::at, CursorContent::put);
        read(cursor, CursorContent::activity, CursorContent::put)
                .ifPresent(activity -> assertTrue(
                        TIME.matcher(MessageRows.text(activity.time())).matches(), MessageRows.text(activity.time())));
        assertEquals(Optional.empty(), OpaqueCursor.read("another list", cursor, CursorContent::position));
    }

    private static <T> Optional<T> read(
            String cursor, Function<ByteBuffer, Optional<T>> content, BiConsumer<ByteBuffer, T> put) {
        Optional<T> read = OpaqueCursor.read("list", cursor, content);
        read.ifPresent(place ->
                assertEquals(cursor, write(bytes -> put.accept(bytes, place)), "one place has several cursors"));
        return read;
    }

    private static String write(Consumer<ByteBuffer> content) {
        return OpaqueCursor.write("list", content);
    }

    static Stream<byte[]> texts() {
        return Stream.concat(contents().map(content -> write(bytes -> bytes.put(content))), Stream.of("A", "AAAA=="))
                .map(text -> text.getBytes(StandardCharsets.US_ASCII));
    }

    static Stream<byte[]> contents() {
        return Stream.<Consumer<ByteBuffer>>of(
                        bytes -> CursorContent.put(bytes, ACTIVITY),
                        bytes -> CursorContent.put(bytes, POSITION),
                        bytes -> CursorContent.put(bytes, IN_CONVERSATION),
                        bytes -> CursorContent.put(bytes, new UserMessages.At.InRows(77)),
                        bytes -> CursorContent.put(bytes, new Activity(Long.MAX_VALUE, CONVERSATION)),
                        bytes -> CursorContent.put(bytes.put((byte) 7), ACTIVITY))
                .map(put -> {
                    ByteBuffer bytes = ByteBuffer.allocate(CONTENT_BYTES_MAX);
                    put.accept(bytes);
                    return Arrays.copyOf(bytes.array(), bytes.position());
                });
    }
}
