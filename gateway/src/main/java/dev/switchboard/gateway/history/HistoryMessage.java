package dev.switchboard.gateway.history;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import dev.switchboard.wire.WireUuid;
import java.util.UUID;

/**
 * A message as history shows it, whichever source it came from. Immutable.
 *
 * @param owner whose conversation it stands in
 * @param time when it was accepted, in milliseconds
 */
public record HistoryMessage(
        UUID messageId,
        UUID clientMsgId,
        String sender,
        Role senderRole,
        String owner,
        Lane lane,
        String text,
        Position position,
        long time) {
    /** What a message costs besides its text, in JSON and in memory. */
    private static final int OVERHEAD_BYTES = 300;

    static HistoryMessage of(RoutedFrame record) {
        Message message = record.message();
        return new HistoryMessage(
                WireUuid.of(message.getMessageId().toByteArray()),
                WireUuid.of(message.getClientMsgId().toByteArray()),
                message.getSender(),
                message.getSenderRole(),
                record.owner(),
                message.getLane(),
                message.getText(),
                new Position(message.getEpoch(), message.getSeq()),
                message.getTime());
    }

    /** What it counts against the bytes of an answer; three for each character is the most that UTF-8 needs. */
    long bytes() {
        return bytes(text);
    }

    /** The same of a message that is not read yet. */
    static long bytes(RoutedFrame record) {
        return bytes(record.message().getText());
    }

    private static long bytes(String text) {
        return OVERHEAD_BYTES + 3L * text.length();
    }
}
