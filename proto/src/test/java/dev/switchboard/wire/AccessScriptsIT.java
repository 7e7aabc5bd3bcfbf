package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The scripts about who may come in, in a real Redis. */
@ExtendWith(SharedRedis.class)
class AccessScriptsIT {
    private static final String[] REVOCATIONS = {Keys.REVOCATION, Keys.REVOKED, Keys.REVOKED_UNTIL};
    private static final String ADDRESS = "192.0.2.7";

    private static byte[] bytes(Object value) {
        return value.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String text(Object value) {
        return new String((byte[]) value, StandardCharsets.UTF_8);
    }

    private static @Nullable String revoke(ScriptRig rig, String kind, String subject, long life, int most) {
        byte[] record = rig.redis.eval(
                Script.REVOKE.source(),
                ScriptOutputType.VALUE,
                REVOCATIONS,
                bytes(kind),
                bytes(subject),
                bytes(life),
                bytes(most),
                bytes(Keys.ACCESS_ROOM));
        return record == null ? null : text(record);
    }

    private static List<Object> read(ScriptRig rig, long after, int most) {
        return rig.redis.eval(Script.REVOKED.source(), ScriptOutputType.MULTI, REVOCATIONS, bytes(after), bytes(most));
    }

    private static List<String> records(List<Object> answer) {
        List<String> records = new ArrayList<>();
        for (int i = 2; i < answer.size(); i += 3) {
            records.add(text(answer.get(i)));
        }
        return records;
    }

    @Test
    void recordsAreReadInTheirOrderInParts(ScriptRig rig) {
        List<byte[]> heard = rig.listen(Keys.ACCESS_ROOM);
        long before = System.currentTimeMillis();
        assertEquals("t 0a", revoke(rig, "t", "0a", 60_000, 10));
        assertEquals("j 0b", revoke(rig, "j", "0b", 60_000, 10));
        String user = revoke(rig, "u", "ana maría", 60_000, 10);
        assertTrue(user != null && user.matches("u \\d{13} ana maría"), user);
        assertTrue(Math.abs(Long.parseLong(user.split(" ", 3)[1]) - before) < 60_000);
        ScriptRig.await(() -> heard.size() == 3);
        assertEquals(0, heard.get(0).length);

        List<Object> first = read(rig, 0, 2);
        assertEquals(List.of("t 0a", "j 0b"), records(first));
        assertEquals(3L, first.get(1));
        assertEquals(List.of(1L, 2L), List.of(first.get(3), first.get(6)));
        long remaining = (Long) first.get(4);
        assertTrue(remaining > 30_000 && remaining <= 60_000, () -> remaining + " ms");
        assertEquals(List.of(user), records(read(rig, 2, 2)));
        assertEquals(List.of(), records(read(rig, 3, 2)));
    }

    @Test
    void oneThatIsRecordedAgainIsNewAndLivesLonger(ScriptRig rig) {
        revoke(rig, "t", "0a", 60_000, 10);
        revoke(rig, "t", "0b", 60_000, 10);
        revoke(rig, "t", "0a", 1_000, 10);
        List<Object> found = read(rig, 0, 10);
        assertEquals(List.of("t 0b", "t 0a"), records(found));
        assertTrue((Long) found.get(7) > 30_000, "never shorter");
    }

    @Test
    void whatHasEndedMakesRoomAndNothingElseDoes(ScriptRig rig) {
        assertEquals("t 0a", revoke(rig, "t", "0a", 60_000, 2));
        assertEquals("t 0b", revoke(rig, "t", "0b", 1, 2));
        ScriptRig.await(() -> revoke(rig, "t", "0c", 60_000, 2) != null);
        assertNull(revoke(rig, "t", "0d", 60_000, 2));
        assertEquals("t 0c", revoke(rig, "t", "0c", 60_000, 2), "it is there");
        assertEquals(List.of("t 0a", "t 0c"), records(read(rig, 0, 10)));
        assertEquals(2, rig.redis.zcard(Keys.REVOKED_UNTIL));
    }

    @Test
    void failuresOfAnAddressAddUpToOneTooMany(ScriptRig rig) {
        List<byte[]> heard = rig.listen(Keys.ACCESS_ROOM);
        List<Long> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            answers.add(rig.redis.eval(
                    Script.FAILED.source(),
                    ScriptOutputType.INTEGER,
                    new String[] {Keys.failed(ADDRESS)},
                    bytes(3),
                    bytes(60_000),
                    bytes(Keys.ACCESS_ROOM),
                    bytes(ADDRESS)));
        }
        assertEquals(List.of(0L, 0L, 60_000L), answers);
        ScriptRig.await(() -> heard.size() == 1);
        assertEquals(ADDRESS, text(heard.get(0)));
        assertTrue(rig.redis.pttl(Keys.failed(ADDRESS)) > 0, "it goes by itself");
    }

    @Test
    void requestsAreAdmittedAtOnceUpToTheBurstAndThenInTurn(ScriptRig rig) {
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waits.add(asked(rig, 3, "10000.5"));
        }
        assertEquals(List.of(0L, 0L, 0L), waits.subList(0, 3));
        long wait = waits.get(3);
        assertTrue(wait > 1_000 && wait <= 10_001, () -> wait + " ms");
        assertTrue(rig.redis.pttl(Keys.asked("ana", false)) <= 30_002, "it goes when the allowance is whole");
        rig.redis.del(Keys.asked("ana", false));
        assertEquals(0, asked(rig, 1, "50"));
        ScriptRig.await(() -> asked(rig, 1, "50") == 0);
    }

    private static long asked(ScriptRig rig, int burst, String interval) {
        Long wait = rig.redis.eval(
                Script.ASKED.source(),
                ScriptOutputType.INTEGER,
                new String[] {Keys.asked("ana", false)},
                bytes(burst),
                bytes(interval));
        return wait;
    }
}
