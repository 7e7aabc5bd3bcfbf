package dev.switchboard.worker.store;

import com.google.protobuf.ByteString;
import dev.switchboard.worker.log.LoggedMessage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** Positions whose message stands at an earlier one, so that whoever reads a lane knows its holes. Confined to its connection's thread. */
final class VoidTable {
    private final MultiRowStatement insert;

    VoidTable(Connection connection) {
        insert = new MultiRowStatement(
                connection,
                "INSERT INTO void_position (conversation_id, lane, epoch, seq) VALUES ",
                "(?, ?, ?, ?)",
                " ON DUPLICATE KEY UPDATE lane = VALUES(lane)");
    }

    void add(List<LoggedMessage> messages, Map<ByteString, Long> rows) throws SQLException {
        insert.update(messages, (statement, first, message) -> {
            Long row = rows.get(message.conversation());
            statement.setLong(first, row == null ? 0 : row);
            statement.setInt(first + 1, message.message().getLaneValue());
            statement.setLong(
                    first + 2, Integer.toUnsignedLong(message.position().epoch()));
            statement.setLong(
                    first + 3, Integer.toUnsignedLong(message.position().seq()));
        });
    }
}
