package dev.switchboard.worker.store;

import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.Absent;
import dev.switchboard.worker.log.LoggedMark;
import dev.switchboard.worker.log.LoggedMessage;
import dev.switchboard.worker.log.Unreadable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns messages into rows within a transaction that somebody else commits. What the database will never take is found by halves
 * and set aside; everything else goes in. Confined to its connection's thread.
 */
final class MessageWriter {
    private static final Logger LOGGER = LoggerFactory.getLogger(MessageWriter.class);

    private final AccountTable accounts;
    private final ConversationTable conversations;
    private final MessageTable messages;
    private final VoidTable voids;
    private final Optional<DeadLetterTable> deadLetters;

    /**
     * Prepares nothing yet.
     *
     * @param deadLetters where letters go; empty: they are only counted
     */
    MessageWriter(Connection connection, Optional<DeadLetterTable> deadLetters) {
        this.deadLetters = deadLetters;
        accounts = new AccountTable(connection);
        conversations = new ConversationTable(connection);
        messages = new MessageTable(connection);
        voids = new VoidTable(connection);
    }

    /** Writes what can be written. */
    void write(List<LoggedMessage> part, Tally tally) throws SQLException {
        if (part.isEmpty()) {
            return;
        }
        try {
            accounts.upsert(part);
            var rows = conversations.upsert(part);
            MessageTable.Inserted inserted = messages.insert(part, rows);
            voids.add(inserted.voided(), rows);
            tally.rows += inserted.rows();
            note(inserted, tally);
        } catch (SQLException e) {
            // A statement that fails for its values is undone alone and leaves the transaction as it was; the
            // statements
            // before it may run again, they change nothing the second time.
            if (!(StoreFailure.of(e) instanceof StoreFailure.Poison poison)) {
                throw e;
            }
            if (part.size() == 1) {
                tally.notSaved.add(part.get(0));
                setAside(part.get(0).unstorable(poison.reason()), tally);
                return;
            }
            int half = part.size() / 2;
            write(part.subList(0, half), tally);
            write(part.subList(half, part.size()), tally);
        }
    }

    void mark(List<LoggedMark> marks) throws SQLException {
        if (!marks.isEmpty()) {
            conversations.mark(marks);
        }
    }

    /** Keeps a letter; one that is kept already is not counted again. */
    void setAside(Unreadable letter, Tally tally) throws SQLException {
        if (letter.message() != null) {
            tally.absent.add(Absent.dead(letter.message()));
        }
        tally.letters.add(letter);
        if (deadLetters.isPresent() && deadLetters.get().add(letter)) {
            tally.deadLetters++;
            LOGGER.error(
                    "❌ Error al guardar mensaje: dead letter partition={} entry={} item={} reason=\"{}\"",
                    letter.partition().number(),
                    letter.entry(),
                    letter.item(),
                    letter.reason());
        }
    }

    private void note(MessageTable.Inserted inserted, Tally tally) throws SQLException {
        for (LoggedMessage message : inserted.voided()) {
            tally.voids++;
            tally.notSaved.add(message);
            tally.absent.add(Absent.voided(message));
            LOGGER.warn("position void {}", place(message.partition(), message));
        }
        for (LoggedMessage message : inserted.displaced()) {
            LOGGER.error("position taken by another message {}", place(message.partition(), message));
            tally.notSaved.add(message);
            setAside(message.unstorable("another message has this position"), tally);
        }
    }

    private static String place(Partition partition, LoggedMessage message) {
        return "partition=%d entry=%s item=%d epoch=%s seq=%s"
                .formatted(
                        partition.number(),
                        message.entry(),
                        message.item(),
                        Integer.toUnsignedString(message.position().epoch()),
                        Integer.toUnsignedString(message.position().seq()));
    }

    /** Counts while a transaction is under way; what a bisected part inserted before it failed is counted once. */
    static final class Tally {
        private int rows;
        private int voids;
        private int deadLetters;
        /** Messages that have no row of their own position. Few. */
        private final List<LoggedMessage> notSaved = new ArrayList<>(0);

        private final List<Absent> absent = new ArrayList<>(0);
        private final List<Unreadable> letters = new ArrayList<>(0);

        /** What was set aside, for the first time or again. */
        List<Unreadable> letters() {
            return letters;
        }

        boolean hasNewLetters() {
            return deadLetters > 0;
        }

        List<LoggedMessage> notSaved() {
            return notSaved;
        }

        Committed committed() {
            return new Committed(rows, voids, deadLetters, absent);
        }
    }
}
