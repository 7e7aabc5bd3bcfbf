package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ConversationIdTest {
    private static final UUID CLIENT_MSG_ID = UUID.fromString("0190a1b2-c3d4-7111-8222-333344445555");

    @Test
    void isTheSameForARetryAndAnotherForAnybodyElse() {
        ConversationId first = ConversationId.openedBy("ana", CLIENT_MSG_ID);
        assertEquals(first, ConversationId.openedBy("ana", CLIENT_MSG_ID));
        assertNotEquals(first, ConversationId.openedBy("eva", CLIENT_MSG_ID));
        assertNotEquals(first, ConversationId.openedBy("ana", new UUID(CLIENT_MSG_ID.getMostSignificantBits(), 1)));
    }

    @Test
    void doesNotChangeFromOneVersionToTheNext() {
        assertEquals(
                "0190a1b2-c3d4-75d7-ac52-0625722f0c05",
                ConversationId.openedBy("José 😀", CLIENT_MSG_ID).toString());
    }

    @Test
    void isAVersion7IdThatEndsWithItsPartition() {
        for (int i = 0; i < 1_000; i++) {
            String owner = "user" + i;
            ConversationId id = ConversationId.openedBy(owner, new UUID(i * 0x9E3779B97F4A7C15L, ~i));
            assertEquals(7, id.uuid().version());
            assertEquals(2, id.uuid().variant());
            assertEquals(Partition.ofOwner(owner), id.partition());
            assertEquals(Optional.of(id), ConversationId.parse(id.bytes()));
        }
    }

    @Test
    void refusesBytesThatAreNoConversation() {
        byte[] good = ConversationId.openedBy("ana", CLIENT_MSG_ID).bytes();
        assertEquals(Optional.empty(), ConversationId.parse(new byte[0]));
        assertEquals(Optional.empty(), ConversationId.parse(new byte[15]));
        assertEquals(Optional.empty(), ConversationId.parse(new byte[16]));
        assertEquals(Optional.empty(), ConversationId.parse(new byte[17]));
        assertEquals(Optional.empty(), ConversationId.parse(changed(good, 6, 0x40)));
        assertEquals(Optional.empty(), ConversationId.parse(changed(good, 8, 0xC0)));
        assertEquals(Optional.empty(), ConversationId.parse(changed(good, 15, 16)));
        assertEquals(Optional.empty(), ConversationId.parse(changed(good, 15, 0xFF)));
    }

    @Test
    void writesIdsMostSignificantByteFirst() {
        byte[] bytes = WireUuid.bytes(UUID.fromString("00010203-0405-0607-0809-0a0b0c0d0e0f"));
        assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, bytes);
        assertEquals("00010203-0405-0607-0809-0a0b0c0d0e0f", WireUuid.of(bytes).toString());
        assertThrows(IllegalArgumentException.class, () -> WireUuid.of(new byte[8]));
        assertEquals(32, ConversationId.openedBy("ana", CLIENT_MSG_ID).hex().length());
    }

    private static byte[] changed(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }
}
