package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.wire.ScriptRig.Speaker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The resume script in a real Redis. */
class ResumeScriptIT extends OneOwnerScripts {
    /**
     * What was answered: {@code outcome} and the numbers of the messages behind it, but for those the reader has.
     *
     * @param tailFrom where they are not here, from which number on there is something; else 0
     */
    private record Answer(
            String owner,
            long status,
            Position head,
            Position stored,
            String outcome,
            List<Integer> seqs,
            int tailFrom) {}

    @Test
    void answersNothingForAnUnknownConversation() {
        assertTrue(call("0", Position.START, 10, 10_000).isEmpty());
    }

    @Test
    void answersWhatLacks() {
        say(5);
        Answer fromStart = resume(Position.START, 10);
        assertEquals(OWNER, fromStart.owner());
        assertEquals(0, fromStart.status());
        assertEquals(new Position(epoch, 5), fromStart.head());
        assertEquals(new Position(0, 0), fromStart.stored());
        assertEquals("complete", fromStart.outcome());
        assertEquals(List.of(1, 2, 3, 4, 5), fromStart.seqs());

        assertEquals(List.of(4, 5), resume(new Position(epoch, 3), 10).seqs());
        Answer nothing = resume(new Position(epoch, 5), 10);
        assertEquals(List.of(), nothing.seqs());
        assertEquals("complete", nothing.outcome());
    }

    @Test
    void tellsThatThereIsMore() {
        sayEach(5);
        Answer some = resume(new Position(epoch, 1), 2);
        assertEquals("more", some.outcome());
        assertEquals(List.of(2, 3), some.seqs());
        Answer rest = resume(new Position(epoch, 3), 2);
        assertEquals("complete", rest.outcome());
        assertEquals(List.of(4, 5), rest.seqs());
    }

    @Test
    void boundsTheBytesButAnswersOneMessageAtLeast() {
        sayEach(5);
        int entry = rig.redis.lindex(Keys.publicTail(ana.conversation()), 1).length;
        assertEquals(List.of(1, 2), resume(Position.START, 10, 2 * entry - 1).seqs());
        assertEquals(List.of(1, 2), resume(Position.START, 10, 2 * entry).seqs());
        assertEquals(List.of(1, 2, 3), resume(Position.START, 10, 2 * entry + 1).seqs());
        Answer tight = resume(Position.START, 10, 1);
        assertEquals(List.of(1), tight.seqs());
        assertEquals("more", tight.outcome());
    }

    @Test
    void answersHeadOnly() {
        say(5);
        Answer head = resume(new Position(1, 77), 0);
        assertEquals(new Position(epoch, 5), head.head());
        assertEquals("complete", head.outcome());
        assertEquals(List.of(), head.seqs());
    }

    @Test
    void saysFromWhereOnTheTailHasWhatLacks() {
        sayEach(5);
        rig.redis.lpop(Keys.publicTail(ana.conversation()), 2 * 2);
        assertStored(3, resume(Position.START, 10));
        assertStored(3, resume(new Position(epoch, 1), 10));
        assertEquals(List.of(3, 4, 5), resume(new Position(epoch, 2), 10).seqs());

        rig.redis.del(Keys.publicTail(ana.conversation()));
        assertStored(6, resume(new Position(epoch, 4), 10));
        assertEquals("complete", resume(new Position(epoch, 5), 10).outcome());
    }

    private static void assertStored(int tailFrom, Answer answer) {
        assertEquals("stored", answer.outcome());
        assertEquals(tailFrom, answer.tailFrom());
        assertEquals(List.of(), answer.seqs());
    }

    /** What MySQL put back after a fail-over is in no tail. */
    @Test
    void stopsBeforeAGapInTheTail() {
        say(3);
        rig.redis.hset(Keys.conversation(ana.conversation()), "s", "5".getBytes(StandardCharsets.UTF_8));
        say(2);
        say(1);
        Answer before = resume(new Position(epoch, 1), 10);
        assertEquals("more", before.outcome());
        assertEquals(List.of(2, 3), before.seqs());
        assertStored(6, resume(new Position(epoch, 3), 10));
        assertStored(6, resume(new Position(epoch, 4), 10));
        assertEquals(List.of(6, 7, 8), resume(new Position(epoch, 5), 10).seqs());
    }

    @Test
    void cannotTellWhatIsNotThereBeforeAWorkerHasCompared() {
        assertEquals(List.of(), call("0", Position.START, 10, 10_000));
        failOver(epoch);
        assertEquals("u", text(call("0", Position.START, 10, 10_000).get(0)));
        rig.empty();
        assertEquals("u", text(call("0", Position.START, 10, 10_000).get(0)));
    }

    @Test
    void asksForResyncOfPositionsThatNeverWere() {
        say(5);
        assertEquals("resync", resume(new Position(epoch, 6), 10).outcome());
        assertEquals("resync", resume(new Position(epoch - 1, 1), 10).outcome());
        assertEquals("resync", resume(new Position(epoch + 1, 1), 10).outcome());
        assertEquals("resync", resume(new Position(0, 3), 10).outcome());
    }

