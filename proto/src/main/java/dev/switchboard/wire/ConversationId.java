package dev.switchboard.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * The id of a conversation: a UUIDv7 whose last byte is the number of its partition.
 *
 * <p>Decision: the id is derived from the owner and the client's id of the message that opens the conversation, not taken
 * from the client as it stands. A retry of an opening, through any gateway or after Redis lost it, opens the same
 * conversation again; nobody can name a conversation of somebody else into being; and whoever holds an id finds its keys
 * without knowing the owner.
 */
public record ConversationId(UUID uuid) {
    private static final long VERSION_7 = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    /** The id of the conversation that this message opens. */
    public static ConversationId openedBy(String owner, UUID clientMsgId) {
        byte[] hash = sha256(owner.getBytes(StandardCharsets.UTF_8), WireUuid.bytes(clientMsgId));
        ByteBuffer random = ByteBuffer.wrap(hash);
        long timestamp = clientMsgId.getMostSignificantBits() & 0xFFFF_FFFF_FFFF_0000L;
        long high = timestamp | VERSION_7 | (random.getLong() & 0x0FFFL);
        long partition = Partition.ofOwner(owner).number();
        long low = VARIANT | ((random.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) & ~0xFFL) | partition;
        return new ConversationId(new UUID(high, low));
    }

    /** Reads an id from the wire; empty if these bytes can't be one. */
    public static Optional<ConversationId> parse(byte[] bytes) {
        if (bytes.length != WireUuid.BYTES || Byte.toUnsignedInt(bytes[WireUuid.BYTES - 1]) >= Partition.COUNT) {
            return Optional.empty();
        }
        UUID uuid = WireUuid.of(bytes);
        return uuid.version() == 7 && uuid.variant() == 2 ? Optional.of(new ConversationId(uuid)) : Optional.empty();
    }

    public Partition partition() {
        return Partition.all().get((int) (uuid.getLeastSignificantBits() & 0xFF));
    }

    public byte[] bytes() {
        return WireUuid.bytes(uuid);
    }

    /** 32 hexadecimal digits, as in the names of keys. */
    public String hex() {
        return HexFormat.of().formatHex(bytes());
    }

    @Override
    public String toString() {
        return uuid.toString();
    }

    private static byte[] sha256(byte[] first, byte[] second) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(first);
            digest.update((byte) 0);
            return digest.digest(second);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
