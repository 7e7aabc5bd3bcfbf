package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ScriptRig.Speaker;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How a partition becomes ready, and what MySQL puts back into it before: the prepare and restore scripts in a real Redis. */
class RestoreScriptIT extends OneOwnerScripts {
    private static final int BEGUN = -2;
    private static final int GOING = -3;

    @Test
    void aPartitionIsReadyOnlyAfterAPassOverAllThatIsOpen() {
        rig.empty();
        assertEquals(BEGUN, prepare(false));
        assertEquals("", rig.field(Keys.partition(PARTITION), "epoch"));
        assertEquals('u', rig.append(epoch, ana.opening(ana.says("too early"))).status());
        assertEquals(GOING, prepare(false));
        int ready = prepare(true);
        assertTrue(ready > 0);
        assertEquals(ready, prepare(false), "again, it changes nothing");
        assertEquals("", rig.field(Keys.partition(PARTITION), "restoring"));
        Speaker now = ana.in(ready);
        assertEquals("A1", rig.append(ready, now.opening(now.says("in time"))).rows());
    }

    @Test
    void aPassThatEndsWithoutHavingBegunEndsNothing() {
        rig.empty();
        assertEquals(BEGUN, prepare(true));
        assertEquals("", rig.field(Keys.partition(PARTITION), "epoch"));
    }

    @Test
    void anEpochThatRoseWantsAPassWhileMessagesAreTaken() {
        say(1);
        assertEquals(epoch, prepare(false));
        int next = failOver();
        assertEquals(BEGUN, prepare(false));
        Speaker later = ana.in(next);
        assertEquals(
                "A1", rig.append(next, later.going(later.says("meanwhile"))).rows());
        assertEquals(next, prepare(true));
    }

    @Test
    void aPassIsOverWhenRedisIsWipedOrFailsOverOrAnotherWorkerComes() {
        failOver();
        assertEquals(BEGUN, prepare(false));
        assertEquals("k", restoring().run().replace('c', 'k'));
        failOver();
        assertEquals("over", restoring().run());
        assertEquals(BEGUN, prepare(true), "what it saw is out of date");

        rig.empty();
        assertEquals("over", restoring().run());
        assertEquals(BEGUN, prepare(true));

        assertEquals(BEGUN, RestoreCall.prepare(rig, ana, 2, "heir", false));
        assertEquals("fenced", restoring().run());
        assertEquals(-1, prepare(true));
        assertEquals("", rig.field(Keys.partition(PARTITION), "epoch"));
        RestoreCall heirs = restoring();
        heirs.fence = 2;
        assertEquals("over", heirs.run(), "that of the one before");
    }

    @Test
    void putsAConversationIntoAnEmptyRedisAsMysqlHasIt() {
        rig.empty();
        prepare(false);
        RestoreCall call = restoring().publicUpTo(epoch, 7).staffUpTo(epoch, 2);
        call.ownerRead = new Position(epoch, 5);
        call.staffRead = new Position(epoch, 6);
        call.lastOwnerSeq = 7;
        call.lastAdminSeq = 4;
        assertEquals("c", call.run());
        assertEquals("k", call.run(), "a second time it is there");
        int next = prepare(true);

        assertFields(
                "o", OWNER, "st", "0", "s", "7", "n", "2", "pe", epoch + "", "ps", "7", "ne", epoch + "", "ns", "2");
        assertFields("ore", epoch + "", "ors", "5", "sre", epoch + "", "srs", "6", "los", "7", "las", "4");
        assertFields("lt", "1700000000123", "e", epoch + "", "be", "");
        assertEquals(
                1_700_000_000_456d,
                rig.redis.zscore(Keys.open(PARTITION), ana.conversation().bytes()));
        assertArrayEquals(ana.conversation().bytes(), rig.redis.get(Keys.openOf(OWNER)));
        assertEquals(0, rig.redis.xlen(Keys.log(PARTITION)), "nothing is news");

        Speaker later = ana.in(next);
        assertEquals(
                8, rig.append(next, later.opening(later.says("goes on"))).only().number());
        assertFields("be", epoch + "", "bs", "7", "bn", "2", "e", next + "");
    }

    @Test
    void leavesTheOwnerTheConversationTheyHave() {
        say(1);
        failOver();
        prepare(false);
        Speaker before = Speaker.owner(OWNER, epoch);
        assertEquals("c", new RestoreCall(rig, before).publicUpTo(epoch, 3).run());
        assertArrayEquals(ana.conversation().bytes(), rig.redis.get(Keys.openOf(OWNER)));
        assertEquals("3", rig.field(Keys.conversation(before.conversation()), "s"));
    }

