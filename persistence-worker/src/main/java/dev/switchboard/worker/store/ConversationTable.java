package dev.switchboard.worker.store;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.Position;
import dev.switchboard.worker.log.LoggedMark;
import dev.switchboard.worker.log.LoggedMessage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Conversations, their row numbers and heads. Confined to its connection's thread. */
final class ConversationTable implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConversationTable.class);
    private static final int REMEMBERED_MAX = 100_000;

    private final MultiRowStatement create;
    private final MultiRowStatement find;
    private final MultiRowStatement raise;
    private final MultiRowStatement mark;
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
                        + " staff_seq, last_message_at, last_owner_seq, last_admin_seq, last_public_at) VALUES ",
                "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                " ON DUPLICATE KEY UPDATE " + raised("public") + ", " + raised("staff")
                        + ", last_message_at = GREATEST(last_message_at, VALUES(last_message_at))"
                        + ", last_owner_seq = GREATEST(last_owner_seq, VALUES(last_owner_seq))"
                        + ", last_admin_seq = GREATEST(last_admin_seq, VALUES(last_admin_seq))"
                        + ", last_public_at = GREATEST(COALESCE(last_public_at, VALUES(last_public_at)),"
                        + " COALESCE(VALUES(last_public_at), last_public_at))");
        // The row exists here, too. What the update does not name stays as it is.
        mark = new MultiRowStatement(
                connection,
                "INSERT INTO conversation (id, public_id, owner, opened_at, last_message_at, owner_read_epoch,"
                        + " owner_read_seq, staff_read_epoch, staff_read_seq) VALUES ",
                "(?, ?, ?, '2000-01-01', '2000-01-01', ?, ?, ?, ?)",
                " ON DUPLICATE KEY UPDATE " + raised("owner_read") + ", " + raised("staff_read"));
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
                    unknown,
                    (statement, at, head) -> statement.setBytes(at, head.id.toByteArray()),
                    (statement, chunk) -> note(statement));
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

    /** Raises read marks; of several for one conversation and side the highest counts. */
    void mark(List<LoggedMark> marks) throws SQLException {
        Map<ByteString, Marks> highest = new LinkedHashMap<>();
        for (LoggedMark logged : marks) {
            highest.computeIfAbsent(logged.conversation(), id -> new Marks(id, logged.owner()))
                    .raise(logged);
        }
        List<Marks> unknown = highest.values().stream()
                .filter(one -> !rows.containsKey(one.id))
                .toList();
        find.forEachChunk(
                unknown,
                (statement, at, one) -> statement.setBytes(at, one.id.toByteArray()),
                (statement, chunk) -> note(statement));
        List<Marks> known = new ArrayList<>();
        for (Marks one : highest.values()) {
            if (rows.containsKey(one.id)) {
                known.add(one);
            } else {
                // Its only message became a dead letter. Whoever replays it loses no more than a mark.
                LOGGER.warn("read mark of a conversation that is not there");
            }
        }
        mark.update(known, this::bindMarks);
    }

    @Override
    public void close() throws SQLException {
        mark.close();
        create.close();
        find.close();
        raise.close();
    }

    private void note(PreparedStatement statement) throws SQLException {
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
        statement.setLong(first + 9, Integer.toUnsignedLong(head.lastOwnerSeq));
        statement.setLong(first + 10, Integer.toUnsignedLong(head.lastAdminSeq));
        statement.setString(first + 11, head.lastPublicMillis == 0 ? null : time.text(head.lastPublicMillis));
    }

    private void bindMarks(PreparedStatement statement, int first, Marks one) throws SQLException {
        Long row = rows.get(one.id);
        statement.setLong(first, row == null ? 0 : row);
        statement.setBytes(first + 1, one.id.toByteArray());
        statement.setString(first + 2, one.owner);
        statement.setLong(first + 3, Integer.toUnsignedLong(one.ofOwner.epoch()));
        statement.setLong(first + 4, Integer.toUnsignedLong(one.ofOwner.seq()));
        statement.setLong(first + 5, Integer.toUnsignedLong(one.ofStaff.epoch()));
        statement.setLong(first + 6, Integer.toUnsignedLong(one.ofStaff.seq()));
    }

    /** The highest marks of a conversation. */
    private static final class Marks {
        private final ByteString id;
        private final String owner;
        private Position ofOwner = Position.START;
        private Position ofStaff = Position.START;

        Marks(ByteString id, String owner) {
            this.id = id;
            this.owner = owner;
        }

        void raise(LoggedMark mark) {
            if (mark.staff()) {
                ofStaff = mark.position().compareTo(ofStaff) > 0 ? mark.position() : ofStaff;
            } else {
                ofOwner = mark.position().compareTo(ofOwner) > 0 ? mark.position() : ofOwner;
            }
        }
    }

    /** What some messages say about their conversation. */
    private static final class Heads {
        private final ByteString id;
        private final String owner;
        private Position inPublic = Position.START;
        private Position inStaff = Position.START;
        private long firstMillis = Long.MAX_VALUE;
        private long lastMillis;
        private long lastPublicMillis;
        private int lastOwnerSeq;
        private int lastAdminSeq;

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
                lastPublicMillis = Math.max(lastPublicMillis, message.message().getTime());
                // Not by name: an administrator may be called as the owner is, or be the owner.
                if (message.message().getSenderRole() == Role.ADMIN) {
                    lastAdminSeq = higher(lastAdminSeq, position.seq());
                } else {
                    lastOwnerSeq = higher(lastOwnerSeq, position.seq());
                }
            }
            firstMillis = Math.min(firstMillis, message.message().getTime());
            lastMillis = Math.max(lastMillis, message.message().getTime());
        }

        private static int higher(int one, int other) {
            return Integer.compareUnsigned(one, other) >= 0 ? one : other;
        }
    }
}
