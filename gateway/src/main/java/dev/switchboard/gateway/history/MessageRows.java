package dev.switchboard.gateway.history;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is asked of the table of messages. Stateless; runs on a database thread. */
final class MessageRows {
    static final String COLUMNS =
            "m.id AS row_number_of_message, m.message_id, m.client_msg_id, m.sender, m.sender_role, m.lane,"
                    + " m.body, m.epoch, m.seq, m.sent_at";

    /** Two ranges of one index, read backwards. */
    static final String BEFORE = "SELECT " + COLUMNS + " FROM message m WHERE m.conversation_id = ? AND m.lane = ?"
            + " AND (m.epoch < ? OR (m.epoch = ? AND m.seq < ?)) ORDER BY m.epoch DESC, m.seq DESC LIMIT ?";

    static final String NEWEST = "SELECT " + COLUMNS + " FROM message m WHERE m.conversation_id = ? AND m.lane = ?"
            + " ORDER BY m.epoch DESC, m.seq DESC LIMIT ?";

    private static final String COUNT = "SELECT COUNT(*) FROM message m WHERE m.conversation_id = ? AND m.lane = 0"
            + " AND (m.epoch < ? OR (m.epoch = ? AND m.seq <= ?))";
    private static final String COUNT_OF_ADMIN =
            "SELECT COUNT(*) FROM message m WHERE m.admin_sender = ? AND m.lane = 0";
    private static final String COUNT_TO_SUPPORT =
            "SELECT COUNT(*) FROM message m WHERE m.admin_sender IS NULL AND m.lane = 0";
    private static final String COUNT_IN_OWN =
            "SELECT COUNT(*) FROM conversation c JOIN message m ON m.conversation_id = c.id"
                    + " WHERE c.owner = ? AND m.lane = 0 AND (m.admin_sender IS NULL OR m.admin_sender <> ?)";

    static final String OF_ADMIN = "SELECT " + COLUMNS + ", c.owner AS conversation_owner FROM message m"
            + " JOIN conversation c ON c.id = m.conversation_id WHERE m.admin_sender = ? AND m.lane = 0 AND m.id < ?"
            + " ORDER BY m.id DESC LIMIT ?";
    private static final String TO_SUPPORT = "SELECT " + COLUMNS + ", c.owner AS conversation_owner FROM message m"
            + " JOIN conversation c ON c.id = m.conversation_id WHERE m.admin_sender IS NULL AND m.lane = 0 AND m.id < ?"
            + " ORDER BY m.id DESC LIMIT ?";
    private static final String IN_OWN = "SELECT " + COLUMNS + ", c.owner AS conversation_owner FROM conversation c"
            + " JOIN message m ON m.conversation_id = c.id WHERE c.owner = ? AND m.lane = 0 AND m.id < ?"
            + " AND (m.admin_sender IS NULL OR m.admin_sender <> ?) ORDER BY m.id DESC LIMIT ?";

    /** Rows in one result: so many are in memory beyond the bytes that are wanted. */
    static final int ROWS_AT_ONCE_MAX = 250;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

    private MessageRows() {}

    /** A message with the number of its row, which orders what different conversations hold. */
    record Numbered(long row, HistoryMessage message) {}

    /**
     * Messages newest first.
     *
     * @param cut there are more, but they would be too many bytes
     */
    record Found(List<HistoryMessage> newestFirst, boolean cut) {}

    /** How much is wanted: so many messages, and none behind the one that reaches the bytes. */
    record Amount(int messagesMax, long bytesMax) {}

    /** The newest messages of a lane before a position; the start reads from the end on. */
    static Found before(
            HistoryDatabase.Statements statements,
            ConversationRows.Row conversation,
            Lane lane,
            Position before,
            Amount wanted)
            throws SQLException {
        List<HistoryMessage> newestFirst = new ArrayList<>();
        Position from = before;
        long bytes = 0;
        while (newestFirst.size() < wanted.messagesMax()) {
            int max = Math.min(wanted.messagesMax() - newestFirst.size(), ROWS_AT_ONCE_MAX);
            List<HistoryMessage> some = some(statements, conversation, lane, from, max);
            for (HistoryMessage message : some) {
                if (bytes >= wanted.bytesMax() && !newestFirst.isEmpty()) {
                    return new Found(newestFirst, true);
                }
                newestFirst.add(message);
                bytes += message.bytes();
            }
            if (some.size() < max) {
                break;
            }
            from = some.get(some.size() - 1).position();
        }
        return new Found(newestFirst, false);
    }

    private static List<HistoryMessage> some(
            HistoryDatabase.Statements statements,
            ConversationRows.Row conversation,
            Lane lane,
            Position before,
            int max)
            throws SQLException {
        boolean all = before.equals(Position.START);
        try (PreparedStatement statement = statements.prepare(all ? NEWEST : BEFORE)) {
            int at = 1;
            statement.setLong(at++, conversation.row());
            statement.setInt(at++, lane.getNumber());
            if (!all) {
                at = bind(statement, at, before);
            }
            statement.setInt(at, max);
            try (ResultSet found = statement.executeQuery()) {
                List<HistoryMessage> messages = new ArrayList<>();
                while (found.next()) {
                    messages.add(message(found, conversation.owner()));
                }
                return messages;
            }
        }
    }