    @Test
    @Tag("T23")
    void numbersGoOnBehindWhatMysqlRemembers() {
        say(3);
        int next = failOver();
        prepare(false);
        assertEquals("r", restoring().publicUpTo(epoch, 5).run());
        assertEquals(next, prepare(true));
        assertFields("s", "5", "pe", epoch + "", "ps", "5", "tb", "0");
        assertEquals(List.of(), tail(Lane.PUBLIC));
        Speaker later = ana.in(next);
        assertEquals(6, rig.append(next, later.going(later.says("6"))).only().number());
        assertFields("be", epoch + "", "bs", "5");
    }

    @Test
    void changesNothingWhereRedisHasTheSameOrMore() {
        say(3);
        Speaker admin = ana.joinedBy("root");
        rig.append(epoch, admin.going(admin.notes("note")));
        publicUpTo(2).run();
        int next = failOver();
        prepare(false);
        assertEquals("k", restoring().publicUpTo(epoch, 2).run());
        assertEquals("k", restoring().run());
        assertEquals("r", restoring().publicUpTo(epoch, 3).staffUpTo(epoch, 1).run(), "what is stored is news");
        assertFields("ps", "3", "ns", "1", "s", "3", "n", "1");
        assertEquals(List.of(3), Tail.counts(pieces()), "and what is here stays here");
        Speaker later = ana.in(next);
        rig.append(next, later.going(later.says("4")));
        assertEquals("k", restoring().publicUpTo(epoch, 3).run());
        assertFields("s", "4", "e", next + "", "be", epoch + "", "bs", "3");
    }

    @Test
    @Tag("T23")
    void makesEverybodyLoadAnewWhereTheNewEpochCollidesWithWhatMysqlRemembers() {
        say(3);
        int next = failOver();
        Speaker later = ana.in(next);
        rig.append(next, later.going(later.says("4, again")));
        prepare(false);
        RestoreCall call = restoring().publicUpTo(epoch, 5);
        assertEquals("x", call.run());
        assertFields("s", "4", "e", next + "", "be", epoch + "");

        rig.append(next, later.going(later.says("5, again")));
        call.settling = true;
        assertEquals("r", call.run());
        int settled = prepare(true);
        assertEquals(next + 1, settled);
        assertFields("s", "5", "e", settled + "", "be", "0", "bs", "0", "mx", settled + "");
        for (Position known : List.of(new Position(epoch, 3), new Position(next, 5), new Position(next, 4))) {
            assertEquals("resync", outcome(known));
        }
        assertEquals("complete", outcome(new Position(settled, 5)));
        assertEquals('e', rig.append(next, later.going(later.says("6"))).status());
        Speaker last = ana.in(settled);
        assertEquals(6, rig.append(settled, last.going(last.says("6"))).only().number());

        // A pass that has to be made again finds that it is settled.
        rig.redis.hdel(Keys.partition(PARTITION), "compared");
        assertEquals(BEGUN, prepare(false));
        call.settling = false;
        assertEquals("k", call.run());
    }

    /** Nobody has compared since the first of them. */
    @Test
    void collidesAlsoWhereTheEpochRoseTwice() {
        say(3);
        int second = failOver();
        Speaker later = ana.in(second);
        rig.append(second, later.going(later.says("4, again"), later.says("5, again"), later.says("6")));
        int third = failOver();
        prepare(false);
        assertEquals("x", restoring().publicUpTo(epoch, 5).run(), "behind the base");
        assertEquals("k", restoring().publicUpTo(0, 0).run());
        Speaker last = ana.in(third);
        rig.append(third, last.going(last.says("7")));
        assertEquals("x", restoring().publicUpTo(epoch, 3).run(), "whether behind the base of then nobody knows");
        rig.redis.hset(Keys.partition(PARTITION), "compared", bytes(second));
        assertEquals("k", restoring().publicUpTo(epoch, 3).run().replace('r', 'k'), "but who has compared then");
    }

    @Test
    void collidesWithWhatAnotherPrimaryTookMeanwhile() {
        say(3);
        int next = failOver();
        prepare(false);
        assertEquals("x", restoring().publicUpTo(epoch + 1, 3).run());
        assertEquals("x", restoring().publicUpTo(epoch - 1, 4).run());
        assertEquals("x", restoring().publicUpTo(epoch - 1, 3).run(), "opened anew, under the same id");
        assertEquals(
                "x", restoring().publicUpTo(epoch, 3).staffUpTo(epoch - 1, 1).run());
        assertTrue(next > epoch);
    }

