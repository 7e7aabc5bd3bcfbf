package dev.switchboard.worker.store;

import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.Batch;
import dev.switchboard.worker.log.LoggedMessage;
import dev.switchboard.worker.log.Unreadable;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    private final AccountTable accounts;
    private final ConversationTable conversations;
    private final MessageTable messages;
    private final DeadLetterTable deadLetters;
    private final CursorTable cursors;
    private final PartitionLeases leases;
    private final OpenConversationTable openConversations;

    private MessageStore(Connection connection, String worker, Duration lease) {
        this.connection = connection;
        accounts = new AccountTable(connection);
        conversations = new ConversationTable(connection);
        messages = new MessageTable(connection);
        deadLetters = new DeadLetterTable(connection);
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
            MessageStore store = new MessageStore(connection, worker, lease);
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
     */
    public Committed commit(Batch batch) throws SQLException, OwnershipLostException {
        Tally tally = new Tally();
        for (Unreadable letter : batch.unreadable()) {
            setAside(letter, tally);
        }
        write(batch.messages(), tally);
        if (!batch.marks().isEmpty()) {
            conversations.mark(batch.marks());
        }
        // Last, so that its row lock is held for the shortest time, and conditional, so that a zombie gets no further.
        try {
            cursors.advance(batch.slices());
        } catch (OwnershipLostException e) {
            connection.rollback();
            throw e;
        }
        connection.commit();
        logSaved(batch.messages(), tally);
        return new Committed(tally.rows, tally.voids, tally.deadLetters);
    }

    @Override
    public void close() {
        // The statements live on the client only; they go with the connection, which rolls back what is open.
        Database.closeQuietly(connection);
    }

    private void write(List<LoggedMessage> part, Tally tally) throws SQLException {
        if (part.isEmpty()) {
            return;
        }
        try {
            accounts.upsert(part);
            MessageTable.Inserted inserted = messages.insert(part, conversations.upsert(part));
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

    private void note(MessageTable.Inserted inserted, Tally tally) throws SQLException {
        for (LoggedMessage message : inserted.voided()) {
            tally.voids++;
            tally.notSaved.add(message);
            LOGGER.warn("position void {}", place(message.partition(), message));
        }
        for (LoggedMessage message : inserted.displaced()) {
            LOGGER.error("position taken by another message {}", place(message.partition(), message));
            tally.notSaved.add(message);
            setAside(message.unstorable("another message has this position"), tally);
        }
    }

    /** The first system's own line, by the names alone and only for who asks for it. */
    private static void logSaved(List<LoggedMessage> messages, Tally tally) {
        if (!LOGGER.isDebugEnabled()) {
            return;
        }
        for (LoggedMessage message : messages) {
            if (!tally.notSaved.contains(message)) {
                boolean answer = message.message().getSenderRole() == Role.ADMIN;
                LOGGER.debug("💾 Mensaje guardado: {} ➡️ {}", message.sender(), answer ? message.owner() : SUPPORT);
            }
        }
    }

    private void setAside(Unreadable letter, Tally tally) throws SQLException {
        if (deadLetters.add(letter)) {
            tally.deadLetters++;
            LOGGER.error(
                    "❌ Error al guardar mensaje: dead letter partition={} entry={} item={} reason=\"{}\"",
                    letter.partition().number(),
                    letter.entry(),
                    letter.item(),
                    letter.reason());
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
    private static final class Tally {
        private int rows;
        private int voids;
        private int deadLetters;
        /** Messages that have no row of their own position. Few. */
        private final List<LoggedMessage> notSaved = new ArrayList<>(0);
    }
}
