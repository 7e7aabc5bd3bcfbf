package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ScriptRig.Speaker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The mark script in a real Redis: what it cuts from tails whose pieces hold many messages. */
class MarkPiecesScriptIT extends OneOwnerScripts {
    @Test
    void keepsAPieceOfWhichOneMessageIsNotStored() {
        List.of(3, 3, 4).forEach(this::say);
        for (int stored = 1; stored <= 10; stored++) {
            MarkCall mark = publicUpTo(stored);
            mark.keep = 1;
            mark.keepBytes = 1;
            mark.run();
            List<Integer> expected = stored < 3 ? List.of(3, 3, 4) : stored < 6 ? List.of(3, 4) : List.of(4);
            assertEquals(expected, Tail.counts(pieces()), "stored up to " + stored);
            assertEquals(Integer.toString(Tail.bytes(pieces())), conversation("tb"));
            assertEquals(stored == 10, rig.redis.ttl(Keys.publicTail(ana.conversation())) > 0);
        }
    }

    @Test
    void cutsAPieceOnlyWhereEnoughRemain() {
        List.of(3, 3, 4).forEach(this::say);
        int[] keeps = {8, 7, 5, 4, 1};
        List<List<Integer>> left = List.of(List.of(3, 3, 4), List.of(3, 4), List.of(3, 4), List.of(4), List.of(4));
        for (int i = 0; i < keeps.length; i++) {
            MarkCall mark = publicUpTo(10);
            mark.keep = keeps[i];
            mark.run();
            assertEquals(left.get(i), Tail.counts(pieces()), "keep " + keeps[i]);
        }
    }

    @Test
    void cutsTheTailToItsBytesByPieces() {
        List.of(2, 1, 3, 2).forEach(this::say);
        int message = pieces().get(1).records().length;
        int[] bounds = {8 * message, 8 * message - 1, 6 * message - 1, 5 * message - 1, 1};
        List<List<Integer>> left =
                List.of(List.of(2, 1, 3, 2), List.of(1, 3, 2), List.of(3, 2), List.of(2), List.of(2));
        for (int i = 0; i < bounds.length; i++) {
            MarkCall mark = publicUpTo(8);
            mark.keepBytes = bounds[i];
            mark.run();
            assertEquals(left.get(i), Tail.counts(pieces()), "at most " + bounds[i]);
            assertEquals(Integer.toString(Tail.bytes(pieces())), conversation("tb"));
        }
    }

    @Test
    void boundsNotesByTheirNumberOnly() {
        say(1);
        Speaker admin = ana.joinedBy("root");
        rig.append(epoch, admin.going(admin.notes("1"), admin.notes("2")));
        rig.append(epoch, admin.going(admin.notes("3")));
        MarkCall mark = new MarkCall(rig, ana).lane(true, new Position(epoch, 3));
        mark.keepBytes = 1;
        mark.run();
        assertEquals(List.of(2, 1), Tail.counts(tail(Lane.STAFF)));
    }

    @Test
    void goesOnWhereTheTailIsGone() {
        say(3);
        rig.redis.del(Keys.publicTail(ana.conversation()));
        assertEquals("ok", publicUpTo(3).run());
        assertEquals("3", conversation("ps"));
        assertEquals(0, rig.redis.exists(Keys.publicTail(ana.conversation())));

        say(2);
        assertEquals(4, pieces().get(0).first());
        assertEquals(Integer.toString(Tail.bytes(pieces())), conversation("tb"));
    }

    /** Calls of any size, marks at any place: what must stay stays, what may go goes, and the bytes are counted right. */
    @Test
    void holdsItsBoundsHoweverCallsAndMarksFallTogether() {
        Random random = new Random(7);
        int head = 0;
        int stored = 0;
        for (int round = 0; round < 150; round++) {
            int said = 1 + random.nextInt(5);
            say(said);
            head += said;
            stored += random.nextInt(head - stored + 1);
            MarkCall mark = publicUpTo(stored);
            mark.keep = 10;
            mark.keepBytes = round % 3 == 0 ? 1_500 : 1_000_000;
            List<Tail.Piece> before = pieces();
            mark.run();
            List<Tail.Piece> expected = new ArrayList<>(before);
            while (mayGo(expected, stored, mark)) {
                expected.remove(0);
            }
            assertEquals(Tail.counts(expected), Tail.counts(pieces()));
            assertEquals(head, pieces().get(pieces().size() - 1).last());
            assertTrue(pieces().get(0).first() <= stored + 1, "lost what is not stored");
            assertEquals(Integer.toString(Tail.bytes(pieces())), conversation("tb"));
        }
    }

    private static boolean mayGo(List<Tail.Piece> pieces, int stored, MarkCall mark) {
        int messages = pieces.stream().mapToInt(Tail.Piece::count).sum();
        boolean enough = messages - pieces.get(0).count() >= mark.keep;
        boolean big = pieces.size() > 1 && Tail.bytes(pieces) > mark.keepBytes;
        return pieces.get(0).last() <= stored && (enough || big);
    }
}
