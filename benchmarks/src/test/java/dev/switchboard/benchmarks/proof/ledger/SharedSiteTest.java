package dev.switchboard.benchmarks.proof.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A fleet is judged by its own conversations, on a site where others were before. */
class SharedSiteTest {
    private static final LaneKey OTHERS = new LaneKey(new UUID(0x7000, 3L << 62), Lane.PUBLIC);

    private final Story story = Story.sound();
    private final int others = story.ledger().lane(OTHERS.conversation(), OTHERS.lane());
    private final MessageKey earlier = new MessageKey(new UUID(9, 9), "bea");

    @Test
    void leavesOutWhatOthersLeftThere() {
        // Position 1 was void, as only those know who were there.
        DatabaseLedger.Row row = new DatabaseLedger.Row(OTHERS, "bea", new Position(Story.EPOCH, 2), earlier);
        List<DatabaseLedger.Row> rows = new ArrayList<>(story.database().rows());
        rows.add(row);
        DatabaseLedger all = new DatabaseLedger(rows, List.of(row), 0);
        story.ledger().record(Event.Kind.ASKED_HISTORY, story.root, Ledger.NONE, others, Position.START, 0);

        assertTrue(judge(story.ledger(), all).contains("I6"));

        DatabaseLedger own = all.only(owner -> owner.equals("ana"));
        Set<LaneKey> foreign = all.only(owner -> !owner.equals("ana")).lanes();
        assertEquals(Set.of(OTHERS), foreign);
        assertEquals(story.database().rows(), own.rows());
        assertEquals(List.of(), own.deadLetters());
        assertEquals(List.of(), judge(story.ledger().only(lane -> !foreign.contains(lane)), own));
    }

    @Test
    void keepsTheNumbersOfEverything() {
        Ledger copy = story.ledger().only(lane -> !lane.equals(OTHERS));

        assertEquals(story.ledger().devices(), copy.devices());
        assertEquals(story.ledger().lanes(), copy.lanes());
        assertEquals(story.ledger().messages(), copy.messages());
        assertEquals(story.ledger().size(), copy.size());
        story.ledger().record(Event.Kind.FOLLOW, story.root, Ledger.NONE, others, Position.START, 0);
        assertEquals(
                copy.size(), story.ledger().only(lane -> !lane.equals(OTHERS)).size());
    }

    private static List<String> judge(Ledger ledger, DatabaseLedger database) {
        return new Checker(ledger, database)
                .checks().stream()
                        .filter(check -> !check.held())
                        .map(RowResult.Check::id)
                        .toList();
    }
}
