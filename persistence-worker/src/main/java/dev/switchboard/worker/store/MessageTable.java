package dev.switchboard.worker.store;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.wire.Position;
import dev.switchboard.worker.log.LoggedMessage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What was said. Confined to its connection's thread. */
final class MessageTable implements AutoCloseable {
    private static final String KEYS =
            "SELECT client_msg_id, sender, conversation_id, lane, epoch, seq FROM message WHERE ";

    private final MultiRowStatement insert;
    private final MultiRowStatement byId;
    private final MultiRowStatement byPosition;
    private final SqlTime time = new SqlTime();

    MessageTable(Connection connection) {
        insert = new MultiRowStatement(
                connection,
                "INSERT INTO message (message_id, client_msg_id, sender, sender_role, conversation_id, lane, epoch, seq,"
                        + " after_public, body, sent_at) VALUES ",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                // Not INSERT IGNORE: that would cut what is too long and call it a warning. Not id = id: MySQL refuses
                // that
                // (1869) where both of a pair are in one statement.
                " ON DUPLICATE KEY UPDATE lane = lane");
        byId = new MultiRowStatement(connection, KEYS + "(client_msg_id, sender) IN (", "(?, ?)", ")");
        byPosition = new MultiRowStatement(
                connection, KEYS + "(conversation_id, lane, epoch, seq) IN (", "(?, ?, ?, ?)", ")");
    }

    /**
     * Inserts those that are not there yet.
     *
     * @param rows row numbers of the conversations
     * @return how many went in, and what became of the others
     */
    Inserted insert(List<LoggedMessage> messages, Map<ByteString, Long> rows) throws SQLException {
        Inserted result = new Inserted();
        insert.forEachChunk(
                messages, (statement, first, message) -> bind(statement, first, message, rows), (statement, chunk) -> {
                    int changed = statement.executeUpdate();
                    result.rows += changed;
                    if (changed < chunk.size()) {
                        findClashes(chunk, rows, result);
                    }
                });
        return result;
    }

    @Override
    public void close() throws SQLException {
        insert.close();
        byId.close();
        byPosition.close();
    }

    private void bind(PreparedStatement statement, int first, LoggedMessage logged, Map<ByteString, Long> rows)
            throws SQLException {
        Message message = logged.message();
        statement.setBytes(first, message.getMessageId().toByteArray());
        statement.setBytes(first + 1, message.getClientMsgId().toByteArray());
        statement.setString(first + 2, message.getSender());
        statement.setInt(first + 3, message.getSenderRoleValue());
        statement.setLong(first + 4, row(logged, rows));
        statement.setInt(first + 5, message.getLaneValue());
        statement.setLong(first + 6, Integer.toUnsignedLong(message.getEpoch()));
        statement.setLong(first + 7, Integer.toUnsignedLong(message.getSeq()));
        if (message.getLane() == Lane.STAFF) {
            statement.setLong(first + 8, Integer.toUnsignedLong(message.getAfterPublic()));
        } else {
            statement.setNull(first + 8, Types.INTEGER);
        }
        statement.setString(first + 9, message.getText());
        statement.setString(first + 10, time.text(message.getTime()));
    }

    /** Fewer rows went in than were sent: says of each which of three things it is. */
    private void findClashes(List<LoggedMessage> chunk, Map<ByteString, Long> rows, Inserted result)
            throws SQLException {
        Map<Once, Place> placesById = new HashMap<>();
        Map<Place, Once> idsByPlace = new HashMap<>();
        MultiRowStatement.Execution<LoggedMessage> collect = (statement, part) -> {
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    Once once = new Once(ByteString.copyFrom(found.getBytes(1)), found.getString(2));
                    Position position = new Position((int) found.getLong(5), (int) found.getLong(6));
                    Place place = new Place(found.getLong(3), found.getInt(4), position);
                    placesById.put(once, place);
                    idsByPlace.put(place, once);
                }
            }
        };
        byId.forEachChunk(
                chunk,
                (statement, first, message) -> {
                    statement.setBytes(first, message.message().getClientMsgId().toByteArray());
                    statement.setString(first + 1, message.sender());
                },
                collect);
        byPosition.forEachChunk(
                chunk,
                (statement, first, message) -> {
                    statement.setLong(first, row(message, rows));
                    statement.setInt(first + 1, message.message().getLaneValue());
                    statement.setLong(
                            first + 2, Integer.toUnsignedLong(message.position().epoch()));
                    statement.setLong(
                            first + 3, Integer.toUnsignedLong(message.position().seq()));
                },
                collect);
        for (LoggedMessage message : chunk) {
            Place place = new Place(row(message, rows), message.message().getLaneValue(), message.position());
            Place actual = placesById.get(new Once(message.message().getClientMsgId(), message.sender()));
            if (actual == null) {
                if (!idsByPlace.containsKey(place)) {
                    throw new SQLException("a message that was just written is not there");
                }
                result.displaced.add(message);
            } else if (!actual.equals(place)) {
                result.voided.add(message);
            }
        }
    }

    private static long row(LoggedMessage message, Map<ByteString, Long> rows) throws SQLException {
        Long row = rows.get(message.conversation());
        if (row == null) {
            throw new SQLException("the row of the conversation is not known");
        }
        return row;
    }

    /** What became of some messages. Those in neither list stand in the table, from now or from before. */
    static final class Inserted {
        private int rows;
        private final List<LoggedMessage> voided = new ArrayList<>(0);
        private final List<LoggedMessage> displaced = new ArrayList<>(0);

        /** Rows that were not there before. */
        int rows() {
            return rows;
        }

        /** The same sender said the same id at another position: a retry after the dedupe window. This position is void. */
        List<LoggedMessage> voided() {
            return voided;
        }

        /** Another message has this position, which numbering should have made impossible. */
        List<LoggedMessage> displaced() {
            return displaced;
        }
    }

    private record Once(ByteString clientMsgId, String sender) {}

    private record Place(long conversation, int lane, Position position) {}
}
