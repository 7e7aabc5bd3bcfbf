package dev.switchboard.benchmarks.proof.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.benchmarks.proof.report.RowResult;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The judge sees each invariant broken, and takes nothing for broken that has a reason. */
class CheckerTest {
    private final Story story = Story.sound();

    @Test
    void findsNothingInASoundRun() {
        List<RowResult.Check> checks = new Checker(story.ledger(), story.database()).checks();
        assertEquals(
                List.of("I1", "I2", "I3", "I4", "I5", "I6"),
                checks.stream().map(RowResult.Check::id).toList());
        assertEquals(Set.of(), story.broken());
        assertTrue(checks.get(2).found().contains("6 shown"), checks.toString());
        assertTrue(checks.get(3).found().contains("2 lanes compared"), checks.toString());
    }

    @Test
    void findsWhatWasAcceptedAndIsNotStored() {
        story.sends(4);
        story.accepts(4, 4);
        assertEquals(Set.of("I1"), story.broken());
        assertTrue(new Checker(story.ledger(), story.database())
                .acceptedIsStored()
                .found()
                .contains(Story.id(4).toString()));
    }

    @Test
    void findsWhatWasCalledStoredAndIsNot() {
        story.sends(4);
        story.says(Event.Kind.UNKNOWN, story.ana, 4, 0);
        story.says(Event.Kind.STORED, story.ana, 4, 0);
        assertEquals(Set.of("I1"), story.broken());
    }

    @Test
    void takesADeadLetterForKept() {
        story.sends(4);
        story.accepts(4, 4);
        story.shows(story.root, 4, 4, Event.LIVE);
        story.hasDeadLetter(4, 4);
        assertEquals(Set.of(), story.broken());
    }

    @Test
    void findsTwoRowsOfOneMessage() {
        story.hasRow(3, 4);
        assertTrue(story.broken().contains("I2"));
    }

    @Test
    void findsWhatIsShownTwice() {
        story.shows(story.root, 2, 4, Event.RESUME);
        assertEquals(Set.of("I2"), story.broken());
    }

    @Test
    void findsTwoPlacesInOneEpoch() {
        story.accepts(1, 2);
        story.losesRow(1);
        story.hasRow(1, 2);
        assertTrue(story.broken().contains("I2"));
    }

    @Test
    void allowsAnotherPlaceAfterTheEpochRose() {
        Story lost = new Story();
        lost.sends(1);
        lost.accepts(1, 1);
        Position again = new Position(Story.EPOCH + 1, 1);
        lost.accepts(1, again);
        lost.hasRow(1, again);
        lost.shows(lost.ana, 1, again, Event.OWN);
        lost.shows(lost.root, 1, again, Event.LIVE);
        assertEquals(Set.of(), lost.broken());
    }

    @Test
    void findsWhatIsShownAfterWhatComesLater() {
        Story swapped = new Story();
        for (int number : new int[] {1, 2}) {
            swapped.sends(number);
            swapped.accepts(number, number);
            swapped.hasRow(number, number);
            swapped.shows(swapped.ana, number, number, Event.OWN);
        }
        swapped.shows(swapped.root, 2, 2, Event.LIVE);
        swapped.shows(swapped.root, 1, 1, Event.RESUME);
        assertEquals(Set.of("I3"), swapped.broken());
    }

    @Test
    void findsWhatIsShownAtAnotherPlaceThanHistoryHasIt() {
        Story moved = new Story();
        moved.sends(1);
        moved.accepts(1, 1);
        moved.hasRow(1, 1);
        moved.shows(moved.ana, 1, 1, Event.OWN);
        moved.shows(moved.root, 1, 2, Event.LIVE);
        assertTrue(moved.broken().contains("I3"));
    }

    @Test
    void findsWhatADeviceLacks() {
        story.sends(4);
        story.accepts(4, 4);
        story.hasRow(4, 4);
        story.asksHistory(1, 2, 3, 4);
        story.shows(story.ana, 4, 4, Event.OWN);
        assertEquals(Set.of("I4"), story.broken());
    }

