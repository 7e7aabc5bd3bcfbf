package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * A run made by hand: ana says numbered messages in her conversation, an administrator follows everything. Its clock goes on only
 * when told to. One thread.
 */
final class Story {
    static final int EPOCH = 7;
    static final UUID CONVERSATION = new UUID(0x7000, 1L << 63);

    private final long[] nanos = {0};
    private final Ledger ledger = new Ledger(() -> nanos[0]);
    private final List<DatabaseLedger.Row> rows = new ArrayList<>();
    private final List<DatabaseLedger.Row> dead = new ArrayList<>();
    private int unreadable;
    final int ana = ledger.device(new Device("ana", "ana", Device.Follows.OWN));
    final int root = ledger.device(new Device("root", "root", Device.Follows.ALL));
    final int lane = ledger.lane(CONVERSATION, Lane.PUBLIC);

    /** Messages 1 to 3 at places 1 to 3, as it should be. */
    static Story sound() {
        Story story = new Story();
        for (int number = 1; number <= 3; number++) {
            story.sends(number);
            story.accepts(number, number);
            story.shows(story.ana, number, number, Event.OWN);
            story.shows(story.root, number, number, Event.LIVE);
            story.hasRow(number, number);
        }
        story.asksHistory(1, 2, 3);
        return story;
    }

    void at(long millis) {
        nanos[0] = millis * 1_000_000;
    }

    int message(int number) {
        return ledger.message(id(number), "ana");
    }

    void sends(int number) {
        ledger.recordMessage(Event.Kind.SAID, ana, message(number), 0);
        ledger.recordMessage(Event.Kind.SEND, ana, message(number), 1);
    }

    void accepts(int number, int seq) {
        accepts(number, new Position(EPOCH, seq));
    }

    void accepts(int number, Position position) {
        ledger.record(Event.Kind.ACCEPTED, ana, message(number), lane, position, 0);
    }

    void says(Event.Kind kind, int device, int number, int detail) {
        ledger.recordMessage(kind, device, message(number), detail);
    }

    void happens(Event.Kind kind, int device, int detail) {
        ledger.record(kind, device, detail);
    }

    void happensInLane(Event.Kind kind, int device, int seq) {
        ledger.record(kind, device, Ledger.NONE, lane, new Position(seq == 0 ? 0 : EPOCH, seq), 0);
    }

    void shows(int device, int number, int seq, int how) {
        shows(device, number, new Position(EPOCH, seq), how);
    }

    void shows(int device, int number, Position position, int how) {
        ledger.record(Event.Kind.SHOWN, device, message(number), lane, position, how);
    }

    void seesDouble(int device, int number, int seq) {
        ledger.record(Event.Kind.DOUBLE, device, message(number), lane, new Position(EPOCH, seq), 0);
    }

    void hasRow(int number, int seq) {
        hasRow(number, new Position(EPOCH, seq));
    }

    void hasRow(int number, Position position) {
        rows.add(row(number, position));
    }

    void losesRow(int number) {
        rows.removeIf(row -> row.message().clientMsgId().equals(id(number)));
    }

    void hasDeadLetter(int number, int seq) {
        dead.add(row(number, new Position(EPOCH, seq)));
    }

    void hasUnreadableLetter() {
        unreadable++;
    }

    /** History answers with these messages, each at the place of its number. */
    void asksHistory(int... numbers) {
        int judge = ledger.device(new Device("history", "judge", Device.Follows.NOTHING));
        ledger.record(Event.Kind.ASKED_HISTORY, judge, Ledger.NONE, lane, Position.START, 0);
        for (int number : numbers) {
            ledger.record(Event.Kind.HISTORY, judge, message(number), lane, new Position(EPOCH, number), 0);
        }
    }

    Ledger ledger() {
        return ledger;
    }

    DatabaseLedger database() {
        return new DatabaseLedger(rows, dead, unreadable);
    }

    /** The invariants that don't hold. */
    Set<String> broken() {
        Set<String> broken = new TreeSet<>();
        for (RowResult.Check check : new Checker(ledger, database()).checks()) {
            if (!check.held()) {
                broken.add(check.id());
            }
        }
        return broken;
    }

    static UUID id(int number) {
        return new UUID(0x7000, 1L << 63 | number);
    }

    private static DatabaseLedger.Row row(int number, Position position) {
        return new DatabaseLedger.Row(
                new LaneKey(CONVERSATION, Lane.PUBLIC), "ana", position, new MessageKey(id(number), "ana"));
    }
}
