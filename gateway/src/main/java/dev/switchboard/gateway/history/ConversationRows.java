package dev.switchboard.gateway.history;

import dev.switchboard.gateway.log.ReadState;
import dev.switchboard.gateway.log.lane.Activity;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is asked of the table of conversations. Stateless; runs on a database thread. */
final class ConversationRows {
    /** Each list with its newest message: the one at the head. */
    static final String COLUMNS =
            "c.id, c.public_id, c.owner, c.status, c.public_epoch, c.public_seq, c.staff_epoch, c.staff_seq,"
                    + " c.owner_read_epoch, c.owner_read_seq, c.staff_read_epoch, c.staff_read_seq, c.last_owner_seq,"
                    + " c.last_admin_seq, c.last_message_at, c.last_public_at";

    private static final String WITH_LAST = "SELECT " + COLUMNS + ", " + MessageRows.COLUMNS + " FROM conversation c"
            + " LEFT JOIN message m ON m.conversation_id = c.id AND m.lane = 0 AND m.epoch = c.public_epoch"
            + " AND m.seq = c.public_seq WHERE ";

    static final String LIST = WITH_LAST + "TRUE ORDER BY c.last_message_at DESC, c.public_id DESC LIMIT ?";
    static final String LIST_BEFORE = WITH_LAST
            + "(c.last_message_at < ? OR (c.last_message_at = ? AND c.public_id < ?))"
            + " ORDER BY c.last_message_at DESC, c.public_id DESC LIMIT ?";
    static final String OWN = WITH_LAST
            + "c.owner = ? AND c.last_public_at IS NOT NULL ORDER BY c.last_public_at DESC, c.public_id DESC LIMIT ?";
    static final String OWN_BEFORE = WITH_LAST
            + "c.owner = ? AND (c.last_public_at < ? OR (c.last_public_at = ? AND c.public_id < ?))"
            + " ORDER BY c.last_public_at DESC, c.public_id DESC LIMIT ?";

    /** Everybody once, by the newest of their conversations. */
    private static final String NEWEST_OF_EACH = "c.public_seq > 0 AND c.owner <> 'admin'"
            + " AND NOT EXISTS (SELECT 1 FROM account a WHERE a.user = c.owner AND a.role = 1)"
            + " AND NOT EXISTS (SELECT 1 FROM conversation n WHERE n.owner = c.owner AND n.public_seq > 0"
            + " AND (n.last_message_at > c.last_message_at"
            + " OR (n.last_message_at = c.last_message_at AND n.public_id > c.public_id)))";

    private static final String USERS = "SELECT c.public_id, c.owner, c.last_message_at FROM conversation c WHERE ";
    private static final String USERS_ORDER = " ORDER BY c.last_message_at DESC, c.public_id DESC LIMIT ?";
    private static final String BEFORE = " AND (c.last_message_at < ? OR (c.last_message_at = ? AND c.public_id < ?))";
    private static final String USERS_COUNT =
            "SELECT COUNT(DISTINCT c.owner) FROM conversation c WHERE c.public_seq > 0"
                    + " AND c.owner <> 'admin' AND NOT EXISTS (SELECT 1 FROM account a WHERE a.user = c.owner AND a.role = 1)";

    private ConversationRows() {}

    /** A row, and its newest message where that was asked for and stands at the head. */
    record Row(
            long row,
            ConversationId id,
            String owner,
            int status,
            Position publicHead,
            Position staffHead,
            ReadState reads,
            long lastMessageAt,
            Optional<HistoryMessage> last) {
        Position head(Lane lane) {
            return lane == Lane.STAFF ? staffHead : publicHead;
        }

        /** Its place in the list of everybody, or of its owner, who must not learn of the STAFF lane. */
        Activity activity(boolean owners) {
            return new Activity(owners ? reads.lastTime() : lastMessageAt, id);
        }
    }

    /** Somebody with conversations, and when something was said there last. */
    record UserRow(String user, Activity activity) {}

    static Optional<Row> find(HistoryDatabase.Statements statements, ConversationId id) throws SQLException {
        try (PreparedStatement statement =
                statements.prepare("SELECT " + COLUMNS + " FROM conversation c WHERE c.public_id = ?")) {
            statement.setBytes(1, id.bytes());
            try (ResultSet found = statement.executeQuery()) {
                return found.next() ? Optional.of(row(found, Optional.empty())) : Optional.empty();
            }
        }
    }

    /** Those with these ids, in no order, with their newest message. */
    static List<Row> find(HistoryDatabase.Statements statements, Collection<ConversationId> ids) throws SQLException {
        if (ids.isEmpty()) {
            return List.of();
        }
        String sql = WITH_LAST + "c.public_id IN (" + "?, ".repeat(ids.size() - 1) + "?)";
        try (PreparedStatement statement = statements.prepare(sql)) {
            int at = 1;
            for (ConversationId id : ids) {
                statement.setBytes(at++, id.bytes());
            }
            return rows(statement);
        }
    }