    @Test
    void findsAConversationThatAnAdministratorNeverHeardOf() {
        UUID other = new UUID(0x7000, 1L << 63 | 99);
        DatabaseLedger sound = story.database();
        List<DatabaseLedger.Row> rows = new ArrayList<>(sound.rows());
        rows.add(new DatabaseLedger.Row(
                new LaneKey(other, Lane.PUBLIC), "eva", new Position(7, 1), new MessageKey(Story.id(50), "eva")));
        RowResult.Check check =
                new Checker(story.ledger(), new DatabaseLedger(rows, List.of(), 0)).completeEverywhere();
        assertTrue(!check.held() && check.found().contains("root lacks eva/"), check.toString());
    }

    @Test
    void findsWhatADeviceShowsAndHistoryLacks() {
        story.shows(story.root, 5, 4, Event.LIVE);
        assertEquals(Set.of("I4"), story.broken());
    }

    @Test
    void findsAnotherText() {
        story.says(Event.Kind.ALTERED, story.root, 2, 0);
        assertEquals(Set.of("I4"), story.broken());
    }

    @Test
    void findsThatHistoryAndTheDatabaseDiffer() {
        story.asksHistory(1, 3);
        assertEquals(Set.of("I4"), story.broken());
    }

    @Test
    void owesAnOwnerNoNoteAndFindsOneThatIsShown() {
        int staff = story.ledger().lane(Story.CONVERSATION, Lane.STAFF);
        MessageKey note = new MessageKey(Story.id(60), "root");
        int message = story.ledger().message(note.clientMsgId(), note.sender());
        Position position = new Position(Story.EPOCH, 1);
        story.ledger().record(Event.Kind.SHOWN, story.root, message, staff, position, Event.OWN);
        List<DatabaseLedger.Row> rows = new ArrayList<>(story.database().rows());
        rows.add(new DatabaseLedger.Row(new LaneKey(Story.CONVERSATION, Lane.STAFF), "ana", position, note));
        DatabaseLedger database = new DatabaseLedger(rows, List.of(), 0);
        assertTrue(new Checker(story.ledger(), database).completeEverywhere().held());
        story.ledger().record(Event.Kind.SHOWN, story.ana, message, staff, position, Event.LIVE);
        RowResult.Check check = new Checker(story.ledger(), database).completeEverywhere();
        assertTrue(!check.held() && check.found().contains("ana sees what is not for them"), check.toString());
    }

    @Test
    void findsFirstTriesThatOvertookEachOther() {
        Story overtaken = new Story();
        overtaken.sends(1);
        overtaken.sends(2);
        overtaken.accepts(2, 1);
        overtaken.accepts(1, 2);
        for (int device : new int[] {overtaken.ana, overtaken.root}) {
            overtaken.shows(device, 2, 1, Event.LIVE);
            overtaken.shows(device, 1, 2, Event.LIVE);
        }
        overtaken.hasRow(2, 1);
        overtaken.hasRow(1, 2);
        assertEquals(Set.of("I3"), overtaken.broken());
    }

    @Test
    void letsARetryStandWhereItIsAccepted() {
        Story retried = new Story();
        retried.sends(1);
        retried.sends(2);
        retried.says(Event.Kind.REFUSED, retried.ana, 1, RefusalCode.OVERLOADED_VALUE);
        retried.accepts(2, 1);
        retried.says(Event.Kind.SEND, retried.ana, 1, 2);
        retried.accepts(1, 2);
        for (int device : new int[] {retried.ana, retried.root}) {
            retried.shows(device, 2, 1, Event.LIVE);
            retried.shows(device, 1, 2, Event.LIVE);
        }
        retried.hasRow(2, 1);
        retried.hasRow(1, 2);
        assertEquals(Set.of(), retried.broken());
    }

    @Test
    void owesNothingToWhoHasLeft() {
        int page = story.ledger().device(new Device("page", "page", Device.Follows.NAMED));
        story.happensInLane(Event.Kind.FOLLOW, page, 0);
        story.shows(page, 1, 1, Event.FROM_HISTORY);
        assertEquals(Set.of("I4"), story.broken());
        story.happens(Event.Kind.LEFT, page, 0);
        assertEquals(Set.of(), story.broken());
    }