    /** PUBLIC messages of a conversation up to the head that stood in its row; more may have come since. */
    static long count(HistoryDatabase.Statements statements, ConversationRows.Row conversation) throws SQLException {
        try (PreparedStatement statement = statements.prepare(COUNT)) {
            statement.setLong(1, conversation.row());
            bind(statement, 2, conversation.publicHead());
            return number(statement);
        }
    }

    /** How many {@link #ofAdmin} would answer without a bound. */
    static long countOfAdmin(HistoryDatabase.Statements statements, String admin, boolean isSupport)
            throws SQLException {
        long count = 0;
        try (PreparedStatement statement = statements.prepare(COUNT_OF_ADMIN)) {
            statement.setString(1, admin);
            count += number(statement);
        }
        if (isSupport) {
            try (PreparedStatement statement = statements.prepare(COUNT_TO_SUPPORT)) {
                return count + number(statement);
            }
        }
        try (PreparedStatement statement = statements.prepare(COUNT_IN_OWN)) {
            statement.setString(1, admin);
            statement.setString(2, admin);
            return count + number(statement);
        }
    }

    private static long number(PreparedStatement statement) throws SQLException {
        try (ResultSet found = statement.executeQuery()) {
            return found.next() ? found.getLong(1) : 0;
        }
    }

    /**
     * The newest messages that an administrator wrote or got, newest first: what they said anywhere, what stands in conversations
     * of their own, and what users wrote to support, where the name is that of support itself. Each of these may go beyond what
     * is wanted, but ends where it alone reaches it.
     */
    static List<Numbered> ofAdmin(
            HistoryDatabase.Statements statements, String admin, boolean isSupport, long beforeRow, Amount wanted)
            throws SQLException {
        List<Numbered> found = new ArrayList<>();
        try (PreparedStatement statement = statements.prepare(OF_ADMIN)) {
            statement.setString(1, admin);
            collect(statement, 2, 3, beforeRow, wanted, found);
        }
        if (isSupport) {
            try (PreparedStatement statement = statements.prepare(TO_SUPPORT)) {
                collect(statement, 1, 2, beforeRow, wanted, found);
            }
        }
        try (PreparedStatement statement = statements.prepare(IN_OWN)) {
            statement.setString(1, admin);
            statement.setString(3, admin);
            collect(statement, 2, 4, beforeRow, wanted, found);
        }
        return found.stream()
                .sorted(Comparator.comparingLong(Numbered::row).reversed())
                .distinct()
                .limit(wanted.messagesMax())
                .toList();
    }

    static HistoryMessage message(ResultSet found, String owner) throws SQLException {
        return new HistoryMessage(
                WireUuid.of(found.getBytes("message_id")),
                WireUuid.of(found.getBytes("client_msg_id")),
                found.getString("sender"),
                Role.forNumber(found.getInt("sender_role")) == Role.ADMIN ? Role.ADMIN : Role.USER,
                owner,
                found.getInt("lane") == Lane.STAFF_VALUE ? Lane.STAFF : Lane.PUBLIC,
                found.getString("body"),
                new Position((int) found.getLong("epoch"), (int) found.getLong("seq")),
                millis(found, "sent_at"));
    }

    /** A DATETIME(3) in UTC; 0 where there is none. */
    static long millis(ResultSet found, int column) throws SQLException {
        return millis(found.getObject(column, LocalDateTime.class));
    }

    /** The same as the server takes it. */
    static String text(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis));
    }

    private static long millis(ResultSet found, String column) throws SQLException {
        return millis(found.getObject(column, LocalDateTime.class));
    }

    private static long millis(@Nullable LocalDateTime time) {
        return time == null ? 0 : time.toInstant(ZoneOffset.UTC).toEpochMilli();
    }

    private static int bind(PreparedStatement statement, int from, Position before) throws SQLException {
        long epoch = Integer.toUnsignedLong(before.epoch());
        statement.setLong(from, epoch);
        statement.setLong(from + 1, epoch);
        statement.setLong(from + 2, Integer.toUnsignedLong(before.seq()));
        return from + 3;
    }

    /** Until enough was found or there are no more, some rows at a time. */
    private static void collect(
            PreparedStatement statement, int beforeAt, int maxAt, long beforeRow, Amount wanted, List<Numbered> into)
            throws SQLException {
        int messages = 0;
        long bytes = 0;
        long from = beforeRow;
        boolean more = true;
        while (more && messages < wanted.messagesMax() && bytes <= wanted.bytesMax()) {
            int max = Math.min(wanted.messagesMax() - messages, ROWS_AT_ONCE_MAX);
            statement.setLong(beforeAt, from);
            statement.setInt(maxAt, max);
            int rows = 0;
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    from = found.getLong(1);
                    HistoryMessage message = message(found, found.getString("conversation_owner"));
                    into.add(new Numbered(from, message));
                    bytes += message.bytes();
                    rows++;
                }
            }
            messages += rows;
            more = rows == max;
        }
    }
}
