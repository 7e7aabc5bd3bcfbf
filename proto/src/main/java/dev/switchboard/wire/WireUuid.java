package dev.switchboard.wire;

import java.nio.ByteBuffer;
import java.util.UUID;

/** Ids as 16 bytes, most significant first. */
public final class WireUuid {
    public static final int BYTES = 16;

    private WireUuid() {}

    public static byte[] bytes(UUID uuid) {
        return ByteBuffer.allocate(BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
    }

    /** Reads 16 bytes. */
    public static UUID of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("an id has 16 bytes, not " + bytes.length);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }
}
