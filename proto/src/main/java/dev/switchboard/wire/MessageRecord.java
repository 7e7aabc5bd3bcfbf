package dev.switchboard.wire;

import com.google.protobuf.CodedOutputStream;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way into the log: encoded once, by the sender's gateway, as a Publication of one Envelope that holds the
 * finished ServerFrame. What only the append script can know stands last and has a fixed width, so every length is counted
 * before those bytes exist: {@code after_public} (STAFF only), {@code seq}, {@code time}.
 *
 * @param owner null where the sender is the owner
 */
public record MessageRecord(
        long origin,
        ConversationId conversation,
        String sender,
        Role senderRole,
        @Nullable String owner,
        Lane lane,
        UUID messageId,
        UUID clientMsgId,
        String text,
        int epoch) {
    private static final int ID_BYTES = 16;
    private static final int SEQ_BYTES = 1 + 4;
    private static final int TIME_BYTES = 1 + 8;
    private static final int AFTER_PUBLIC_BYTES = 1 + 4;

    private static final byte AFTER_PUBLIC_TAG = Message.AFTER_PUBLIC_FIELD_NUMBER << 3 | 5;
    private static final byte SEQ_TAG = Message.SEQ_FIELD_NUMBER << 3 | 5;
    private static final byte TIME_TAG = Message.TIME_FIELD_NUMBER << 3 | 1;

    /**
     * All of it, as the append script would complete it: for a message that was accepted long ago.
     *
     * @param afterPublic does not count in the PUBLIC lane
     */
    public byte[] completed(int afterPublic, int seq, long time) {
        byte[] prefix = prefix();
        int notes = lane == Lane.STAFF ? AFTER_PUBLIC_BYTES : 0;
        ByteBuffer out = ByteBuffer.allocate(prefix.length + notes + SEQ_BYTES + TIME_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(prefix);
        if (lane == Lane.STAFF) {
            out.put(AFTER_PUBLIC_TAG).putInt(afterPublic);
        }
        return out.put(SEQ_TAG).putInt(seq).put(TIME_TAG).putLong(time).array();
    }

    /** The bytes up to what the script completes. */
    public byte[] prefix() {
        int completed = SEQ_BYTES + TIME_BYTES + (lane == Lane.STAFF ? AFTER_PUBLIC_BYTES : 0);
        int messageSize = messageSize() + completed;
        int frameSize = delimited(ServerFrame.MESSAGE_FIELD_NUMBER, messageSize);
        int envelopeSize = envelopeHeadSize() + delimited(Envelope.FRAME_FIELD_NUMBER, frameSize);
        byte[] bytes = new byte[delimited(Publication.ENVELOPES_FIELD_NUMBER, envelopeSize) - completed];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            startDelimited(out, Publication.ENVELOPES_FIELD_NUMBER, envelopeSize);
            writeEnvelopeHead(out);
            startDelimited(out, Envelope.FRAME_FIELD_NUMBER, frameSize);
            startDelimited(out, ServerFrame.MESSAGE_FIELD_NUMBER, messageSize);
            writeMessage(out);
            out.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException("the sizes counted above are wrong", e);
        }
        return bytes;
    }

    private int envelopeHeadSize() {
        return CodedOutputStream.computeFixed64Size(Envelope.ORIGIN_FIELD_NUMBER, origin)
                + delimited(Envelope.CONVERSATION_FIELD_NUMBER, ID_BYTES)
                + CodedOutputStream.computeStringSize(Envelope.OWNER_FIELD_NUMBER, owner == null ? sender : owner)
                + (owner == null ? 0 : CodedOutputStream.computeStringSize(Envelope.SENDER_FIELD_NUMBER, sender))
                + (lane == Lane.PUBLIC
                        ? 0
                        : CodedOutputStream.computeEnumSize(Envelope.LANE_FIELD_NUMBER, lane.getNumber()));
    }

    private void writeEnvelopeHead(CodedOutputStream out) throws IOException {
        out.writeFixed64(Envelope.ORIGIN_FIELD_NUMBER, origin);
        out.writeByteArray(Envelope.CONVERSATION_FIELD_NUMBER, conversation.bytes());
        out.writeString(Envelope.OWNER_FIELD_NUMBER, owner == null ? sender : owner);
        if (owner != null) {
            out.writeString(Envelope.SENDER_FIELD_NUMBER, sender);
        }
        if (lane != Lane.PUBLIC) {
            out.writeEnum(Envelope.LANE_FIELD_NUMBER, lane.getNumber());
        }
    }

    private int messageSize() {
        return delimited(Message.CONVERSATION_FIELD_NUMBER, ID_BYTES)
                + delimited(Message.MESSAGE_ID_FIELD_NUMBER, ID_BYTES)
                + delimited(Message.CLIENT_MSG_ID_FIELD_NUMBER, ID_BYTES)
                + CodedOutputStream.computeStringSize(Message.SENDER_FIELD_NUMBER, sender)
                + (senderRole == Role.USER
                        ? 0
                        : CodedOutputStream.computeEnumSize(Message.SENDER_ROLE_FIELD_NUMBER, senderRole.getNumber()))
                + (owner == null ? 0 : CodedOutputStream.computeStringSize(Message.OWNER_FIELD_NUMBER, owner))
                + (lane == Lane.PUBLIC
                        ? 0
                        : CodedOutputStream.computeEnumSize(Message.LANE_FIELD_NUMBER, lane.getNumber()))
                + CodedOutputStream.computeStringSize(Message.TEXT_FIELD_NUMBER, text)
                + CodedOutputStream.computeUInt32Size(Message.EPOCH_FIELD_NUMBER, epoch);
    }

    private void writeMessage(CodedOutputStream out) throws IOException {
        out.writeByteArray(Message.CONVERSATION_FIELD_NUMBER, conversation.bytes());
        out.writeByteArray(Message.MESSAGE_ID_FIELD_NUMBER, WireUuid.bytes(messageId));
        out.writeByteArray(Message.CLIENT_MSG_ID_FIELD_NUMBER, WireUuid.bytes(clientMsgId));
        out.writeString(Message.SENDER_FIELD_NUMBER, sender);
        if (senderRole != Role.USER) {
            out.writeEnum(Message.SENDER_ROLE_FIELD_NUMBER, senderRole.getNumber());
        }
        if (owner != null) {
            out.writeString(Message.OWNER_FIELD_NUMBER, owner);
        }
        if (lane != Lane.PUBLIC) {
            out.writeEnum(Message.LANE_FIELD_NUMBER, lane.getNumber());
        }
        out.writeString(Message.TEXT_FIELD_NUMBER, text);
        out.writeUInt32(Message.EPOCH_FIELD_NUMBER, epoch);
    }

    private static void startDelimited(CodedOutputStream out, int field, int size) throws IOException {
        out.writeTag(field, 2);
        out.writeUInt32NoTag(size);
    }

    private static int delimited(int field, int size) {
        return CodedOutputStream.computeTagSize(field) + CodedOutputStream.computeUInt32SizeNoTag(size) + size;
    }
}
