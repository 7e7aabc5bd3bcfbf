package dev.switchboard.gateway.history;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.gateway.log.LaneReader;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.MessageRecord;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What MySQL holds of a lane between two numbers, as the frames that a connection got when it was said. Stateless; runs on a
 * database thread.
 */
final class StoredLane {
    /**
     * By number alone: after a fail-over MySQL may have put back messages whose epoch is lower than that of whoever asks. In that
     * epoch, mostly the only one, the index leads to the number; in those before, rows are read only where the number fits.
     */
    static final String BETWEEN = "SELECT " + MessageRows.COLUMNS + ", m.after_public FROM message m"
            + " WHERE m.conversation_id = ? AND m.lane = ?"
            + " AND (m.epoch < ? OR (m.epoch = ? AND m.seq > ?) OR m.epoch > ?) AND m.seq > ? AND m.seq < ?"
            + " ORDER BY m.epoch, m.seq LIMIT ?";

    private StoredLane() {}

    /** What is wanted: behind a position, and with lower numbers than the other. */
    record Range(Position after, int before) {}

    /**
     * What was found.
     *
     * @param head how far the lane is stored
     * @param messages in order; numbers that lack among them are void
     * @param cut there are more than there was room for
     */
    record Found(Position head, List<RoutedFrame> messages, boolean cut) {
        /** Numbers go on from epoch to epoch. Where they don't, something was said in an epoch that lost these. */
        boolean inOneOrder() {
            for (int i = 1; i < messages.size(); i++) {
                if (Integer.compareUnsigned(
                                messages.get(i - 1).seq(), messages.get(i).seq())
                        >= 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Nothing, up to the start, of a conversation that is not there. */
    static Found read(
            HistoryDatabase.Statements statements,
            ConversationId conversation,
            Lane lane,
            Range range,
            LaneReader.Room room)
            throws SQLException {
        Optional<ConversationRows.Row> row = ConversationRows.find(statements, conversation);
        if (row.isEmpty()) {
            return new Found(Position.START, List.of(), false);
        }
        List<RoutedFrame> messages = new ArrayList<>();
        Position after = range.after();
        LaneReader.Room rest = room;
        while (true) {
            // One more than there is room for tells whether there are more.
            int max = Math.min(rest.messages() + 1, MessageRows.ROWS_AT_ONCE_MAX);
            List<RoutedFrame> some = some(statements, row.get(), lane, new Range(after, range.before()), max);
            for (RoutedFrame message : some) {
                if (rest.isFull()) {
                    return new Found(row.get().head(lane), messages, true);
                }
                messages.add(message);
                rest = rest.without(List.of(message));
            }
            if (some.size() < max) {
                return new Found(row.get().head(lane), messages, false);
            }
            after = some.get(some.size() - 1).position();
        }
    }

    private static List<RoutedFrame> some(
            HistoryDatabase.Statements statements, ConversationRows.Row conversation, Lane lane, Range range, int max)
            throws SQLException {
        try (PreparedStatement statement = statements.prepare(BETWEEN)) {
            long epoch = Integer.toUnsignedLong(range.after().epoch());
            long seq = Integer.toUnsignedLong(range.after().seq());
            statement.setLong(1, conversation.row());
            statement.setInt(2, lane.getNumber());
            statement.setLong(3, epoch);
            statement.setLong(4, epoch);
            statement.setLong(5, seq);
            statement.setLong(6, epoch);
            statement.setLong(7, seq);
            statement.setLong(8, Integer.toUnsignedLong(range.before()));
            statement.setInt(9, max);
            try (ResultSet found = statement.executeQuery()) {
                List<RoutedFrame> messages = new ArrayList<>();
                while (found.next()) {
                    messages.add(frame(conversation, found));
                }
                return messages;
            }
        }
    }

    private static RoutedFrame frame(ConversationRows.Row conversation, ResultSet found) throws SQLException {
        HistoryMessage message = MessageRows.message(found, conversation.owner());
        boolean own = message.sender().equals(conversation.owner());
        MessageRecord record = new MessageRecord(
                0,
                conversation.id(),
                message.sender(),
                message.senderRole() == Role.ADMIN ? Role.ADMIN : Role.USER,
                own ? null : conversation.owner(),
                message.lane(),
                message.messageId(),
                message.clientMsgId(),
                message.text(),
                message.position().epoch());
        byte[] bytes = record.completed(
                (int) found.getLong("after_public"), message.position().seq(), message.time());
        try {
            return RoutedFrame.read(bytes).get(0);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a record that was just written can't be read", e);
        }
    }
}
