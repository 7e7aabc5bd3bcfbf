package dev.switchboard.benchmarks.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private final Faults faults = new Faults();
    private final Ledger ledger = new Ledger("ana", faults);

    @Test
    void findsNothingWhereEverythingArrivesOnceAndInOrder() {
        sendAndAccept(3_000);
        for (int i = 0; i < 3_000; i++) {
            ledger.delivered(i, i + 1, true);
        }
        ledger.finish();

        assertTrue(faults.none(), () -> faults.lines().toString());
        assertEquals(3_000, ledger.acceptedSeq());
    }

    @Test
    void deliveryMayComeBeforeTheAnswer() {
        ledger.send();
        ledger.delivered(0, 1, true);
        ledger.accepted(0, 1, false);
        ledger.finish();

        assertTrue(faults.none(), () -> faults.lines().toString());
    }

    @Test
    void findsWhatIsLost() {
        sendAndAccept(2);
        ledger.delivered(0, 1, true);
        ledger.finish();

        assertFaults(Faults.Kind.LOST);
    }

    @Test
    void findsWhatIsLostInTheMiddleAtOnce() {
        sendAndAccept(3);
        ledger.delivered(0, 1, true);
        ledger.delivered(2, 3, true);

        assertFaults(Faults.Kind.HOLE);
    }

    @Test
    void findsWhatIsDoubled() {
        sendAndAccept(2);
        ledger.delivered(0, 1, true);
        ledger.delivered(1, 2, true);
        ledger.delivered(0, 1, true);
        ledger.finish();

        assertFaults(Faults.Kind.DOUBLED);
    }

    @Test
    void findsWhatIsReordered() {
        sendAndAccept(3);
        ledger.delivered(0, 1, true);
        ledger.delivered(2, 3, true);
        ledger.delivered(1, 2, true);
        ledger.finish();

        assertFaults(Faults.Kind.HOLE, Faults.Kind.REORDERED);
    }

    @Test
    void findsPositionsThatDoNotFollowTheOrderOfSending() {
        sendAndAccept(2);
        ledger.delivered(1, 1, true);
        ledger.delivered(0, 2, true);
        ledger.finish();

        assertFaults(Faults.Kind.REORDERED);
    }

    @Test
    void findsAnotherText() {
        sendAndAccept(1);
        ledger.delivered(0, 1, false);
        ledger.finish();

        assertFaults(Faults.Kind.WRONG_TEXT);
    }

    @Test
    void findsWhatNobodySent() {
        sendAndAccept(1);
        ledger.delivered(0, 1, true);
        ledger.delivered(1, 2, true);
        ledger.delivered(-1, 3, true);
        ledger.accepted(0, 1, false);
        ledger.accepted(5, 2, false);
        ledger.finish();

        assertEquals(4, faults.count(Faults.Kind.STRAY));
    }

    @Test
    void findsSendsWithoutAnAnswer() {
        ledger.send();
        ledger.finish();

        assertFaults(Faults.Kind.UNANSWERED);
    }

    @Test
    void aRefusedMessageMustNotArrive() {
        ledger.send();
        ledger.refused(0, true);
        ledger.finish();
        assertTrue(faults.none());

        ledger.delivered(0, 1, true);
        ledger.finish();
        assertFaults(Faults.Kind.STRAY);
    }

    @Test
    void ofAnUnknownMessageEitherIsRight() {
        ledger.send();
        ledger.send();
        ledger.refused(0, false);
        ledger.refused(1, false);
        ledger.delivered(1, 1, true);
        ledger.finish();

        assertTrue(faults.none(), () -> faults.lines().toString());
        assertEquals(2, ledger.unknown());
        assertEquals(0, ledger.underWay());
    }

    private void sendAndAccept(int count) {
        for (int i = 0; i < count; i++) {
            long number = ledger.send();
            assertTrue(ledger.accepted(number, i + 1, false));
        }
    }

    private void assertFaults(Faults.Kind... kinds) {
        for (Faults.Kind kind : Faults.Kind.values()) {
            assertEquals(List.of(kinds).contains(kind) ? 1 : 0, faults.count(kind), kind.words());
        }
    }
}
