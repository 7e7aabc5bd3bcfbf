package dev.switchboard.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.switchboard.proto.v1.Absent;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Stored;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * One envelope of a publication, read just far enough to route it. The frame stays where it lies in the published bytes and is
 * written to sockets from there.
 */
public final class RoutedFrame {
    private static final int TIME_BYTES = 8;
    /** seq, the tag of time, time: see Message in client.proto. */
    private static final int SEQ_FROM_END = 4 + 1 + TIME_BYTES;

    // Whole tags: a known field of another type is none that we know, as for protobuf's own reader.
    private static final int ENVELOPE_TAG =
            Publication.ENVELOPES_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int ORIGIN_TAG = Envelope.ORIGIN_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_FIXED64;
    private static final int CONVERSATION_TAG =
            Envelope.CONVERSATION_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int OWNER_TAG = Envelope.OWNER_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int SENDER_TAG = Envelope.SENDER_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int LANE_TAG = Envelope.LANE_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int KIND_TAG = Envelope.KIND_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int FRAME_TAG = Envelope.FRAME_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    /** Stands in an envelope that is about none. */
    private static final ConversationId NO_CONVERSATION = new ConversationId(new UUID(0, 0));

    private final byte[] published;
    private final int frameOffset;
    private final int frameLength;
    private final long origin;
    private final ConversationId conversation;
    private final String owner;
    private final String sender;
    private final Lane lane;
    private final Envelope.Kind kind;

    private RoutedFrame(byte[] published, int frameOffset, int frameLength, Header header) {
        this.published = published;
        this.frameOffset = frameOffset;
        this.frameLength = frameLength;
        this.origin = header.origin();
        this.conversation = header.conversation();
        this.owner = header.owner();
        this.sender = header.sender();
        this.lane = header.lane();
        this.kind = header.kind();
    }

    private record Header(
            long origin, ConversationId conversation, String owner, String sender, Lane lane, Envelope.Kind kind) {}

    /** All envelopes of a publication, in order. */
    public static List<RoutedFrame> read(byte[] published) throws InvalidProtocolBufferException {
        try {
            CodedInputStream in = CodedInputStream.newInstance(published);
            List<RoutedFrame> frames = new ArrayList<>(1);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (tag == ENVELOPE_TAG) {
                    int limit = in.pushLimit(in.readRawVarint32());
                    frames.add(readEnvelope(published, in));
                    in.popLimit(limit);
                } else {
                    in.skipField(tag);
                }
            }
            return frames;
        } catch (InvalidProtocolBufferException e) {
            throw e;
        } catch (IOException e) {
            throw new InvalidProtocolBufferException(e);
        }
    }

    /** The whole publication; never changes. */
    public byte[] published() {
        return published;
    }

    /** Where in it the serialized ServerFrame begins. */
    public int frameOffset() {
        return frameOffset;
    }

    public int frameLength() {
        return frameLength;
    }

    /** The connection that gets no copy; 0 for none. */
    public long origin() {
        return origin;
    }

    public ConversationId conversation() {
        return conversation;
    }

    public String owner() {
        return owner;
    }

    public String sender() {
        return sender;
    }

    public Lane lane() {
        return lane;
    }

    public Envelope.Kind kind() {
        return kind;
    }

    /** When a message was accepted, by Redis' clock in milliseconds: the last bytes of its frame. */
    public long time() {
        return ByteBuffer.wrap(published)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong(frameOffset + frameLength - TIME_BYTES);
    }

    /** Where a message stands. For cold paths: it parses the frame, which alone knows the epoch. */
    public Position position() {
        return new Position(message().getEpoch(), seq());
    }

    /** The message itself. For cold paths, where a frame is more than routed. */
    public Message message() {
        return frame().getMessage();
    }

    /** Up to where its lane is stored, if that is what the frame says. */
    public Position storedUpTo() {
        Stored stored = frame().getStored();
        return new Position(stored.getEpoch(), stored.getSeq());
    }

    /** Which of them could not be stored and are dead letters, if that is what the frame says. */
    public List<Position> deadOfStored() {
        return frame().getStored().getAbsentList().stream()
                .filter(Absent::getDead)
                .map(absent -> new Position(absent.getEpoch(), absent.getSeq()))
                .toList();
    }

    private ServerFrame frame() {
        try {
            return ServerFrame.parseFrom(CodedInputStream.newInstance(published, frameOffset, frameLength));
        } catch (IOException e) {
            throw new IllegalStateException("a frame in a record can't be read", e);
        }
    }

    /** The seq of a message: before the time. */
    public int seq() {
        return ByteBuffer.wrap(published)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt(frameOffset + frameLength - SEQ_FROM_END);
    }

    private static RoutedFrame readEnvelope(byte[] published, CodedInputStream in) throws IOException {
        long origin = 0;
        byte[] conversation = {};
        String owner = "";
        String sender = "";
        int lane = 0;
        int kind = 0;
        int offset = 0;
        int length = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case ORIGIN_TAG -> origin = in.readFixed64();
                case CONVERSATION_TAG -> conversation = in.readByteArray();
                case OWNER_TAG -> owner = in.readString();
                case SENDER_TAG -> sender = in.readString();
                case LANE_TAG -> lane = in.readEnum();
                case KIND_TAG -> kind = in.readEnum();
                case FRAME_TAG -> {
                    length = in.readRawVarint32();
                    offset = in.getTotalBytesRead();
                    in.skipRawBytes(length);
                }
                default -> in.skipField(tag);
            }
        }
        Lane known = Lane.forNumber(lane);
        Envelope.Kind knownKind = Envelope.Kind.forNumber(kind);
        if (known == null || knownKind == null || length == 0) {
            throw new InvalidProtocolBufferException("an envelope of a newer version, or an empty one");
        }
        if (knownKind == Envelope.Kind.MESSAGE && length < SEQ_FROM_END) {
            throw new InvalidProtocolBufferException("a message without its end");
        }
        ConversationId id = knownKind == Envelope.Kind.SESSION
                ? NO_CONVERSATION
                : ConversationId.parse(conversation)
                        .orElseThrow(() -> new InvalidProtocolBufferException("an envelope without a conversation"));
        Header header = new Header(origin, id, owner, sender.isEmpty() ? owner : sender, known, knownKind);
        return new RoutedFrame(published, offset, length, header);
    }
}
