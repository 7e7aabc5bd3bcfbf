package dev.switchboard.benchmarks.proof.fleet.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.benchmarks.proof.ledger.Device;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FollowedLaneTest {
    private static final int OLD = 7;
    private static final int NEW = 8;
    private static final long LATER = FollowedLane.HOLE_NANOS;

    private final Ledger ledger = new Ledger(() -> 0);
    private final int device = ledger.device(new Device("ana", "ana", Device.Follows.OWN));
    private final FollowedLane lane = new FollowedLane(0, ByteString.EMPTY, Lane.PUBLIC, new Screen(ledger, device));

    @Test
    void showsEachMessageOnceAndInOrder() {
        place(OLD, 1);
        place(OLD, 3);
        place(OLD, 2);
        place(OLD, 2);
        place(OLD, 1);
        assertEquals(List.of("7/1", "7/2", "7/3"), shown());
        assertTrue(lane.whole());
    }

    @Test
    void asksForAHoleAfterHalfASecond() {
        place(OLD, 1);
        place(OLD, 3);
        assertFalse(lane.whole());
        assertFalse(lane.due(LATER - 1));
        assertTrue(lane.due(LATER));
        assertEquals(1, lane.ask(LATER).getSeq());
        assertFalse(lane.due(LATER + 1), "not again at once");
        place(OLD, 2);
        assertTrue(lane.whole());
    }

    @Test
    void aHeadBeyondIsAHoleThatOneMoreMessageDoesNotFill() {
        place(OLD, 1);
        lane.hint(new Position(OLD, 3), 0);
        place(OLD, 2);
        assertFalse(lane.whole());
        assertTrue(lane.due(LATER));
        place(OLD, 3);
        assertTrue(lane.whole());
    }

    @Test
    void showsNothingOfAHigherEpochBeforeTheAnswer() {
        place(OLD, 1);
        place(OLD, 2);
        // Both follow by number, and yet 7/2 may have been lost with everything behind it.
        place(NEW, 3);
        assertEquals(List.of("7/1", "7/2"), shown());
        assertTrue(lane.due(0), "asks at once");
        assertEquals(2, lane.ask(0).getSeq());
        assertTrue(lane.answered(new Position(NEW, 3), true, 0));
        assertEquals(List.of("7/1", "7/2", "8/3"), shown());
        assertTrue(lane.whole());
        place(NEW, 4);
        assertEquals(new Position(NEW, 4), lane.at());
    }

    @Test
    void anAnswerToAnOlderQuestionProvesNothing() {
        place(OLD, 1);
        lane.ask(0);
        place(OLD, 2);
        place(NEW, 3);
        assertFalse(lane.answered(new Position(NEW, 3), true, 0), "whether 7/2 was lost was not asked");
        assertEquals(List.of("7/1", "7/2"), shown());
    }

    @Test
    void theEpochAloneMayRise() {
        place(OLD, 1);
        lane.hint(new Position(NEW, 1), 0);
        assertFalse(lane.whole());
        lane.ask(LATER);
        assertTrue(lane.answered(new Position(NEW, 1), true, LATER));
        assertEquals(new Position(NEW, 1), lane.at());
        assertTrue(lane.whole());
    }

    @Test
    void aWholeAnswerPassesOverWhatIsVoid() {
        place(OLD, 1);
        place(OLD, 3);
        lane.ask(LATER);
        assertTrue(lane.answered(new Position(OLD, 4), true, LATER));
        assertEquals(List.of("7/1", "7/3"), shown());
        assertEquals(new Position(OLD, 4), lane.at());
        assertTrue(lane.whole());
    }

    @Test
    void halfAnAnswerIsAskedForAgain() {
        lane.ask(0);
        place(OLD, 1);
        assertFalse(lane.answered(new Position(OLD, 9), false, 0));
        assertFalse(lane.whole());
        assertEquals(1, lane.ask(0).getSeq());
    }

    @Test
    void aHeadThatStaysBehindIsDoubted() {
        place(OLD, 1);
        place(OLD, 2);
        lane.hint(new Position(OLD, 1), 0);
        assertTrue(lane.due(LATER));
        lane.ask(LATER);
        assertTrue(lane.answered(new Position(OLD, 2), true, LATER));
        assertTrue(lane.whole());
    }

    @Test
    void whatIsNotThereAnyMoreIsNotAskedForForEver() {
        place(OLD, 1);
        lane.hint(new Position(OLD, 3), 0);
        lane.ask(LATER);
        assertTrue(lane.answered(new Position(OLD, 1), true, LATER));
        assertTrue(lane.whole());
    }

    @Test
    void forgetsAndJoinsHistoryWithWhatCameMeanwhile() {
        place(OLD, 1);
        place(OLD, 2);
        assertTrue(lane.load());
        assertFalse(lane.load(), "once");
        place(NEW, 3);
        place(NEW, 2);
        assertFalse(lane.due(2 * LATER), "history will tell");
        List<FollowedLane.Held> history = List.of(held(OLD, 1, Event.FROM_HISTORY), held(NEW, 2, Event.FROM_HISTORY));
        lane.loaded(history, new Position(NEW, 2), 0);
        assertEquals(List.of("7/1", "7/2", "resync", "7/1", "8/2", "8/3"), shown());
        assertTrue(lane.whole());
    }

    private void place(int epoch, int seq) {
        lane.place(held(epoch, seq, Event.LIVE), 0);
    }

    private FollowedLane.Held held(int epoch, int seq, int how) {
        return new FollowedLane.Held(ledger.message(new UUID(epoch, seq), "eva"), new Position(epoch, seq), how);
    }

    private List<String> shown() {
        List<String> shown = new ArrayList<>();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.SHOWN) {
                shown.add(event.position().epoch() + "/" + event.position().seq());
            } else if (event.kind() == Event.Kind.RESYNC) {
                shown.add("resync");
            }
        });
        return shown;
    }
}
