package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.wire.ScriptRig.Speaker;
import io.lettuce.core.Range;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mark script in a real Redis. */
class MarkScriptIT {
    private static final String OWNER = "ana";
    private static final Partition PARTITION = Partition.ofOwner(OWNER);
    private static final String AFTER_ALL = "99999999999999-0";

    @TempDir
    static Path directory;

    private static ScriptRig rig;
    private int epoch;
    private Speaker ana;

    /** One call, with what a worker would choose unless a test says otherwise. */
    private final class Mark {
        private int fence = 1;
        private int ofEpoch = epoch;
        private String trimBefore = AFTER_ALL;
        private int messages;
        private int keep = 50;
        private int keepBytes = 8192;
        private final List<String> keys = new ArrayList<>(List.of(Keys.partition(PARTITION), Keys.log(PARTITION)));
        private final List<String> lanes = new ArrayList<>();

        Mark lane(boolean staff, Position position) {
            keys.add(Keys.conversation(ana.conversation()));
            keys.add(staff ? Keys.staffTail(ana.conversation()) : Keys.publicTail(ana.conversation()));
            lanes.addAll(List.of(
                    staff ? "1" : "0",
                    Integer.toString(position.epoch()),
                    Integer.toString(position.seq()),
                    staff ? "" : Keys.userRoom(OWNER),
                    staff ? "" : "to the owner"));
            return this;
        }

        String run() {
            List<String> arguments = new ArrayList<>(List.of(
                    Integer.toString(fence),
                    Integer.toString(ofEpoch),
                    trimBefore,
                    Integer.toString(messages),
                    Integer.toString(keep),
                    Integer.toString(keepBytes),
                    "3600",
                    Keys.adminsRoom(PARTITION),
                    "to admins"));
            arguments.addAll(lanes);
            byte[] answer = rig.redis.evalsha(
                    Script.MARK.sha1(),
                    ScriptOutputType.VALUE,
                    keys.toArray(String[]::new),
                    ScriptRig.bytes(arguments.toArray(String[]::new)));
            return new String(answer, StandardCharsets.UTF_8);
        }
    }

    @BeforeAll
    static void start() {
        rig = ScriptRig.start(directory);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void clean() {
        rig.redis.flushall();
        epoch = rig.prepare(PARTITION);
        ana = Speaker.owner(OWNER, epoch);
    }

    @Test
    void tellsWhatIsStoredAndTrimsTheLog() {
        List<byte[]> user = rig.listen(Keys.userRoom(OWNER));
        List<byte[]> admins = rig.listen(Keys.adminsRoom(PARTITION));
        say(3);
        Mark mark = publicUpTo(3);
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
        Mark mark = publicUpTo(1);
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
        new Mark().lane(false, new Position(epoch - 1, 5)).run();
        assertEquals("4", conversation("ps"));
        assertEquals(Integer.toString(epoch), conversation("pe"));
    }

    @Test
    void mayBeRepeatedWithoutCountingTwice() {
        say(3);
        say(2);
        List<String> ids = logIds();
        Mark mark = publicUpTo(3);
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
        Mark mark = publicUpTo(3);
        mark.messages = 1;

        assertEquals("ok", mark.run());
        assertEquals("0", rig.field(Keys.partition(PARTITION), "count"));
    }

    @Test
    void refusesAnOldOwner() {
        say(3);
        Mark newOwner = new Mark();
        newOwner.fence = 7;
        newOwner.trimBefore = "0-0";
        assertEquals("ok", newOwner.run());
        Mark zombie = publicUpTo(3);
        zombie.fence = 6;

        assertEquals("fenced", zombie.run());
        assertEquals(1, rig.redis.xlen(Keys.log(PARTITION)));
        assertEquals("", conversation("ps"));
    }

    @Test
    void refusesAnotherEpoch() {
        say(3);
        Mark mark = publicUpTo(3);
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
    void cutsTheTailToItsEntriesButNeverWhatIsNotStored() {
        say(10);
        Mark some = publicUpTo(4);
        some.keep = 2;
        some.run();
        assertEquals(6, tail());
        assertEquals(-1, rig.redis.ttl(Keys.publicTail(ana.conversation())));

        Mark all = publicUpTo(10);
        all.keep = 2;
        all.run();
        assertEquals(2, tail());
        assertTrue(rig.redis.ttl(Keys.publicTail(ana.conversation())) > 3590);
    }

    @Test
    void cutsTheTailToItsBytesButForOneEntry() {
        say(10);
        int entry = rig.redis.lindex(Keys.publicTail(ana.conversation()), 0).length;
        assertEquals(Integer.toString(10 * entry), conversation("tb"));
        Mark mark = publicUpTo(10);
        mark.keepBytes = 3 * entry;
        mark.run();
        assertEquals(3, tail());
        assertEquals(Integer.toString(3 * entry), conversation("tb"));

        Mark tight = publicUpTo(10);
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
        rig.append(epoch, admin.going(admin.notes("1"), admin.notes("2"), admin.notes("3")));
        Mark mark = new Mark().lane(true, new Position(epoch, 3));
        mark.keep = 1;
        mark.run();

        assertEquals("3", conversation("ns"));
        assertEquals("", conversation("ps"));
        assertEquals(1, rig.redis.llen(Keys.staffTail(ana.conversation())));
        assertEquals(2, tail());
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

    private Mark publicUpTo(int seq) {
        return new Mark().lane(false, new Position(epoch, seq));
    }

    private void say(int messages) {
        MessageRecord[] said = new MessageRecord[messages];
        for (int i = 0; i < messages; i++) {
            said[i] = ana.says("message");
        }
        rig.append(epoch, ana.opening(said));
    }

    private long tail() {
        return rig.redis.llen(Keys.publicTail(ana.conversation()));
    }

    private String conversation(String field) {
        return rig.field(Keys.conversation(ana.conversation()), field);
    }

    private static List<String> logIds() {
        return rig.redis.xrange(Keys.log(PARTITION), Range.unbounded()).stream()
                .map(entry -> entry.getId())
                .toList();
    }
}