    @Test
    void letsWhoStandsBeforeTheBaseGoOnInANewEpoch() {
        say(5);
        int next = failOver(epoch);
        Speaker later = ana.in(next);
        Speaker admin = later.joinedBy("root");
        rig.append(next, admin.going(admin.notes("first in the new epoch")));
        rig.append(next, later.going(later.says("6")));

        assertEquals(List.of(6), resume(new Position(epoch, 5), 10).seqs());
        assertEquals(List.of(5, 6), resume(new Position(epoch, 4), 10).seqs());
        assertEquals("resync", resume(new Position(epoch, 6), 10).outcome(), "beyond the base: lost");
        assertEquals(new Position(next, 6), resume(new Position(next, 6), 10).head());

        int third = failOver(next);
        Speaker last = ana.in(third);
        rig.append(third, last.going(last.says("7")));
        assertEquals("resync", resume(new Position(epoch, 5), 10).outcome(), "two epochs back");
        assertEquals(List.of(7), resume(new Position(next, 6), 10).seqs());
    }

    @Test
    void resumesInEveryEpochWhereNothingWasSaidSince() {
        say(5);
        int first = epoch;
        int second = failOver(first);
        assertEquals(List.of(5), resume(new Position(first, 4), 10).seqs());
        assertEquals(new Position(second, 5), resume(new Position(first, 5), 10).head(), "the epoch in force");
        int third = failOver(second);
        for (int each : List.of(first, second, third)) {
            assertEquals("complete", resume(new Position(each, 5), 10).outcome());
            assertEquals(List.of(5), resume(new Position(each, 4), 10).seqs());
            assertEquals("resync", resume(new Position(each, 6), 10).outcome(), "beyond what there is");
        }
        assertEquals("resync", resume(new Position(third + 1, 5), 10).outcome(), "never was");

        Speaker later = ana.in(third);
        rig.append(third, later.going(later.says("6")));
        for (int each : List.of(first, second)) {
            assertEquals(List.of(6), resume(new Position(each, 5), 10).seqs());
        }
        assertEquals("resync", resume(new Position(second, 6), 10).outcome(), "lost");
    }

    /** Another primary went through it while this one was away: what was said there is not here. */
    @Test
    void asksForResyncInAnEpochThatThisRedisDoesNotKnow() {
        say(5);
        rig.redis.hincrby(Keys.partition(PARTITION), "epoch", 100);
        int other = epoch + 50;
        assertEquals("resync", resume(new Position(other, 5), 10).outcome());
        rig.append(epoch + 100, ana.in(epoch + 100).going(ana.in(epoch + 100).says("6")));
        assertEquals("resync", resume(new Position(other, 5), 10).outcome());
        assertEquals(List.of(6), resume(new Position(epoch, 5), 10).seqs());
    }

    @Test
    void remembersTheLastSixteenEpochs() {
        say(5);
        List<Integer> epochs = new ArrayList<>();
        for (int at = epoch, i = 0; i < 20; i++) {
            at = failOver(at);
            epochs.add(at);
        }
        for (int each : epochs.subList(3, 20)) {
            assertEquals("complete", resume(new Position(each, 5), 10).outcome());
        }
        assertEquals("resync", resume(new Position(epochs.get(0), 5), 10).outcome());
        assertEquals("complete", resume(new Position(epoch, 5), 10).outcome(), "where it was said");
    }

    @Test
    void keepsTheLanesApart() {
        say(2);
        Speaker admin = ana.joinedBy("root");
        rig.append(epoch, admin.going(admin.notes("1"), admin.notes("2"), admin.notes("3")));

        assertEquals(List.of(1, 2), resume(Position.START, 10).seqs());
        Answer notes = parse(call("1", new Position(epoch, 1), 10, 10_000), 1);
        assertEquals(new Position(epoch, 3), notes.head());
        assertEquals(List.of(2, 3), notes.seqs());
    }

    /** Pieces of different sizes: from every position, with every limit, as the header of the script says. */
    @Test
    void answersFromEveryPositionOfPiecesOfAnySize() {
        List<Integer> sizes = List.of(1, 3, 2, 1, 5, 1, 1, 4);
        sizes.forEach(this::say);
        List<Tail.Piece> pieces = pieces();
        assertEquals(sizes, Tail.counts(pieces));
        int piece = pieces.get(0).records().length;
        for (int at = 0; at <= 18; at++) {
            for (int messages : List.of(1, 2, 3, 4, 5, 6, 17, 18, 19)) {
                check(pieces, at, messages, 1_000_000);
            }
            for (int bytes : List.of(1, piece, piece + 1, 4 * piece, 5 * piece, 18 * piece)) {
                check(pieces, at, 100, bytes);
            }
        }
    }

    @Test
    void answersFromTheMiddleOfTheOnlyPiece() {
        say(7);
        List<Tail.Piece> pieces = pieces();
        for (int at = 0; at <= 7; at++) {
            check(pieces, at, 1, 1_000_000);
            check(pieces, at, 100, 1);
        }
    }

