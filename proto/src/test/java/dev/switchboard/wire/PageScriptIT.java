package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page script in a real Redis. */
class PageScriptIT extends OneOwnerScripts {
    @Test
    void answersNothingForAnUnknownConversation() {
        assertTrue(call("0", Position.START, 10, 10_000).isEmpty());
    }

    @Test
    void answersWhoseItIsAndNoMoreToSomebodyElse() {
        say(3);
        List<Object> foreign = call("0", Position.START, 10, 10_000, OWNER + "-2");
        assertEquals(1, foreign.size());
        assertEquals(OWNER, new String((byte[]) foreign.get(0), StandardCharsets.UTF_8));
        assertEquals(List.of(List.of(1, 2, 3)), records(call("0", Position.START, 10, 10_000, OWNER)));
    }

    @Test
    void answersTheNewestPiecesFirst() {
        say(3);
        say(2);
        say(4);
        List<Object> page = call("0", Position.START, 5, 1_000_000);
        assertEquals(OWNER, new String((byte[]) page.get(0), StandardCharsets.UTF_8));
        assertEquals((long) epoch, page.get(2));
        assertEquals(9L, page.get(3));
        assertEquals(1L, page.get(7));
        assertEquals(0L, page.get(8), "nothing but what is stored and not here any more is in MySQL alone");
        assertEquals(List.of(List.of(6, 7, 8, 9), List.of(4, 5)), records(page));
        assertEquals(List.of(List.of(6, 7, 8, 9)), records(call("0", Position.START, 10, 1)));
        assertEquals(List.of(), records(call("0", Position.START, 0, 1_000_000)));
    }

    @Test
    void answersWhatStandsBeforeAPosition() {
        say(3);
        say(2);
        say(4);
        assertEquals(
                List.of(List.of(4, 5), List.of(1, 2, 3)), records(call("0", new Position(epoch, 6), 3, 1_000_000)));
        // Of the piece that holds the position only what stands before it counts.
        assertEquals(
                List.of(List.of(6, 7, 8, 9), List.of(4, 5)), records(call("0", new Position(epoch, 8), 3, 1_000_000)));
        assertEquals(List.of(), records(call("0", new Position(epoch, 1), 3, 1_000_000)));
        rig.redis.lpop(Keys.publicTail(ana.conversation()), 2);
        assertEquals(4L, call("0", new Position(epoch, 6), 3, 1_000_000).get(7));
        assertEquals(List.of(), records(call("0", new Position(epoch, 4), 3, 1_000_000)));
    }

    @Test
    void answersOneRecordForAPreviewHoweverBigItsPiece() {
        say(300);
        assertEquals(List.of(List.of(300)), records(call("0", Position.START, 1, 1)));
    }

    @Test
    void answersNothingOfTheTailBehindTheBaseToAPositionOfTheEpochBefore() {
        say(3);
        rig.redis.hset(Keys.partition(PARTITION), "replid", "elsewhere".getBytes(StandardCharsets.UTF_8));
        int earlier = epoch;
        epoch = rig.raiseEpoch(PARTITION, epoch);
        ana = ana.in(epoch);
        say(2);
        assertEquals(List.of(List.of(1, 2, 3)), records(call("0", new Position(earlier, 9), 10, 1_000_000)));
        assertEquals(List.of(List.of(4, 5)), records(call("0", Position.START, 2, 1_000_000)));
    }

    @Test
    void tellsMarksOfThePublicLaneOnly() {
        say(3);
        rig.redis.hset(Keys.conversation(ana.conversation()), "srs", ScriptRig.bytes("2")[0]);
        byte[] marks = (byte[]) call("0", Position.START, 0, 0).get(6);
        ByteBuffer numbers = ByteBuffer.wrap(marks).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(40, marks.length);
        assertEquals(2, numbers.getInt(12));
        assertEquals(3, numbers.getInt(16));
        assertTrue(numbers.getLong(32) > 0);
        rig.append(epoch, ana.joinedBy("sofia").going(ana.joinedBy("sofia").notes("hidden")));
        List<Object> staff = call("1", Position.START, 5, 1_000_000);
        assertEquals(0, ((byte[]) staff.get(6)).length);
        assertEquals(List.of(List.of(1)), records(staff));
    }

    private static List<List<Integer>> records(List<Object> answer) {
        List<List<Integer>> records = new ArrayList<>();
        answer.subList(9, answer.size()).forEach(piece -> records.add(Tail.seqs((byte[]) piece)));
        return records;
    }

    private List<Object> call(String lane, Position before, int messagesMax, int bytesMax) {
        return call(lane, before, messagesMax, bytesMax, "");
    }

    private List<Object> call(String lane, Position before, int messagesMax, int bytesMax, String onlyOf) {
        return readLane(Script.PAGE, lane, before, messagesMax, bytesMax, onlyOf);
    }
}
