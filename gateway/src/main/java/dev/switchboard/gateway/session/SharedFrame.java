package dev.switchboard.gateway.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.EnumMap;
import java.util.Map;

/**
 * A serialized ServerFrame on its way to several connections: encoded at most once for each format, however many read it.
 * Confined to one event loop, which releases it with {@link #close} after the last write.
 */
public final class SharedFrame implements AutoCloseable {
    private final byte[] bytes;
    private final int offset;
    private final int length;
    private final Map<WireFormat, ByteBuf> encoded = new EnumMap<>(WireFormat.class);

    public SharedFrame(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
    }

    /** A buffer of its own for one write, which releases it. */
    ByteBuf in(WireFormat format, ByteBufAllocator allocator) {
        ByteBuf buffer = encoded.get(format);
        if (buffer == null) {
            buffer = format.encode(allocator, bytes, offset, length);
            encoded.put(format, buffer);
        }
        return buffer.retainedDuplicate();
    }

    @Override
    public void close() {
        encoded.values().forEach(ByteBuf::release);
    }
}
