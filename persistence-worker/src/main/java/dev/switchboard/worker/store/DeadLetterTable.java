package dev.switchboard.worker.store;

import com.google.protobuf.ByteString;
import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.LogId;
import dev.switchboard.worker.log.LoggedMessage;
import dev.switchboard.worker.log.Unreadable;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What could not be stored. Confined to its connection's thread. */
final class DeadLetterTable {
    /**
     * Bytes kept of one letter; the rest is cut, because a letter that can't be written would be tried for ever. Below the 16 MiB
     * of the column and the tenth of its redo log, 100 MB by default, that MySQL takes in one row.
     */
    static final int BYTES_MAX = 8 << 20;

    /** The bytes as they are. */
    static final int PLAIN = 0;
    /** As Base64: as they are they killed workers. */
    static final int BASE64 = 1;

    /** What a packet holds beside the bytes. The driver itself reserves this much. */
    private static final int PACKET_REST = 16 << 10;

    private static final int REASON_MAX = 512;

    private final Connection connection;
    private final int lettersMax;

    /**
     * Reads nothing yet.
     *
     * @param lettersMax beyond so many the worker stops
     */
    DeadLetterTable(Connection connection, int lettersMax) {
        this.connection = connection;
        this.lettersMax = lettersMax;
    }

    /** Keeps a letter, or as much of it as the database takes; false if it was there already. */
    boolean add(Unreadable letter) throws SQLException {
        ByteString bytes = letter.bytes();
        // Base64 makes four bytes of three.
        int kept = Math.min(bytes.size(), letter.veiled() ? bytesMax() / 4 * 3 : bytesMax());
        byte[] body = bytes.substring(0, kept).toByteArray();
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO dead_letter (partition_no, log_id, item, fingerprint, bytes, reason, created_at, encoding,"
                        + " conversation, lane, epoch, seq) VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3), ?, ?, ?, ?, ?)"
                        + " ON DUPLICATE KEY UPDATE item = item")) {
            statement.setInt(1, letter.partition().number());
            statement.setString(2, letter.entry().toString());
            statement.setInt(3, letter.item());
            statement.setBytes(4, fingerprint(bytes));
            statement.setBytes(5, letter.veiled() ? Base64.getEncoder().encode(body) : body);
            // In front, so that a long reason does not push it out.
            String reason = kept < bytes.size()
                    ? "cut to the first %d of %d bytes: %s".formatted(kept, bytes.size(), letter.reason())
                    : letter.reason();
            statement.setString(6, reason.length() > REASON_MAX ? reason.substring(0, REASON_MAX) : reason);
            statement.setInt(7, letter.veiled() ? BASE64 : PLAIN);
            bindPlace(statement, 8, letter.message());
            return statement.executeUpdate() > 0;
        }
    }

    /**
     * Refuses what would exceed the bound, after letters were added and before they are committed.
     *
     * @throws DeadLettersFullException roll back and stop
     */
    void requireRoom() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT COUNT(*) FROM dead_letter");
                ResultSet count = statement.executeQuery()) {
            if (count.next() && count.getLong(1) > lettersMax) {
                throw new DeadLettersFullException(lettersMax);
            }
        }
    }

    /** Which parts of an entry are letters. */
    Set<Integer> items(Partition partition, LogId entry) throws SQLException {
        Set<Integer> items = new HashSet<>();
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT item FROM dead_letter WHERE partition_no = ? AND log_id = ?")) {
            statement.setInt(1, partition.number());
            statement.setString(2, entry.toString());
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    items.add((int) found.getLong(1));
                }
            }
        }
        return items;
    }

    private static void bindPlace(PreparedStatement statement, int first, @Nullable LoggedMessage message)
            throws SQLException {
        if (message == null) {
            statement.setNull(first, Types.BINARY);
            for (int column = first + 1; column < first + 4; column++) {
                statement.setNull(column, Types.INTEGER);
            }
            return;
        }
        statement.setBytes(first, message.conversation().toByteArray());
        statement.setInt(first + 1, message.message().getLaneValue());
        statement.setLong(first + 2, Integer.toUnsignedLong(message.position().epoch()));
        statement.setLong(first + 3, Integer.toUnsignedLong(message.position().seq()));
    }

    /** Asked with each letter: they are few. */
    private int bytesMax() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT @@SESSION.max_allowed_packet");
                ResultSet found = statement.executeQuery()) {
            long packet = found.next() ? found.getLong(1) : 0;
            return (int) Math.max(0, Math.min(BYTES_MAX, packet - PACKET_REST));
        }
    }

    /** Of all bytes, kept or not: letters that only differ in what was cut are two. */
    static byte[] fingerprint(ByteString bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes.asReadOnlyByteBuffer());
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