    @Test
    void findsItsPlaceAmongManyPieces() {
        Random random = new Random(4);
        int head = 0;
        for (int i = 0; i < 150; i++) {
            int size = 1 + random.nextInt(6);
            say(size);
            head += size;
        }
        List<Tail.Piece> pieces = pieces();
        for (int at = 0; at <= head; at++) {
            check(pieces, at, 1, 1_000_000);
            check(pieces, at, 10, 1_000_000);
        }
        rig.redis.lpop(Keys.publicTail(ana.conversation()), 2 * 60);
        List<Tail.Piece> rest = pieces.subList(60, pieces.size());
        for (int at = 0; at <= head; at++) {
            if (at + 1 < rest.get(0).first()) {
                assertStored(rest.get(0).first(), resume(new Position(epoch, at), 10));
            } else {
                check(rest, at, 3, 1_000_000);
            }
        }
    }

    @Test
    void reachesTheHeadWithoutHolesOrRepetitionsFromAnywhere() {
        List.of(4, 1, 1, 6, 2, 3).forEach(this::say);
        for (int start = 0; start <= 17; start++) {
            for (int messages = 1; messages <= 5; messages++) {
                List<Integer> got = new ArrayList<>();
                int at = start;
                Answer answer;
                do {
                    answer = resume(at == 0 ? Position.START : new Position(epoch, at), messages);
                    got.addAll(answer.seqs());
                    at = got.isEmpty() ? at : got.get(got.size() - 1);
                } while (answer.outcome().equals("more") && got.size() <= 17);
                assertEquals("complete", answer.outcome());
                assertEquals(IntStream.rangeClosed(start + 1, 17).boxed().toList(), got);
            }
        }
    }

    @Test
    void saysThatAPieceWhichHeldWhatLacksIsGone() {
        List.of(3, 2, 4).forEach(this::say);
        rig.redis.lpop(Keys.publicTail(ana.conversation()), 2);
        for (int at = 1; at < 3; at++) {
            assertStored(4, resume(new Position(epoch, at), 10));
        }
        assertEquals(
                List.of(4, 5, 6, 7, 8, 9), resume(new Position(epoch, 3), 10).seqs());
        assertEquals(List.of(5, 6, 7, 8, 9), resume(new Position(epoch, 4), 10).seqs());
    }

    /** The script's answer is the pieces from the one that holds what comes next to the one that reaches a limit. */
    private void check(List<Tail.Piece> pieces, int at, int messagesMax, int bytesMax) {
        List<byte[]> expected = new ArrayList<>();
        int last = at;
        int bytes = 0;
        for (Tail.Piece piece : pieces) {
            if (piece.last() > at && last - at < messagesMax && bytes < bytesMax) {
                expected.add(piece.records());
                last = piece.last();
                bytes += piece.records().length;
            }
        }
        List<Object> answer = call("0", at == 0 ? Position.START : new Position(epoch, at), messagesMax, bytesMax);
        String position = "after " + at + ", " + messagesMax + " messages, " + bytesMax + " bytes";
        assertEquals(expected.size(), answer.size() - 8, position);
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), (byte[]) answer.get(8 + i), position);
        }
        int head = pieces.get(pieces.size() - 1).last();
        assertEquals(last < head ? "more" : "complete", text(answer.get(6)), position);
        assertEquals(
                IntStream.rangeClosed(at + 1, last).boxed().toList(),
                parse(answer, at).seqs(),
                position);
    }

    private int failOver(int epoch) {
        rig.redis.hset(Keys.partition(PARTITION), "replid", "elsewhere".getBytes(StandardCharsets.UTF_8));
        return rig.raiseEpoch(PARTITION, epoch);
    }

    private Answer resume(Position at, int messagesMax) {
        return resume(at, messagesMax, 1_000_000);
    }

    private Answer resume(Position at, int messagesMax, int bytesMax) {
        return parse(call("0", at, messagesMax, bytesMax), at.seq());
    }

    private List<Object> call(String lane, Position at, int messagesMax, int bytesMax) {
        return readLane(Script.RESUME, lane, at, messagesMax, bytesMax);
    }

    private static Answer parse(List<Object> answer, int after) {
        List<Integer> seqs = new ArrayList<>();
        boolean stored = text(answer.get(6)).equals("stored");
        for (Object piece : stored ? List.of() : answer.subList(8, answer.size())) {
            List<Integer> lacking = Tail.seqs((byte[]) piece).stream()
                    .filter(seq -> seq > after)
                    .toList();
            assertFalse(lacking.isEmpty(), "a piece that the reader has already");
            seqs.addAll(lacking);
        }
        return new Answer(
                text(answer.get(0)),
                (Long) answer.get(1),
                new Position(number(answer.get(2)), number(answer.get(3))),
                new Position(number(answer.get(4)), number(answer.get(5))),
                text(answer.get(6)),
                seqs,
                stored ? number(answer.get(8)) : 0);
    }

    private static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }

    private static int number(Object number) {
        return ((Long) number).intValue();
    }
}
