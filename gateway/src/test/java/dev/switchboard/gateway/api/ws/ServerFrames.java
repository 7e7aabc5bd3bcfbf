package dev.switchboard.gateway.api.ws;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.switchboard.gateway.session.WireFormat;
import dev.switchboard.proto.v1.ServerFrame;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Takes what a gateway wrote apart, as strictly as a client may. */
public final class ServerFrames {
    private static final int TEXT = 0x81;
    private static final int BINARY = 0x82;
    private static final int CLOSE = 0x88;
    private static final int PONG = 0x8A;

    private ServerFrames() {}

    /** The messages in these bytes. Throws where they are not whole WebSocket frames of this format. */
    public static List<ServerFrame> read(byte[] bytes, WireFormat format) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        List<ServerFrame> messages = new ArrayList<>();
        boolean closed = false;
        while (in.hasRemaining()) {
            if (closed) {
                throw new AssertionError("something stands behind the close frame");
            }
            int first = Byte.toUnsignedInt(in.get());
            byte[] payload = new byte[length(in)];
            in.get(payload);
            closed = first == CLOSE;
            if (first == (format == WireFormat.PROTOBUF ? BINARY : TEXT)) {
                messages.add(message(payload, format));
            } else if (first != PONG && first != CLOSE) {
                throw new AssertionError("a frame of type " + Integer.toHexString(first));
            }
        }
        return messages;
    }

    private static int length(ByteBuffer in) {
        int length = in.get();
        return switch (length) {
            case 126 -> Short.toUnsignedInt(in.getShort());
            case 127 -> Math.toIntExact(in.getLong());
            default -> length;
        };
    }

    private static ServerFrame message(byte[] payload, WireFormat format) {
        try {
            if (format == WireFormat.PROTOBUF) {
                return ServerFrame.parseFrom(payload);
            }
            ServerFrame.Builder frame = ServerFrame.newBuilder();
            JsonFormat.parser().merge(new String(payload, StandardCharsets.UTF_8), frame);
            return frame.build();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("the gateway wrote a frame that is none", e);
        }
    }
}
