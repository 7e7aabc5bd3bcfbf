package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ScriptRig.Speaker;
import io.lettuce.core.Range;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The mark script in a real Redis. */
class MarkScriptIT extends OneOwnerScripts {
    @Test
    void tellsWhatIsStoredAndTrimsTheLog() {
        List<byte[]> user = rig.listen(Keys.userRoom(OWNER));
        List<byte[]> admins = rig.listen(Keys.adminsRoom(PARTITION));
        say(3);
        MarkCall mark = publicUpTo(3);
        mark.messages = 3;

        assertEquals("ok", mark.run());
        assertEquals("3", conversation("ps"));
        assertEquals(Integer.toString(epoch), conversation("pe"));
        assertEquals(0, rig.redis.xlen(Keys.log(PARTITION)));
        assertEquals("0", rig.field(Keys.partition(PARTITION), "count"));
        ScriptRig.await(() -> user.size() == 2 && admins.size() == 2);
        assertArrayEquals("to the owner".getBytes(StandardCharsets.UTF_8), user.get(1));
        assertArrayEquals("to admins".getBytes(StandardCharsets.UTF_8), admins.get(1));
    }

    @Test
    void keepsWhatWasLoggedSince() {
        say(1);
        say(2);
        List<String> ids = logIds();
        MarkCall mark = publicUpTo(1);
        mark.trimBefore = ids.get(1);
        mark.messages = 1;

        assertEquals("ok", mark.run());
        assertEquals(ids.subList(1, 2), logIds());
        assertEquals("2", rig.field(Keys.partition(PARTITION), "count"));
    }

    @Test
    void onlyRaisesPositions() {
        say(5);
        publicUpTo(4).run();
        publicUpTo(2).run();
        assertEquals("4", conversation("ps"));
        new MarkCall(rig, ana).lane(false, new Position(epoch - 1, 5)).run();
        assertEquals("4", conversation("ps"));
        assertEquals(Integer.toString(epoch), conversation("pe"));
    }

    @Test
    void mayBeRepeatedWithoutCountingTwice() {
        say(3);
        say(2);
        List<String> ids = logIds();
        MarkCall mark = publicUpTo(3);
        mark.trimBefore = ids.get(1);
        mark.messages = 3;

        assertEquals("ok", mark.run());
        assertEquals("ok", mark.run());
        assertEquals("2", rig.field(Keys.partition(PARTITION), "count"));
    }

    @Test
    void findsTheCountAgainWhenTheLogIsEmpty() {
        say(3);
        // The worker before committed these and died: whoever comes next can't know how many they were.
        MarkCall mark = publicUpTo(3);
        mark.messages = 1;

        assertEquals("ok", mark.run());
        assertEquals("0", rig.field(Keys.partition(PARTITION), "count"));
    }

    @Test
    void refusesAnOldOwner() {
        say(3);
        MarkCall newOwner = new MarkCall(rig, ana);
        newOwner.fence = 7;
        newOwner.trimBefore = "0-0";
        assertEquals("ok", newOwner.run());
        MarkCall zombie = publicUpTo(3);
        zombie.fence = 6;

        assertEquals("fenced", zombie.run());
        assertEquals(1, rig.redis.xlen(Keys.log(PARTITION)));
        assertEquals("", conversation("ps"));
    }

    @Test
    void refusesAnotherEpoch() {
        say(3);
        MarkCall mark = publicUpTo(3);
        mark.ofEpoch = epoch - 1;

        assertEquals("epoch", mark.run());
        assertEquals(1, rig.redis.xlen(Keys.log(PARTITION)));
        assertEquals("", conversation("ps"));
    }

    @Test
    void doesNotMakeAPartitionThatIsNotPrepared() {
        rig.redis.flushall();
        assertEquals("epoch", publicUpTo(1).run());
        assertEquals(0, rig.redis.dbsize());
    }

    @Test
    void cutsTheTailToItsMessagesButNeverWhatIsNotStored() {
        sayEach(10);
        MarkCall some = publicUpTo(4);
        some.keep = 2;
        some.run();
        assertEquals(6, tail());
        assertEquals(-1, rig.redis.ttl(Keys.publicTail(ana.conversation())));

        MarkCall all = publicUpTo(10);
        all.keep = 2;
        all.run();
        assertEquals(2, tail());
        assertTrue(rig.redis.ttl(Keys.publicTail(ana.conversation())) > 3590);
    }

    @Test
    void cutsTheTailToItsBytesButForOnePiece() {
        sayEach(10);
        int entry = rig.redis.lindex(Keys.publicTail(ana.conversation()), 1).length;
        assertEquals(Integer.toString(10 * entry), conversation("tb"));
        MarkCall mark = publicUpTo(10);
        mark.keepBytes = 3 * entry;
        mark.run();
        assertEquals(3, tail());
        assertEquals(Integer.toString(3 * entry), conversation("tb"));

        MarkCall tight = publicUpTo(10);
        tight.keepBytes = 1;
        tight.run();
        assertEquals(1, tail());
    }

    @Test
    void keepsTheTailAliveOnceSomethingIsSaidAgain() {
        say(2);
        publicUpTo(2).run();
        assertTrue(rig.redis.ttl(Keys.publicTail(ana.conversation())) > 0);
        say(1);
        assertEquals(-1, rig.redis.ttl(Keys.publicTail(ana.conversation())));
        assertEquals(3, tail());
    }

    @Test
    void marksTheStaffLaneForItself() {
        say(2);
        Speaker admin = ana.joinedBy("root");
        for (int i = 0; i < 3; i++) {
            rig.append(epoch, admin.going(admin.notes("note")));
        }
        String bytes = conversation("tb");
        MarkCall mark = new MarkCall(rig, ana).lane(true, new Position(epoch, 3));
        mark.keep = 1;
        mark.run();

        assertEquals("3", conversation("ns"));
        assertEquals("", conversation("ps"));
        assertEquals(List.of(1), Tail.counts(tail(Lane.STAFF)));
        assertEquals(2, tail());
        assertEquals(bytes, conversation("tb"), "bytes are those of the PUBLIC tail");
    }

    @Test
    void ignoresConversationsThatLeft() {
        say(2);
        rig.redis.del(Keys.conversation(ana.conversation()));
        assertEquals("ok", publicUpTo(2).run());
        assertEquals(0, rig.redis.exists(Keys.conversation(ana.conversation())));
    }

    @Test
    void makesRoomWhenRedisIsFull() {
        say(10);
        rig.redis.configSet("maxmemory", "1mb");
        try {
            assertEquals("ok", publicUpTo(10).run());
        } finally {
            rig.redis.configSet("maxmemory", "1gb");
        }
        assertEquals(0, rig.redis.xlen(Keys.log(PARTITION)));
    }

    /** Messages in the tail. */
    private int tail() {
        return pieces().stream().mapToInt(Tail.Piece::count).sum();
    }

    private List<String> logIds() {
        return rig.redis.xrange(Keys.log(PARTITION), Range.unbounded()).stream()
                .map(entry -> entry.getId())
                .toList();
    }
}
