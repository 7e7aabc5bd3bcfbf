package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.cluster.SlotHash;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionTest {
    /** What stands in Redis and MySQL of every installation. */
    @Test
    void keepsItsFingerprint() {
        assertEquals("16:crc32:1", Partition.FINGERPRINT);
        assertEquals(16, Partition.COUNT);
    }

    /** A change here would look for conversations where they are not, so it needs another fingerprint. */
    @Test
    void keepsOwnersWhereTheyAre() {
        StringBuilder numbers = new StringBuilder();
        for (String owner : new String[] {"ana", "eva", "José", "用户", "😀", "admin", "42", "a b"}) {
            numbers.append(Partition.ofOwner(owner).number()).append(' ');
        }
        assertEquals("2 7 8 13 4 6 8 3 ", numbers.toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8, 16})
    void spreadsEvenlyOverMasters(int masters) {
        Map<Integer, Integer> partitions = new HashMap<>();
        for (Partition partition : Partition.all()) {
            int slot = SlotHash.getSlot("{" + partition.tag() + "}:log");
            // As redis-cli deals out the slots of a new cluster.
            int master = (int) Math.min(masters - 1, slot / (16384.0 / masters));
            partitions.merge(master, 1, Integer::sum);
        }
        assertEquals(masters, partitions.size());
        assertEquals(Set.of(16 / masters), new HashSet<>(partitions.values()));
    }

    @Test
    void spreadsOwnersEvenly() {
        Map<Partition, Integer> owners = new HashMap<>();
        for (int i = 0; i < 16_000; i++) {
            owners.merge(Partition.ofOwner("user" + i), 1, Integer::sum);
        }
        assertEquals(16, owners.size());
        owners.values().forEach(count -> assertTrue(count > 850 && count < 1_150, () -> owners.toString()));
    }

    @Test
    void putsEverythingOfAConversationIntoOneSlot() {
        for (String owner : new String[] {"ana", "{x}", "}{", "a}b", "José"}) {
            Partition partition = Partition.ofOwner(owner);
            ConversationId id = ConversationId.openedBy(owner, new UUID(1, 2));
            Set<Integer> slots = new HashSet<>();
            for (String key : new String[] {
                Keys.partition(partition), Keys.log(partition), Keys.dedupe(partition), Keys.dedupeBefore(partition),
                Keys.open(partition), Keys.adminsRoom(partition), Keys.userRoom(owner), Keys.openOf(owner),
                Keys.conversation(id), Keys.publicTail(id), Keys.staffTail(id), Keys.rate(partition, "root")
            }) {
                slots.add(SlotHash.getSlot(key));
            }
            assertEquals(1, slots.size(), owner);
        }
    }

    @Test
    void refusesNumbersThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> new Partition(-1));
        assertThrows(IllegalArgumentException.class, () -> new Partition(16));
    }
}
