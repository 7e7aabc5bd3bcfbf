package dev.switchboard.worker.store;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Position;
import dev.switchboard.worker.log.LoggedMessage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Conversations, their row numbers and heads. Confined to its connection's thread. */
final class ConversationTable implements AutoCloseable {
    private static final int REMEMBERED_MAX = 100_000;

    private final MultiRowStatement create;
    private final MultiRowStatement find;
    private final MultiRowStatement raise;
    private final SqlTime time = new SqlTime();
    /** Row numbers by public id. Dropped with the connection, so a rollback can't leave it wrong. */
    private final Map<ByteString, Long> rows = new LinkedHashMap<>(256, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteString, Long> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    ConversationTable(Connection connection) {
        create = new MultiRowStatement(
                connection,
                "INSERT INTO conversation (public_id, owner, opened_at, last_message_at) VALUES ",
                "(?, ?, ?, ?)",
                " ON DUPLICATE KEY UPDATE owner = owner");
        find = new MultiRowStatement(
                connection, "SELECT id, public_id FROM conversation WHERE public_id IN (", "?", ")");
        // The row exists: this is an update of many rows at once. Heads only rise; seq before epoch, because
        // assignments see
        // what those before them have changed.
        raise = new MultiRowStatement(
                connection,
                "INSERT INTO conversation (id, public_id, owner, opened_at, public_epoch, public_seq, staff_epoch,"
                        + " staff_seq, last_message_at) VALUES ",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                " ON DUPLICATE KEY UPDATE " + raised("public") + ", " + raised("staff")
                        + ", last_message_at = GREATEST(last_message_at, VALUES(last_message_at))");
    }

    private static String raised(String lane) {
        return "%1$s_seq = IF(VALUES(%1$s_epoch) > %1$s_epoch OR (VALUES(%1$s_epoch) = %1$s_epoch AND VALUES(%1$s_seq) > %1$s_seq), VALUES(%1$s_seq), %1$s_seq), %1$s_epoch = GREATEST(%1$s_epoch, VALUES(%1$s_epoch))"
                .formatted(lane);
    }

    /** Creates what is new, raises the heads, and answers the row number of every conversation of these messages. */
    Map<ByteString, Long> upsert(List<LoggedMessage> messages) throws SQLException {
        Map<ByteString, Heads> heads = new LinkedHashMap<>();
        for (LoggedMessage message : messages) {
            heads.computeIfAbsent(message.conversation(), id -> new Heads(message))
                    .raise(message);
        }
        List<Heads> unknown = heads.values().stream()
                .filter(head -> !rows.containsKey(head.id))
                .toList();
        if (!unknown.isEmpty()) {
            create.update(unknown, this::bindNew);
            find.forEachChunk(
                    unknown, (statement, at, head) -> statement.setBytes(at, head.id.toByteArray()), this::note);
        }
        Map<ByteString, Long> found = new LinkedHashMap<>();
        for (Heads head : heads.values()) {
            Long row = rows.get(head.id);
            if (row == null) {
                throw new SQLException("a conversation that was just written is not there");
            }
            found.put(head.id, row);
        }
        raise.update(
                new ArrayList<>(heads.values()), (statement, first, head) -> bindHeads(statement, first, head, found));
        return found;
    }

    @Override
    public void close() throws SQLException {
        create.close();
        find.close();
        raise.close();
    }

    private void note(PreparedStatement statement, List<Heads> unknown) throws SQLException {
        try (ResultSet result = statement.executeQuery()) {
            while (result.next()) {
                rows.put(ByteString.copyFrom(result.getBytes(2)), result.getLong(1));
            }
        }
    }

    private void bindNew(PreparedStatement statement, int first, Heads head) throws SQLException {
        statement.setBytes(first, head.id.toByteArray());
        statement.setString(first + 1, head.owner);
        statement.setString(first + 2, time.text(head.firstMillis));
        statement.setString(first + 3, time.text(head.lastMillis));
    }

    private void bindHeads(PreparedStatement statement, int first, Heads head, Map<ByteString, Long> found)
            throws SQLException {
        Long row = found.get(head.id);
        statement.setLong(first, row == null ? 0 : row);
        statement.setBytes(first + 1, head.id.toByteArray());
        statement.setString(first + 2, head.owner);
        statement.setString(first + 3, time.text(head.firstMillis));
        statement.setLong(first + 4, Integer.toUnsignedLong(head.inPublic.epoch()));
        statement.setLong(first + 5, Integer.toUnsignedLong(head.inPublic.seq()));
        statement.setLong(first + 6, Integer.toUnsignedLong(head.inStaff.epoch()));
        statement.setLong(first + 7, Integer.toUnsignedLong(head.inStaff.seq()));
        statement.setString(first + 8, time.text(head.lastMillis));
    }

    /** What some messages say about their conversation. */
    private static final class Heads {
        private final ByteString id;
        private final String owner;
        private Position inPublic = Position.START;
        private Position inStaff = Position.START;
        private long firstMillis = Long.MAX_VALUE;
        private long lastMillis;

        Heads(LoggedMessage message) {
            id = message.conversation();
            owner = message.owner();
        }

        void raise(LoggedMessage message) {
            Position position = message.position();
            if (message.lane() == Lane.STAFF) {
                inStaff = position.compareTo(inStaff) > 0 ? position : inStaff;
            } else {
                inPublic = position.compareTo(inPublic) > 0 ? position : inPublic;
            }
            firstMillis = Math.min(firstMillis, message.message().getTime());
            lastMillis = Math.max(lastMillis, message.message().getTime());
        }
    }
}
