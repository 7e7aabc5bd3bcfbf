package dev.switchboard.worker.store;

import com.google.protobuf.ByteString;
import dev.switchboard.worker.log.Unreadable;
import dev.switchboard.worker.ops.StartRefusedException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** What could not be stored. Confined to its connection's thread. */
final class DeadLetterTable {
    /** At the limit the worker stops: something is wrong that dead letters only hide. */
    static final int LETTERS_MAX = 100_000;

    /**
     * Bytes kept of one letter; the rest is cut, because a letter that can't be written would be tried for ever. Below the 16 MiB
     * of the column and the tenth of its redo log, 100 MB by default, that MySQL takes in one row.
     */
    static final int BYTES_MAX = 8 << 20;

    /** What a packet holds beside the bytes. The driver itself reserves this much. */
    private static final int PACKET_REST = 16 << 10;

    private static final int REASON_MAX = 512;

    private final Connection connection;

    DeadLetterTable(Connection connection) {
        this.connection = connection;
    }

    /** Keeps a letter, or as much of it as the database takes; false if it was there already. */
    boolean add(Unreadable letter) throws SQLException {
        ByteString bytes = letter.bytes();
        int kept = Math.min(bytes.size(), bytesMax());
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO dead_letter (partition_no, log_id, item, fingerprint, bytes, reason, created_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE item = item")) {
            statement.setInt(1, letter.partition().number());
            statement.setString(2, letter.entry().toString());
            statement.setInt(3, letter.item());
            statement.setBytes(4, fingerprint(bytes));
            statement.setBytes(5, bytes.substring(0, kept).toByteArray());
            // In front, so that a long reason does not push it out.
            String reason = kept < bytes.size()
                    ? "cut to the first %d of %d bytes: %s".formatted(kept, bytes.size(), letter.reason())
                    : letter.reason();
            statement.setString(6, reason.length() > REASON_MAX ? reason.substring(0, REASON_MAX) : reason);
            if (statement.executeUpdate() == 0) {
                return false;
            }
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT COUNT(*) FROM dead_letter");
                ResultSet count = statement.executeQuery()) {
            if (count.next() && count.getLong(1) > LETTERS_MAX) {
                throw new StartRefusedException("there are more than " + LETTERS_MAX
                        + " dead letters: find out why, replay or delete them, then start again");
            }
        }
        return true;
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
    private static byte[] fingerprint(ByteString bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes.asReadOnlyByteBuffer());
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
