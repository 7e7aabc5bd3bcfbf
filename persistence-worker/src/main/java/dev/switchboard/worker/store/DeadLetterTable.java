package dev.switchboard.worker.store;

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

    private static final int REASON_MAX = 512;

    private final Connection connection;

    DeadLetterTable(Connection connection) {
        this.connection = connection;
    }

    /** Keeps a letter; false if it was there already. */
    boolean add(Unreadable letter) throws SQLException {
        byte[] bytes = letter.bytes().toByteArray();
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO dead_letter (partition_no, log_id, item, fingerprint, bytes, reason, created_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE item = item")) {
            statement.setInt(1, letter.partition().number());
            statement.setString(2, letter.entry().toString());
            statement.setInt(3, letter.item());
            statement.setBytes(4, fingerprint(bytes));
            statement.setBytes(5, bytes);
            String reason = letter.reason();
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

    private static byte[] fingerprint(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