    @Test
    @Tag("T23")
    void putsBackWhatIsNotTouchedAndSaysSo() {
        say(3);
        failOver();
        prepare(false);
        List<byte[]> toTheOwner = rig.listen(Keys.userRoom(OWNER));
        List<byte[]> toAdmins = rig.listen(Keys.adminsRoom(PARTITION));
        RestoreCall call = restoring();
        call.status = 2;
        call.setAt = new Position(epoch, 2);
        call.ownerRead = new Position(epoch, 3);
        call.staffRead = new Position(epoch, 1);
        call.lastAdminSeq = 3;
        assertEquals("r", call.run());
        assertFields("st", "2", "ste", epoch + "", "sts", "2", "ors", "3", "srs", "1", "las", "3", "los", "3");
        assertEquals("mark of the owner", text(rig.logged(PARTITION, 1)));
        assertEquals("mark of staff", text(rig.logged(PARTITION, 2)));
        assertEquals("5", rig.field(Keys.partition(PARTITION), "count"));
        ScriptRig.await(() -> toTheOwner.size() == 2 && toAdmins.size() == 2);
        assertEquals("mark of the owner", text(toTheOwner.get(0)));
        assertTrue(text(toAdmins.get(1)).startsWith("mark of staff"));
        assertEquals("k", call.run(), "once");
    }

    @Test
    @Tag("T23")
    void leavesWhatTheNewEpochHasTouched() {
        say(3);
        int next = failOver();
        rig.redis.hset(Keys.conversation(ana.conversation()), "ore", bytes(next));
        rig.redis.hset(Keys.conversation(ana.conversation()), "ors", bytes(1));
        rig.redis.hset(Keys.conversation(ana.conversation()), "ste", bytes(next));
        rig.redis.hset(Keys.conversation(ana.conversation()), "sts", bytes(1));
        prepare(false);
        RestoreCall call = restoring();
        call.status = 2;
        call.setAt = new Position(epoch, 2);
        call.ownerRead = new Position(epoch, 3);
        assertEquals("k", call.run());
        assertFields("st", "0", "ors", "1");
        assertEquals(1, rig.redis.xlen(Keys.log(PARTITION)));
    }

    @Test
    @Tag("T23")
    void closesWhatOnlyMysqlKnowsToBeClosed() {
        say(3);
        failOver();
        prepare(false);
        RestoreCall call = restoring().publicUpTo(epoch, 3);
        call.status = 4;
        call.setAt = new Position(epoch, 3);
        assertEquals("r", call.run());
        assertEquals(0, rig.redis.zcard(Keys.open(PARTITION)));
        assertEquals(0, rig.redis.exists(Keys.openOf(OWNER)));
        rig.redis.del(Keys.conversation(ana.conversation()));
        assertEquals("k", call.run(), "closed, it has no place here");
        assertEquals(0, rig.redis.exists(Keys.conversation(ana.conversation())));
    }

    @Test
    void worksWhereRedisIsFull() {
        rig.empty();
        rig.redis.configSet("maxmemory", "1");
        try {
            assertEquals(BEGUN, prepare(false));
            assertEquals("c", restoring().publicUpTo(epoch, 7).run());
            assertTrue(prepare(true) > 0);
        } finally {
            rig.redis.configSet("maxmemory", "1gb");
        }
    }

    @Test
    void remembersWhereTheLaneEndedThatEndedFirst() {
        rig.empty();
        prepare(false);
        assertEquals(
                "c", restoring().publicUpTo(epoch, 7).staffUpTo(epoch + 5, 2).run());
        prepare(true);
        assertFields("e", (epoch + 5) + "", "be", epoch + "", "bs", "7", "bn", "0");
        assertEquals("complete", outcome(new Position(epoch, 7)));
        assertEquals("resync", outcome(new Position(epoch, 8)));
    }

    private String outcome(Position at) {
        return text((byte[]) readLane(Script.RESUME, "0", at, 10, 10_000).get(6));
    }

    private int prepare(boolean compared) {
        return RestoreCall.prepare(rig, ana, 1, RestoreCall.PASS, compared);
    }

    private RestoreCall restoring() {
        return new RestoreCall(rig, ana);
    }

    private int failOver() {
        rig.redis.hset(Keys.partition(PARTITION), "replid", "elsewhere".getBytes(StandardCharsets.UTF_8));
        return rig.raiseEpoch(PARTITION, epoch);
    }

    private void assertFields(String... fieldsAndValues) {
        for (int i = 0; i < fieldsAndValues.length; i += 2) {
            assertEquals(fieldsAndValues[i + 1], conversation(fieldsAndValues[i]), fieldsAndValues[i]);
        }
    }

    private static byte[] bytes(int number) {
        return Integer.toString(number).getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
