package dev.switchboard.gateway.session;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.switchboard.proto.v1.ServerFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** How a connection wants its frames: the subprotocol it asked for. Writes whole WebSocket frames. */
public enum WireFormat {
    /** Binary Protobuf. What gateways exchange is written as it is. */
    PROTOBUF("switchboard.v1", 0x82) {
        @Override
        byte[] payload(ServerFrame frame) {
            return frame.toByteArray();
        }
    },
    /** The same frames as proto3 JSON text. */
    JSON("switchboard.v1.json", 0x81) {
        @Override
        byte[] payload(ServerFrame frame) {
            try {
                return PRINTER.print(frame).getBytes(StandardCharsets.UTF_8);
            } catch (InvalidProtocolBufferException e) {
                throw new UncheckedIOException("only Any fields can fail, and there are none", e);
            }
        }
    };

    private static final JsonFormat.Printer PRINTER = JsonFormat.printer().omittingInsignificantWhitespace();
    private static final int LENGTH_7_BITS_MAX = 125;
    private static final int LENGTH_16_BITS_MAX = 0xFFFF;

    private final String subprotocol;
    private final int firstByte;

    WireFormat(String subprotocol, int firstByte) {
        this.subprotocol = subprotocol;
        this.firstByte = firstByte;
    }

    public static Optional<WireFormat> ofSubprotocol(String name) {
        for (WireFormat format : values()) {
            if (format.subprotocol.equals(name)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    public String subprotocol() {
        return subprotocol;
    }

    /** For metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    abstract byte[] payload(ServerFrame frame);

    /** A WebSocket frame with this ServerFrame. The caller releases it. */
    ByteBuf encode(ByteBufAllocator allocator, ServerFrame frame) {
        byte[] payload = payload(frame);
        return frame(allocator, payload, 0, payload.length);
    }

    /** A WebSocket frame with a ServerFrame that is serialized already. The caller releases it. */
    ByteBuf encode(ByteBufAllocator allocator, byte[] bytes, int offset, int length) {
        if (this == PROTOBUF) {
            return frame(allocator, bytes, offset, length);
        }
        try {
            return encode(allocator, ServerFrame.parseFrom(CodedInputStream.newInstance(bytes, offset, length)));
        } catch (IOException e) {
            throw new UncheckedIOException("a gateway published a frame that is none", e);
        }
    }

    private ByteBuf frame(ByteBufAllocator allocator, byte[] payload, int offset, int length) {
        ByteBuf frame = allocator.ioBuffer(length + 10);
        frame.writeByte(firstByte);
        if (length <= LENGTH_7_BITS_MAX) {
            frame.writeByte(length);
        } else if (length <= LENGTH_16_BITS_MAX) {
            frame.writeByte(126).writeShort(length);
        } else {
            frame.writeByte(127).writeLong(length);
        }
        return frame.writeBytes(payload, offset, length);
    }
}
