package dev.switchboard.gateway.api.ws;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import com.google.protobuf.util.JsonFormat;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.RefusalCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads what a client sent. Stateless. A payload that is no Protobuf at all ends the connection; one that is, but asks for
 * nothing this gateway knows, is refused and the connection lives on.
 */
final class ClientFrames {
    /** Deep enough for every frame there is, shallow enough for the stack. */
    private static final int RECURSION_MAX = 16;

    /** Commands: 1 to 7 and 32 to 63. See client.proto. */
    private static final int COMMAND_MAX = 7;

    private static final int LATER_COMMAND_MIN = 32;
    private static final int LATER_SERVER_FRAME_MAX = 95;
    private static final int VERSION_MAX = 1;

    private static final JsonFormat.Parser JSON = JsonFormat.parser();

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
            CodedInputStream in = CodedInputStream.newInstance(payload);
            in.setRecursionLimit(RECURSION_MAX);
            ClientFrame frame = ClientFrame.parseFrom(in);
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
            JSON.merge(text, frame);
        } catch (InvalidProtocolBufferException e) {
            String why = String.valueOf(e.getMessage());
            // The two ways in which the parser says "I don't know that word".
            boolean unknown = why.contains("Cannot find field") || why.contains("Invalid enum value");
            return new Read.Refused(
                    unknown ? RefusalCode.UNSUPPORTED : RefusalCode.BAD_REQUEST,
                    0,
                    unknown ? "unknown field or value" : "not a frame in proto3 JSON");
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

    /** The fields of a frame without what is in them. */
    private static final class TopLevel {
        int commands;
        boolean unknownCommand;

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
                in.skipField(tag);
            }
            return top;
        }
    }
}
