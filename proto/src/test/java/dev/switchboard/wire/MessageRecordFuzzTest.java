package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.servers.InputBudget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Messages as gateways write them into the log, read back as gateways read them. */
class MessageRecordFuzzTest {
    private static final int TEXT_CHARS_MAX = 4_000;
    private static final int USER_CHARS_MAX = 64;

    @FuzzTest(maxDuration = "10m")
    void record(FuzzedDataProvider data) {
        String sender = "s" + text(data, USER_CHARS_MAX);
        @Nullable String owner = data.consumeBoolean() ? "o" + text(data, USER_CHARS_MAX) : null;
        MessageRecord record = new MessageRecord(
                data.consumeLong(),
                ConversationId.openedBy(owner == null ? sender : owner, uuid(data)),
                sender,
                data.consumeBoolean() ? Role.ADMIN : Role.USER,
                owner,
                data.consumeBoolean() ? Lane.STAFF : Lane.PUBLIC,
                uuid(data),
                uuid(data),
                text(data, TEXT_CHARS_MAX),
                data.consumeInt());
        int afterPublic = data.consumeInt();
        int seq = data.consumeInt();
        long time = data.consumeLong();
        InputBudget.spend(() -> {
            try {
                check(record, RoutedFrame.read(Completion.of(record, afterPublic, seq, time)), seq, time);
            } catch (InvalidProtocolBufferException e) {
                throw new AssertionError("what a gateway wrote can't be read", e);
            }
        });
    }

    private static void check(MessageRecord record, List<RoutedFrame> frames, int seq, long time) {
        assertEquals(1, frames.size());
        RoutedFrame frame = frames.get(0);
        String owner = record.owner();
        assertEquals(record.origin(), frame.origin());
        assertEquals(record.conversation(), frame.conversation());
        assertEquals(owner == null ? record.sender() : owner, frame.owner());
        assertEquals(record.sender(), frame.sender());
        assertEquals(record.lane(), frame.lane());
        assertEquals(new Position(record.epoch(), seq), frame.position());
        assertEquals(time, frame.time());
        Message message = frame.message();
        assertEquals(record.text(), message.getText());
        assertEquals(record.senderRole(), message.getSenderRole());
        assertEquals(record.messageId(), WireUuid.of(message.getMessageId().toByteArray()));
        assertEquals(record.clientMsgId(), WireUuid.of(message.getClientMsgId().toByteArray()));
        assertTrue(message.getUnknownFields().asMap().isEmpty());
    }

    /** Text as it gets that far: whatever UTF-8 can say. */
    private static String text(FuzzedDataProvider data, int charsMax) {
        return new String(data.consumeString(charsMax).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    private static UUID uuid(FuzzedDataProvider data) {
        return new UUID(data.consumeLong(), data.consumeLong());
    }
}
