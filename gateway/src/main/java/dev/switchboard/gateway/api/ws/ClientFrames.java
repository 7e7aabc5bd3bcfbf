package dev.switchboard.gateway.api.ws;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.WireFormat;
import com.google.protobuf.util.JsonFormat;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Resume;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads what a client sent. Stateless. A payload that is no Protobuf at all ends the connection; one that is, but asks for
 * nothing this gateway knows, is refused and the connection lives on.
 *
 * <p>What a message holds is counted before anything is built of it: a few bytes on the wire can be hundreds in memory.
 */
final class ClientFrames {
    /** Deep enough for every frame there is, shallow enough for the stack. */
    private static final int RECURSION_MAX = 16;

    /** Commands: 1 to 7 and 32 to 63. See client.proto. */
    private static final int COMMAND_MAX = 7;

    private static final int LATER_COMMAND_MIN = 32;
    private static final int LATER_SERVER_FRAME_MAX = 95;
    private static final int VERSION_MAX = 1;

    private static final int RESUME_TAG = ClientFrame.RESUME_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int REF_TAG = ClientFrame.REF_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int POSITION_TAG = Resume.POSITIONS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    /** What later versions add is dropped unread: nobody asks for it, and each field kept would cost a map entry. */
    private static final Parser<ClientFrame> PROTOBUF = DiscardUnknownFieldsParser.wrap(ClientFrame.parser());

    private static final JsonFormat.Parser JSON = JsonFormat.parser();
    private static final String NO_JSON_FRAME = "not a frame in proto3 JSON";

    private ClientFrames() {}

    /** A frame that can be carried out, or why not. */
    sealed interface Read {
        record Frame(ClientFrame frame) implements Read {}

        record Refused(RefusalCode code, int ref, String detail) implements Read {}

        /** Not what the subprotocol promises. */
        record Invalid(String why) implements Read {}
    }

    static Read protobuf(ByteBuffer payload) {
        try {
            TopLevel top = TopLevel.scan(payload.duplicate());
            if (top.commands > 1) {
                return new Read.Refused(RefusalCode.BAD_REQUEST, 0, "one command a frame");
            }
            if (top.positions > ResumeLanes.LANES_MAX) {
                return new Read.Refused(RefusalCode.TOO_MANY, top.ref, "");
            }
            CodedInputStream in = CodedInputStream.newInstance(payload);
            in.setRecursionLimit(RECURSION_MAX);
            ClientFrame frame = PROTOBUF.parseFrom(in);
            // A stray end of a group ends the parse as if nothing came after it.
            in.checkLastTagWas(0);
            return checked(frame, top.unknownCommand);
        } catch (InvalidProtocolBufferException e) {
            return new Read.Invalid("not a protobuf message");
        } catch (IOException e) {
            throw new AssertionError("bytes in memory can be read", e);
        }
    }

    static Read json(ByteBuffer payload) {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(payload).toString();
        } catch (CharacterCodingException e) {
            return new Read.Invalid("not UTF-8");
        }
        ClientFrame.Builder frame = ClientFrame.newBuilder();
        try {
            if (!JsonValues.fit(text)) {
                return new Read.Refused(RefusalCode.TOO_MANY, 0, "too many values");
            }
            JSON.merge(text, frame);
        } catch (InvalidProtocolBufferException e) {
            String why = String.valueOf(e.getMessage());
            // The two ways in which the parser says "I don't know that word".
            boolean unknown = why.contains("Cannot find field") || why.contains("Invalid enum value");
            return new Read.Refused(
                    unknown ? RefusalCode.UNSUPPORTED : RefusalCode.BAD_REQUEST,
                    0,
                    unknown ? "unknown field or value" : NO_JSON_FRAME);
        } catch (IOException e) {
            return new Read.Refused(RefusalCode.BAD_REQUEST, 0, NO_JSON_FRAME);
        }
        return checked(frame.build(), false);
    }

    private static Read checked(ClientFrame frame, boolean unknownCommand) {
        if (Integer.compareUnsigned(frame.getVersion(), VERSION_MAX) > 0) {
            return new Read.Refused(
                    RefusalCode.UNSUPPORTED, frame.getRef(), "protocol version " + VERSION_MAX + " only");
        }
        if (frame.getCommandCase() != ClientFrame.CommandCase.COMMAND_NOT_SET) {
            return new Read.Frame(frame);
        }
        return unknownCommand
                ? new Read.Refused(RefusalCode.UNSUPPORTED, frame.getRef(), "unknown command")
                : new Read.Refused(RefusalCode.BAD_REQUEST, frame.getRef(), "no command");
    }

    /** The fields of a frame without what is in them; of a Resume, how many positions. */
    private static final class TopLevel {
        int commands;
        boolean unknownCommand;
        int positions;
        int ref;

        static TopLevel scan(ByteBuffer payload) throws IOException {
            CodedInputStream in = CodedInputStream.newInstance(payload);
            in.setRecursionLimit(RECURSION_MAX);
            TopLevel top = new TopLevel();
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                int field = WireFormat.getTagFieldNumber(tag);
                boolean message = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
                if (message && field <= COMMAND_MAX) {
                    top.commands++;
                    // One of a later version.
                    top.unknownCommand |= ClientFrame.CommandCase.forNumber(field) == null;
                } else if (message) {
                    top.unknownCommand |= field < ClientFrame.REF_FIELD_NUMBER
                            || (field >= LATER_COMMAND_MIN && field <= LATER_SERVER_FRAME_MAX);
                }
                if (tag == RESUME_TAG) {
                    top.positions += positions(in);
                } else if (tag == REF_TAG) {
                    top.ref = in.readUInt32();
                } else {
                    in.skipField(tag);
                }
            }
            return top;
        }

        private static int positions(CodedInputStream in) throws IOException {
            int positions = 0;
            int limit = in.pushLimit(in.readRawVarint32());
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                positions += tag == POSITION_TAG ? 1 : 0;
                in.skipField(tag);
            }
            in.popLimit(limit);
            return positions;
        }
    }
}
