package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ScriptRig.Answer;
import dev.switchboard.wire.ScriptRig.Limits;
import dev.switchboard.wire.ScriptRig.Outcome;
import dev.switchboard.wire.ScriptRig.Speaker;
import io.lettuce.core.RedisException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The append script in a real Redis at its limits: rate, backlog, memory of duplicates, size of a call, memory. */
class AppendLimitsScriptIT extends OneOwnerScripts {
    @Test
    void saysWhenARateLimitedSenderMayTryAgain() {
        int period = 300;
        Outcome outcome = rig.append(
                epoch, ana.group('o', 2, period, ana.says("1"), ana.says("2"), ana.says("3"), ana.says("4")));

        assertEquals("AALL", outcome.kinds());
        assertEquals(period, outcome.answers().get(2).number());
        long acceptedAt = outcome.number();
        MessageRecord third = ana.says("3");
        Outcome[] last = new Outcome[1];
        ScriptRig.await(() -> {
            last[0] = rig.append(epoch, ana.group('x', 2, period, third));
            Answer answer = last[0].only();
            if (answer.kind() == 'L') {
                assertEquals(acceptedAt + period, last[0].number() + answer.number());
            }
            return answer.kind() == 'A';
        });
        assertTrue(last[0].number() >= acceptedAt + period);
        assertTrue(rig.redis.pttl(Keys.rate(PARTITION, OWNER)) <= 2L * period);
    }

    @Test
    void forgetsTheRateOfAClockThatWentBack() {
        int period = 10_000;
        long now = rig.append(epoch, ana.group('o', 2, period, ana.says("1"))).number();
        // As it stands there when Redis' clock goes back by a minute.
        rig.redis.set(
                Keys.rate(PARTITION, OWNER),
                Long.toString(now + 60_000 + period).getBytes(StandardCharsets.UTF_8));

        Outcome outcome = rig.append(epoch, ana.group('x', 2, period, ana.says("2"), ana.says("3"), ana.says("4")));

        assertEquals("AAL", outcome.kinds());
        assertTrue(rig.redis.pttl(Keys.rate(PARTITION, OWNER)) <= 2L * period);
    }

    @Test
    void countsTheRateOfASenderOverGroups() {
        Speaker admin = ana.joinedBy("root");
        rig.append(epoch, ana.opening(ana.says("1")));
        Outcome outcome = rig.append(
                epoch,
                admin.group('x', 2, 60_000, admin.says("1"), admin.says("2")),
                admin.group('x', 2, 60_000, admin.notes("3")));

        assertEquals("AAL", outcome.kinds());
    }

    @Test
    void refusesWhenTheBacklogIsFullButStillKnowsWhatItAccepted() {
        MessageRecord first = ana.says("1");
        Limits two = new Limits(2, 100, 1_000_000);
        assertEquals(
                "AAB",
                rig.append(two, epoch, ana.opening(first, ana.says("2"), ana.says("3")))
                        .kinds());
        assertEquals(
                "DB",
                rig.append(two, epoch, ana.going(ana.repeats(first, "1"), ana.says("3")))
                        .kinds());
        assertEquals("2", rig.field(Keys.partition(PARTITION), "count"));
    }

    @Test
    void opensNothingWhenEverythingIsRefused() {
        assertEquals(
                "B",
                rig.append(new Limits(0, 100, 1_000_000), epoch, ana.opening(ana.says("1")))
                        .kinds());
        assertEquals(0, rig.redis.exists(Keys.openOf(OWNER), Keys.conversation(ana.conversation())));
        assertEquals(0, rig.redis.zcard(Keys.open(PARTITION)));
        assertEquals(0, rig.redis.xlen(Keys.log(PARTITION)));
    }

    @Test
    void keepsTheGenerationBeforeWhenDedupeRotates() {
        Limits two = new Limits(1_000, 2, 1_000_000);
        MessageRecord first = ana.says("1");
        rig.append(two, epoch, ana.opening(first, ana.says("2")));
        assertEquals(
                "AD",
                rig.append(two, epoch, ana.going(ana.says("3"), ana.repeats(first, "1")))
                        .kinds());
        assertEquals("A", rig.append(two, epoch, ana.going(ana.says("4"))).kinds());
        // The second rotation drops what was accepted before the first.
        assertEquals(
                "AA",
                rig.append(two, epoch, ana.going(ana.says("5"), ana.repeats(first, "1")))
                        .kinds());
    }

    @Test
    void rotatesDedupeByAge() {
        rig.append(epoch, ana.opening(ana.says("1")));
        rig.redis.hset(Keys.partition(PARTITION), "rotated", "1000".getBytes(StandardCharsets.UTF_8));
        rig.append(epoch, ana.going(ana.says("2")));

        assertEquals(1, rig.redis.hlen(Keys.dedupe(PARTITION)));
        assertEquals(1, rig.redis.hlen(Keys.dedupeBefore(PARTITION)));
        assertEquals("1", rig.field(Keys.partition(PARTITION), "ids"));
    }

    @Test
    void goesOnWhenTheDedupeHashWasDeleted() {
        Limits two = new Limits(1_000, 2, 1_000_000);
        rig.append(two, epoch, ana.opening(ana.says("1"), ana.says("2")));
        rig.redis.del(Keys.dedupe(PARTITION));

        assertEquals("A", rig.append(two, epoch, ana.going(ana.says("3"))).kinds());
        assertEquals("A", rig.append(two, epoch, ana.going(ana.says("4"))).kinds());
        assertEquals("A", rig.append(two, epoch, ana.going(ana.says("5"))).kinds());
    }

    @Test
    void takesAThousandMessagesAtOnceAndRefusesTooManyAsAWhole() {
        MessageRecord[] many = new MessageRecord[1_000];
        for (int i = 0; i < many.length; i++) {
            many[i] = ana.says("m" + i);
        }
        Outcome outcome = rig.append(epoch, ana.opening(many));
        assertEquals("A".repeat(1_000), outcome.kinds());
        assertEquals("A1000", outcome.rows());

        MessageRecord[] tooMany = new MessageRecord[5_000];
        for (int i = 0; i < tooMany.length; i++) {
            tooMany[i] = ana.says("m" + i);
        }
        assertThrows(RedisException.class, () -> rig.append(epoch, ana.group('x', 1_000_000, 1, tooMany)));
        assertEquals(1, rig.redis.xlen(Keys.log(PARTITION)));
        assertEquals(List.of(1_000), Tail.counts(tail(Lane.PUBLIC)));
        assertEquals("1000", conversation("s"));
    }

    @Test
    void announcesNothingWhenRedisIsFull() {
        List<byte[]> admins = rig.listen(Keys.adminsRoom(PARTITION));
        rig.append(epoch, ana.opening(ana.says("1")));
        rig.redis.configSet("maxmemory", "1mb");
        try {
            assertThrows(RedisException.class, () -> rig.append(epoch, ana.going(ana.says("2"))));
        } finally {
            rig.redis.configSet("maxmemory", "1gb");
        }
        rig.append(epoch, ana.going(ana.says("3")));
        ScriptRig.await(() -> admins.size() >= 2);

        assertEquals(2, admins.size());
        assertEquals(2, rig.redis.xlen(Keys.log(PARTITION)));
    }
}
