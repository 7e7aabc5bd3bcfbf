package dev.switchboard.benchmarks.proof.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Position;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
    @TempDir
    Path dir;

    @Test
    void comesBackFromItsFileAsItWas() throws IOException {
        Story story = Story.sound();
        story.at(1_234);
        story.happens(Event.Kind.CLOSE, story.ana, 1006);
        story.shows(story.root, 9, new Position(-1, Integer.MIN_VALUE), Event.RESUME);
        story.ledger().lane(Story.CONVERSATION, Lane.STAFF);
        Path file = dir.resolve("ledger.tsv.gz");
        story.ledger().write(file);
        Ledger read = Ledger.read(file);
        assertEquals(story.ledger().devices(), read.devices());
        assertEquals(story.ledger().lanes(), read.lanes());
        assertEquals(story.ledger().messages(), read.messages());
        assertEquals(events(story.ledger()), events(read));
    }

    @Test
    void keepsEveryEventOfALongRun() {
        long[] clock = {0};
        Ledger ledger = new Ledger(() -> clock[0]);
        int count = 100_000;
        for (int i = 0; i < count; i++) {
            clock[0] = i;
            ledger.record(Event.Kind.CLOSE, 0, i);
        }
        List<Event> events = events(ledger);
        assertEquals(count, events.size());
        assertEquals(new Event(77_777, Event.Kind.CLOSE, 0, -1, -1, Position.START, 77_777), events.get(77_777));
    }

    @Test
    void theDatabasesComesBackAsWell() throws IOException {
        Story story = Story.sound();
        story.hasDeadLetter(8, 8);
        story.hasUnreadableLetter();
        Path file = dir.resolve("database.tsv.gz");
        story.database().write(file);
        assertEquals(story.database(), DatabaseLedger.read(file));
    }

    @Test
    void refusesWhatIsNoLedger() throws IOException {
        Path file = dir.resolve("other.gz");
        try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(new UUID(1, 2).toString().getBytes(StandardCharsets.UTF_8));
        }
        assertThrows(IOException.class, () -> Ledger.read(file));
        assertThrows(IOException.class, () -> DatabaseLedger.read(file));
    }

    private static List<Event> events(Ledger ledger) {
        List<Event> events = new ArrayList<>();
        ledger.forEach(events::add);
        return events;
    }
}
