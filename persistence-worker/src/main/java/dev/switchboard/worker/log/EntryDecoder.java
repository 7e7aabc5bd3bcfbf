package dev.switchboard.worker.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LogEntry;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.ReadMark;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import java.io.IOException;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Takes entries of the log apart and trusts none of them: what can't be read or can't be a row becomes {@link Unreadable}, and
 * the envelopes beside it stay good. Without state; any thread may call it.
 */
public final class EntryDecoder {
    /** Characters of an identity, as the columns hold them. */
    static final int USER_CODE_POINTS_MAX = 64;

    /**
     * Envelopes in one entry; what stands behind them is one dead letter. Gateways put 256 at most into a call, and nothing that
     * somebody else wrote may become a hundred thousand dead letters.
     */
    static final int ENVELOPES_MAX = 1_024;

    private static final int ENVELOPE_TAG = LogEntry.ENVELOPES_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    private static final String NO_IDENTITY =
            "sender or owner is empty or longer than " + USER_CODE_POINTS_MAX + " characters";
    private static final String ELSEWHERE = "the conversation belongs to another partition";

    private EntryDecoder() {}

    /**
     * Takes one entry apart.
     *
     * @param value field {@code e} of the entry, null if it has none; not changed by anybody afterwards
     */
    public static DecodedEntry decode(Partition partition, LogId id, byte @Nullable [] value) {
        DecodedEntry entry = new DecodedEntry(
                partition,
                id,
                value == null ? 0 : value.length,
                0,
                new ArrayList<>(),
                new ArrayList<>(0),
                new ArrayList<>(0));
        if (value == null) {
            entry.unreadable().add(new Unreadable(partition, id, 0, ByteString.EMPTY, "the entry has no field e"));
            return entry;
        }
        // Wrapped, not copied: the envelopes are slices of the one array that Redis' answer was read into.
        ByteString bytes = UnsafeByteOperations.unsafeWrap(value);
        CodedInputStream in = bytes.newCodedInput();
        in.enableAliasing(true);
        int item = 0;
        int readUpTo = 0;
        try {
            while (!in.isAtEnd()) {
                if (in.readTag() != ENVELOPE_TAG) {
                    throw new InvalidProtocolBufferException("the entry holds something that is no envelope");
                }
                if (item == ENVELOPES_MAX) {
                    throw new InvalidProtocolBufferException(
                            "the entry holds more than " + ENVELOPES_MAX + " envelopes");
                }
                ByteString envelope = in.readBytes();
                decodeItem(entry, item++, envelope);
                readUpTo = in.getTotalBytesRead();
            }
        } catch (IOException e) {
            // Where the frame of the entry itself is broken, nobody can say where the next envelope begins.
            entry.unreadable().add(new Unreadable(partition, id, item++, bytes.substring(readUpTo), reason(e)));
        }
        return entry.counted(item);
    }

    private static void decodeItem(DecodedEntry entry, int item, ByteString bytes) {
        String fault;
        try {
            Envelope envelope = Envelope.parseFrom(bytes);
            ServerFrame frame = ServerFrame.parseFrom(envelope.getFrame());
            if (envelope.getKind() == Envelope.Kind.READ_MARK) {
                fault = fault(entry.partition(), envelope, frame.getReadMark());
                if (fault == null) {
                    entry.marks().add(mark(envelope, frame.getReadMark()));
                    return;
                }
            } else {
                fault = fault(entry.partition(), envelope, frame);
                if (fault == null) {
                    entry.messages()
                            .add(new LoggedMessage(entry.partition(), entry.id(), item, envelope, frame.getMessage()));
                    return;
                }
            }
        } catch (InvalidProtocolBufferException e) {
            fault = reason(e);
        }
        entry.unreadable().add(new Unreadable(entry.partition(), entry.id(), item, bytes, fault));
    }

    private static LoggedMark mark(Envelope envelope, ReadMark mark) {
        return new LoggedMark(
                mark.getConversation(),
                envelope.getOwner(),
                mark.getStaff(),
                new Position(mark.getEpoch(), mark.getSeq()));
    }

    private static @Nullable String fault(Partition partition, Envelope envelope, ReadMark mark) {
        if (mark.getSeq() == 0 || mark.getEpoch() == 0) {
            return "the read mark has no position";
        }
        if (!isIdentity(envelope.getOwner())) {
            return NO_IDENTITY;
        }
        return isHere(partition, envelope, mark.getConversation()) ? null : ELSEWHERE;
    }

    private static @Nullable String fault(Partition partition, Envelope envelope, ServerFrame frame) {
        if (envelope.getKind() != Envelope.Kind.MESSAGE || !frame.hasMessage()) {
            return "the envelope holds no message";
        }
        Message message = frame.getMessage();
        if (message.getMessageId().size() != WireUuid.BYTES
                || message.getClientMsgId().size() != WireUuid.BYTES
                || message.getConversation().size() != WireUuid.BYTES) {
            return "an id has not 16 bytes";
        }
        if (!isIdentity(message.getSender()) || !isIdentity(envelope.getOwner())) {
            return NO_IDENTITY;
        }
        if (message.getSeq() == 0 || message.getEpoch() == 0) {
            return "the message has no position";
        }
        if (message.getLane() == Lane.UNRECOGNIZED || message.getSenderRole() == Role.UNRECOGNIZED) {
            return "lane or role is unknown";
        }
        return isHere(partition, envelope, message.getConversation()) ? null : ELSEWHERE;
    }

    private static boolean isHere(Partition partition, Envelope envelope, ByteString conversation) {
        boolean here = ConversationId.parse(conversation.toByteArray())
                .map(id -> id.partition().equals(partition))
                .orElse(false);
        return here && Partition.ofOwner(envelope.getOwner()).equals(partition);
    }

    private static boolean isIdentity(String user) {
        return !user.isEmpty() && user.codePointCount(0, user.length()) <= USER_CODE_POINTS_MAX;
    }

    private static String reason(IOException e) {
        // Protobuf's own sentences speak of tags and lengths, never of content.
        return "undecodable: " + e.getMessage();
    }
}
