package dev.switchboard.benchmarks.proof.fleet.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.benchmarks.proof.ledger.Device;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int LANE = 0;

    private final Ledger ledger = new Ledger(() -> 0);
    private final int device = ledger.device(new Device("ana", "ana", Device.Follows.OWN));
    private final List<Integer> written = new ArrayList<>();
    private final Outbox outbox = new Outbox(ledger, device, entry -> written.add(entry.number()));

    @Test
    void keepsAMessageUntilItIsStored() {
        say(1);
        outbox.pump(0);
        assertTrue(outbox.accepted(1, LANE, new Position(7, 1), Position.START, 0));
        assertFalse(outbox.isEmpty());
        outbox.stored(LANE, new Position(7, 1));
        assertTrue(outbox.isEmpty());
        assertEquals(List.of(1), written);
        assertEquals(1, count(Event.Kind.STORED));
    }

    @Test
    void sendsAgainAfterTenSecondsOfSilence() {
        say(1);
        outbox.pump(0);
        outbox.pump(10 * SECOND - 1);
        assertEquals(List.of(1), written);
        outbox.pump(10 * SECOND);
        assertEquals(List.of(1, 1), written);
        assertEquals(1, count(Event.Kind.UNKNOWN));
    }

    @Test
    void sendsAgainWhenARefusalSays() {
        say(1);
        say(2);
        outbox.pump(0);
        outbox.refused(1, refused(RefusalCode.BACKLOG_FULL, true, 5_000), 0);
        outbox.pump(5 * SECOND - 1);
        assertEquals(List.of(1, 2), written, "the later ones wait, too");
        outbox.pump(5 * SECOND);
        assertEquals(List.of(1, 2, 1), written);
    }

    @Test
    void givesUpWhatIsRefusedForGood() {
        say(1);
        outbox.pump(0);
        outbox.refused(1, refused(RefusalCode.TOO_LONG, false, 0), 0);
        assertTrue(outbox.isEmpty());
        assertEquals(1, count(Event.Kind.GAVE_UP));
    }

    @Test
    void sendsAgainAfterAReconnectWhatIsNotAccepted() {
        say(1);
        say(2);
        outbox.pump(0);
        outbox.accepted(1, LANE, new Position(7, 1), Position.START, 0);
        outbox.reconnected();
        outbox.pump(1);
        assertEquals(List.of(1, 2, 2), written);
    }

    @Test
    void sendsAgainAfterTheEpochRoseWhatIsNotStored() {
        say(1);
        say(2);
        outbox.pump(0);
        outbox.accepted(1, LANE, new Position(7, 1), Position.START, 0);
        outbox.accepted(2, LANE, new Position(7, 2), Position.START, 0);
        outbox.stored(LANE, new Position(7, 1));
        // Stored up to 8/1: as a number that is beyond 7/2, which was lost all the same.
        outbox.stored(LANE, new Position(8, 1));
        outbox.pump(1);
        assertEquals(List.of(1, 2, 2), written);
        assertEquals(1, count(Event.Kind.STORED));
    }

    @Test
    void takesAHundredAndNoMore() {
        for (int number = 0; number < 101; number++) {
            say(number);
        }
        assertEquals(100, count(Event.Kind.SAID));
        assertEquals(1, count(Event.Kind.NOT_TAKEN));
        outbox.pump(0);
        assertEquals(8, written.size(), "no more than these are unanswered");
    }

    @Test
    void marksTheOldestAsAtRisk() {
        for (int number = 0; number < 101; number++) {
            say(number);
            outbox.pump(0);
            outbox.accepted(number, LANE, new Position(7, number + 1), Position.START, 0);
        }
        assertEquals(1, count(Event.Kind.AT_RISK));
    }

    @Test
    void doesNotDoubtAgainWhatTheNewLogHas() {
        say(1);
        outbox.pump(0);
        outbox.accepted(1, LANE, new Position(7, 1), Position.START, 0);
        outbox.epoch(LANE, 8);
        outbox.pump(1);
        // A duplicate, with the position it always had: the log of epoch 8 has it still.
        outbox.accepted(1, LANE, new Position(7, 1), Position.START, 1);
        outbox.epoch(LANE, 8);
        outbox.pump(2);
        assertEquals(List.of(1, 1), written);
        outbox.stored(LANE, new Position(8, 1));
        assertTrue(outbox.isEmpty());
    }

    @Test
    void sendsWhatWasLostBeforeWhatWasNeverAccepted() {
        say(1);
        outbox.pump(0);
        outbox.accepted(1, LANE, new Position(7, 1), Position.START, 0);
        say(2);
        outbox.lost(LANE);
        outbox.pump(1);
        assertEquals(List.of(1, 1, 2), written);
    }

    @Test
    void asksAfterWhatIsNotStoredForLong() {
        say(1);
        outbox.pump(0);
        outbox.accepted(1, LANE, new Position(7, 1), Position.START, 0);
        assertEquals(Set.of(), outbox.overdue(30 * SECOND - 1));
        assertEquals(Set.of(LANE), outbox.overdue(30 * SECOND));
        assertEquals(Set.of(), outbox.overdue(31 * SECOND));
    }

    @Test
    void feelsTheWayAfterARefusal() {
        for (int number = 0; number < 8; number++) {
            say(number);
        }
        outbox.pump(0);
        written.clear();
        for (int number = 0; number < 8; number++) {
            outbox.refused(number, refused(RefusalCode.UNAVAILABLE, true, 1_000), 0);
        }
        outbox.pump(SECOND);
        assertEquals(List.of(0), written);
        outbox.accepted(0, LANE, new Position(7, 1), Position.START, 0);
        outbox.pump(SECOND);
        assertEquals(List.of(0, 1, 2), written);
    }

    private void say(int number) {
        outbox.add(new Outbox.Entry(
                number,
                ledger.message(new UUID(0, number), "ana"),
                Send.newBuilder().setText("hola").build()));
    }

    private static Refused refused(RefusalCode code, boolean retryable, int retryAfterMillis) {
        return Refused.newBuilder()
                .setCode(code)
                .setRetryable(retryable)
                .setRetryAfterMs(retryAfterMillis)
                .build();
    }

    private int count(Event.Kind kind) {
        int[] count = {0};
        ledger.forEach(event -> count[0] += event.kind() == kind ? 1 : 0);
        return count[0];
    }
}
