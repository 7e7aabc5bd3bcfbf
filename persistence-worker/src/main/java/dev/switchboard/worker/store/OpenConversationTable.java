package dev.switchboard.worker.store;

import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import dev.switchboard.worker.log.RememberedConversation;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what MySQL holds of conversations, page by page, so that Redis can be compared with it. Each page is a transaction of its own.
 * Confined to its connection's thread.
 */
public final class OpenConversationTable {
    /** Rows in one page: what is in memory at once. */
    public static final int PAGE_ROWS_MAX = 1_024;

    private static final Logger LOGGER = LoggerFactory.getLogger(OpenConversationTable.class);

    private static final String COLUMNS = "SELECT id, public_id, owner, status, status_epoch, status_seq, public_epoch,"
            + " public_seq, staff_epoch, staff_seq, owner_read_epoch, owner_read_seq, staff_read_epoch, staff_read_seq,"
            + " last_owner_seq, last_admin_seq, last_public_at, last_message_at FROM conversation WHERE ";

    private final Connection connection;

    OpenConversationTable(Connection connection) {
        this.connection = connection;
    }

    /**
     * A page, the last opened first.
     *
     * @param next the row before which the next page begins; 0 if this was the last
     */
    public record Page(List<RememberedConversation> conversations, long next) {}

    /**
     * Those of these partitions before a row. Also what is closed: it may be open in Redis yet.
     *
     * @param before exclusive
     */
    public Page page(Collection<Partition> partitions, long before) throws SQLException {
        // The last byte of the id is the partition.
        String numbers = partitions.stream()
                .map(partition -> Integer.toString(partition.number()))
                .collect(Collectors.joining(", "));
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS
                + "id < ? AND ORD(SUBSTRING(public_id, 16)) IN (" + numbers + ") ORDER BY id DESC LIMIT "
                + PAGE_ROWS_MAX)) {
            statement.setLong(1, before);
            return read(statement);
        }
    }

    /** Those with these row numbers; a page at most. */
    public List<RememberedConversation> find(List<Long> rows) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                COLUMNS + "id IN (" + "?, ".repeat(rows.size() - 1) + "?) ORDER BY id DESC")) {
            int at = 1;
            for (long row : rows) {
                statement.setLong(at++, row);
            }
            return read(statement).conversations();
        }
    }

    private Page read(PreparedStatement statement) throws SQLException {
        List<RememberedConversation> conversations = new ArrayList<>();
        int rows = 0;
        long last = 0;
        try (ResultSet found = statement.executeQuery()) {
            while (found.next()) {
                rows++;
                last = found.getLong(1);
                ConversationId id = ConversationId.parse(found.getBytes(2)).orElse(null);
                if (id == null) {
                    LOGGER.error("a conversation has an id that is none row={}", last);
                } else {
                    conversations.add(conversation(found, last, id));
                }
            }
        }
        // Ends the snapshot.
        connection.commit();
        return new Page(conversations, rows < PAGE_ROWS_MAX ? 0 : last);
    }

    private static RememberedConversation conversation(ResultSet found, long row, ConversationId id)
            throws SQLException {
        return new RememberedConversation(
                row,
                id,
                found.getString(3),
                new RememberedConversation.Status(found.getInt(4), position(found, 5)),
                position(found, 7),
                position(found, 9),
                position(found, 11),
                position(found, 13),
                (int) found.getLong(15),
                (int) found.getLong(16),
                millis(found, 17),
                millis(found, 18));
    }

    private static Position position(ResultSet found, int at) throws SQLException {
        return new Position((int) found.getLong(at), (int) found.getLong(at + 1));
    }

    private static long millis(ResultSet found, int at) throws SQLException {
        LocalDateTime time = found.getObject(at, LocalDateTime.class);
        return time == null ? 0 : time.toInstant(ZoneOffset.UTC).toEpochMilli();
    }
}