    /** The most recently active behind one in the order of lists, of all or of one owner. */
    static List<Row> newest(
            HistoryDatabase.Statements statements, @Nullable String owner, @Nullable Activity before, int max)
            throws SQLException {
        String sql = owner == null ? before == null ? LIST : LIST_BEFORE : before == null ? OWN : OWN_BEFORE;
        try (PreparedStatement statement = statements.prepare(sql)) {
            int at = 1;
            if (owner != null) {
                statement.setString(at++, owner);
            }
            at = bind(statement, at, before);
            statement.setInt(at, max);
            return rows(statement);
        }
    }

    /** All conversations of an owner in which something PUBLIC was said, the last opened first. */
    static List<Row> ofOwner(HistoryDatabase.Statements statements, String owner) throws SQLException {
        try (PreparedStatement statement = statements.prepare("SELECT " + COLUMNS
                + " FROM conversation c WHERE c.owner = ? AND c.public_seq > 0 ORDER BY c.id DESC")) {
            statement.setString(1, owner);
            try (ResultSet found = statement.executeQuery()) {
                List<Row> rows = new ArrayList<>();
                while (found.next()) {
                    rows.add(row(found, Optional.empty()));
                }
                return rows;
            }
        }
    }

    /** Users who are no administrators and have said or been told something, by their last activity. */
    static List<UserRow> users(HistoryDatabase.Statements statements, @Nullable Activity before, int max)
            throws SQLException {
        try (PreparedStatement statement = statements.prepare(users(before != null))) {
            statement.setInt(bind(statement, 1, before), max);
            try (ResultSet found = statement.executeQuery()) {
                List<UserRow> users = new ArrayList<>();
                while (found.next()) {
                    users.add(new UserRow(
                            found.getString(2), new Activity(MessageRows.millis(found, 3), id(found.getBytes(1)))));
                }
                return users;
            }
        }
    }

    static String users(boolean before) {
        return USERS + NEWEST_OF_EACH + (before ? BEFORE : "") + USERS_ORDER;
    }

    static long countUsers(HistoryDatabase.Statements statements) throws SQLException {
        try (PreparedStatement statement = statements.prepare(USERS_COUNT);
                ResultSet found = statement.executeQuery()) {
            return found.next() ? found.getLong(1) : 0;
        }
    }

    /** Which of these are administrators. */
    static Set<String> admins(HistoryDatabase.Statements statements, Collection<String> users) throws SQLException {
        Set<String> admins = new HashSet<>();
        if (users.isEmpty()) {
            return admins;
        }
        String sql = "SELECT user FROM account WHERE role = 1 AND user IN (" + "?, ".repeat(users.size() - 1) + "?)";
        try (PreparedStatement statement = statements.prepare(sql)) {
            int at = 1;
            for (String user : users) {
                statement.setString(at++, user);
            }
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    admins.add(found.getString(1));
                }
            }
        }
        return admins;
    }

    private static int bind(PreparedStatement statement, int from, @Nullable Activity before) throws SQLException {
        int at = from;
        if (before != null) {
            statement.setString(at++, MessageRows.text(before.time()));
            statement.setString(at++, MessageRows.text(before.time()));
            statement.setBytes(at++, before.conversation().bytes());
        }
        return at;
    }

    private static List<Row> rows(PreparedStatement statement) throws SQLException {
        try (ResultSet found = statement.executeQuery()) {
            List<Row> rows = new ArrayList<>();
            while (found.next()) {
                Row row = row(found, Optional.empty());
                found.getLong("row_number_of_message");
                boolean none = found.wasNull();
                rows.add(none ? row : row(found, Optional.of(MessageRows.message(found, row.owner()))));
            }
            return rows;
        }
    }

    private static Row row(ResultSet found, Optional<HistoryMessage> last) throws SQLException {
        Position head = position(found, 5);
        long lastPublic = MessageRows.millis(found, 16);
        ReadState reads = new ReadState(
                position(found, 9),
                position(found, 11),
                (int) found.getLong(13),
                (int) found.getLong(14),
                Position.START,
                lastPublic);
        return new Row(
                found.getLong(1),
                id(found.getBytes(2)),
                found.getString(3),
                found.getInt(4),
                head,
                position(found, 7),
                reads,
                MessageRows.millis(found, 15),
                last);
    }

    private static Position position(ResultSet found, int at) throws SQLException {
        return new Position((int) found.getLong(at), (int) found.getLong(at + 1));
    }

    private static ConversationId id(byte[] bytes) throws SQLException {
        return ConversationId.parse(bytes).orElseThrow(() -> new SQLException("a conversation has an id that is none"));
    }
}