    @Test
    void findsAHoleBeforeSomebodyLeft() {
        int page = story.ledger().device(new Device("page", "page", Device.Follows.NAMED));
        story.happensInLane(Event.Kind.FOLLOW, page, 0);
        story.shows(page, 1, 1, Event.FROM_HISTORY);
        story.shows(page, 3, 3, Event.LIVE);
        story.happens(Event.Kind.LEFT, page, 0);
        assertEquals(Set.of("I4"), story.broken());
    }

    @Test
    void countsFromWhereHistoryWasLoaded() {
        story.happensInLane(Event.Kind.RESYNC, story.root, 0);
        assertEquals(Set.of("I4"), story.broken());
        story.happensInLane(Event.Kind.LOADED, story.root, 2);
        story.shows(story.root, 2, 2, Event.FROM_HISTORY);
        story.shows(story.root, 3, 3, Event.FROM_HISTORY);
        assertEquals(Set.of(), story.broken());
    }

    @Test
    void findsWhatWasRefusedAndIsThere() {
        story.sends(4);
        story.says(Event.Kind.REFUSED, story.ana, 4, RefusalCode.BACKLOG_FULL_VALUE);
        assertEquals(Set.of(), story.broken());
        story.shows(story.root, 4, 4, Event.LIVE);
        assertTrue(story.broken().contains("I5"));
        story.hasRow(4, 4);
        assertTrue(story.broken().contains("I5"));
    }

    @Test
    void allowsWhatWasOnceUnknown() {
        story.sends(4);
        story.says(Event.Kind.REFUSED, story.ana, 4, RefusalCode.UNAVAILABLE_VALUE);
        story.says(Event.Kind.REFUSED, story.ana, 4, RefusalCode.OVERLOADED_VALUE);
        story.hasRow(4, 4);
        story.shows(story.ana, 4, 4, Event.RESUME);
        story.shows(story.root, 4, 4, Event.LIVE);
        story.asksHistory(1, 2, 3, 4);
        assertEquals(Set.of(), story.broken());
    }

    @Test
    void findsAHole() {
        story.losesRow(2);
        assertTrue(story.broken().contains("I6"));
    }

    @Test
    void findsAHoleAtTheBeginning() {
        story.losesRow(1);
        assertTrue(story.broken().contains("I6"));
    }

    @Test
    void findsAHoleAfterTheEpochRose() {
        story.hasRow(4, new Position(Story.EPOCH + 1, 5));
        assertTrue(story.broken().contains("I6"));
    }

    @Test
    void allowsNumbersToGoBackWithTheEpoch() {
        story.hasRow(4, new Position(Story.EPOCH + 1, 3));
        assertTrue(!story.broken().contains("I6"));
    }

    @Test
    void allowsAnEpochToGoOnBehindTheLongerOfTwo() {
        story.hasRow(4, 4);
        story.hasRow(5, 5);
        story.hasRow(6, new Position(Story.EPOCH + 1, 4));
        story.hasRow(7, new Position(Story.EPOCH + 2, 6));
        assertTrue(!story.broken().contains("I6"));
        story.hasRow(8, new Position(Story.EPOCH + 2, 8));
        assertTrue(story.broken().contains("I6"));
    }

    @Test
    void allowsAVoidPlace() {
        story.says(Event.Kind.SEND, story.ana, 1, 2);
        story.accepts(1, 4);
        story.sends(5);
        story.accepts(5, 5);
        story.hasRow(5, 5);
        story.shows(story.ana, 5, 5, Event.OWN);
        story.seesDouble(story.root, 1, 4);
        story.shows(story.root, 5, 5, Event.LIVE);
        story.asksHistory(1, 2, 3, 5);
        assertEquals(Set.of(), story.broken());
    }

    @Test
    void allowsThePlacesOfDeadLettersAlone() {
        story.hasRow(5, 6);
        story.hasDeadLetter(4, 4);
        assertTrue(story.broken().contains("I6"), "place 5 has no reason");
        story.hasUnreadableLetter();
        assertTrue(!story.broken().contains("I6"), "one letter could not be read, and one place lacks");
    }
}
