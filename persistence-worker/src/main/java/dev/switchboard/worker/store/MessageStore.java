package dev.switchboard.worker.store;

import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.Batch;
import dev.switchboard.worker.log.LogId;
import dev.switchboard.worker.log.LoggedMessage;
import dev.switchboard.worker.log.Unreadable;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One checked connection to MySQL and everything that is done over it. After any {@link SQLException} or lost ownership it is
 * closed and another is opened: what the tables remember is only right as long as nothing was rolled back. Confined to the
 * worker's thread.
 */
public final class MessageStore implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(MessageStore.class);

    /** To whom users write. */
    private static final String SUPPORT = "admin";

    private final Connection connection;
    private final DeadLetterTable deadLetters;
    private final MessageWriter writer;
    private final CursorTable cursors;
    private final PartitionLeases leases;
    private final OpenConversationTable openConversations;

    private MessageStore(Connection connection, DatabaseConfig config, String worker, Duration lease) {
        this.connection = connection;
        deadLetters = new DeadLetterTable(connection, config.deadLettersMax());
        writer = new MessageWriter(connection, Optional.of(deadLetters));
        cursors = new CursorTable(connection, worker, lease);
        leases = new PartitionLeases(connection, cursors, worker);
        openConversations = new OpenConversationTable(connection);
    }

    /**
     * Connects and checks.
     *
     * @param worker unique among all workers there ever are
     * @throws SQLException MySQL is away: try again later
     * @throws dev.switchboard.worker.ops.StartRefusedException it must not be used like this
     */
    public static MessageStore open(DatabaseConfig config, String worker, Duration lease) throws SQLException {
        Connection connection = Database.open(config);
        try {
            MessageStore store = new MessageStore(connection, config, worker, lease);
            store.cursors.initialise();
            connection.commit();
            return store;
        } catch (SQLException e) {
            Database.closeQuietly(connection);
            throw e;
        }
    }

    public PartitionLeases leases() {
        return leases;
    }

    /** What Redis is compared with. */
    public OpenConversationTable openConversations() {
        return openConversations;
    }

    /**
     * Writes all of the batch or nothing. May be repeated.
     *
     * @throws SQLException it is not known whether it was committed: open another store, the same again
     * @throws OwnershipLostException nothing was written
     * @throws DeadLettersFullException nothing was written
     */
    public Committed commit(Batch batch) throws SQLException, OwnershipLostException {
        MessageWriter.Tally tally = new MessageWriter.Tally();
        for (Unreadable letter : batch.unreadable()) {
            writer.setAside(letter, tally);
        }
        writer.write(batch.messages(), tally);
        writer.mark(batch.marks());
        requireRoom(tally);
        // Last, so that its row lock is held for the shortest time, and conditional, so that a zombie gets no further.
        try {
            cursors.advance(batch.slices());
        } catch (OwnershipLostException e) {
            connection.rollback();
            throw e;
        }
        connection.commit();
        logSaved(batch.messages(), tally);
        return tally.committed();
    }

    /** Notes what is about to be done on its own, before it is done. */
    public void noteStep(Partition partition, long fence, Trouble.Step step)
            throws SQLException, OwnershipLostException {
        cursors.step(partition, fence, step);
        connection.commit();
    }

    /** Writes one message; the cursor stays where it is. May be repeated. */
    public Committed commitAlone(LoggedMessage message, long fence) throws SQLException, OwnershipLostException {
        MessageWriter.Tally tally = new MessageWriter.Tally();
        writer.write(List.of(message), tally);
        return commitPart(message.partition(), fence, tally);
    }

    /** Sets aside one part of an entry; the cursor stays where it is. May be repeated. */
    public Committed setAside(Unreadable letter, long fence) throws SQLException, OwnershipLostException {
        MessageWriter.Tally tally = new MessageWriter.Tally();
        writer.setAside(letter, tally);
        return commitPart(letter.partition(), fence, tally);
    }

    /** Parts of an entry that are dead letters. */
    public Set<Integer> setAside(Partition partition, LogId entry) throws SQLException {
        Set<Integer> items = deadLetters.items(partition, entry);
        connection.commit();
        return items;
    }

    @Override
    public void close() {
        // The statements live on the client only; they go with the connection, which rolls back what is open.
        Database.closeQuietly(connection);
    }

    private Committed commitPart(Partition partition, long fence, MessageWriter.Tally tally)
            throws SQLException, OwnershipLostException {
        requireRoom(tally);
        try {
            cursors.step(partition, fence, null);
        } catch (OwnershipLostException e) {
            connection.rollback();
            throw e;
        }
        connection.commit();
        return tally.committed();
    }

    private void requireRoom(MessageWriter.Tally tally) throws SQLException {
        if (tally.hasNewLetters()) {
            deadLetters.requireRoom();
        }
    }

    /** The first system's own line, by the names alone and only for who asks for it. */
    private static void logSaved(List<LoggedMessage> messages, MessageWriter.Tally tally) {
        if (!LOGGER.isDebugEnabled()) {
            return;
        }
        for (LoggedMessage message : messages) {
            if (!tally.notSaved().contains(message)) {
                boolean answer = message.message().getSenderRole() == Role.ADMIN;
                LOGGER.debug("💾 Mensaje guardado: {} ➡️ {}", message.sender(), answer ? message.owner() : SUPPORT);
            }
        }
    }
}
