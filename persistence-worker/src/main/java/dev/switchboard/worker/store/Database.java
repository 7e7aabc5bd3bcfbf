package dev.switchboard.worker.store;

import dev.switchboard.wire.Partition;
import dev.switchboard.worker.ops.StartRefusedException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens connections that are set up and checked the way the worker needs them. */
final class Database {
    private static final Logger LOGGER = LoggerFactory.getLogger(Database.class);
    private static final int NO_SUCH_TABLE = 1146;
    private static final int UNKNOWN_DATABASE = 1049;

    /**
     * A worker that stalls must not hold locks for long, else the one that takes over waits for them: the server drops a silent
     * session after 15 s and a lock is waited for 5 s at most. The mode is strict whatever the server's is, so that nothing is cut.
     */
    private static final String SESSION = "SET SESSION wait_timeout = 15, innodb_lock_wait_timeout = 5,"
            + " time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'";

    private Database() {}

    /**
     * Connects, sets up and checks.
     *
     * @throws SQLException the database is away: try again later
     * @throws StartRefusedException it must not be used like this
     */
    static Connection open(DatabaseConfig config) throws SQLException {
        Connection connection = DriverManager.getConnection(
                config.address().url(), config.address().properties(config.runtime()));
        try {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            try (Statement statement = connection.createStatement()) {
                statement.execute(SESSION);
            }
            connection.setAutoCommit(false);
            checkDurability(connection, config.allowWeak());
            checkFingerprint(connection);
            connection.commit();
            return connection;
        } catch (SQLException | RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOGGER.debug("mysql close failed code={}", e.getErrorCode());
        }
    }

    private static void checkDurability(Connection connection, boolean allowWeak) throws SQLException {
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT @@GLOBAL.innodb_flush_log_at_trx_commit");
                ResultSet found = statement.executeQuery()) {
            int flush = found.next() ? found.getInt(1) : -1;
            if (flush == 1) {
                return;
            }
            String weakness = "innodb_flush_log_at_trx_commit is " + flush
                    + ", must be 1: with less a power cut loses what was marked as stored";
            if (!allowWeak) {
                throw new StartRefusedException("MySQL would lose messages: " + weakness
                        + ". Set SWITCHBOARD_DURABILITY_ALLOW_WEAK=true to run all the same");
            }
            LOGGER.warn("mysql weak reason=\"{}\"", weakness);
        }
    }

    private static void checkFingerprint(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO setting (name, value) VALUES ('partitions', ?) ON DUPLICATE KEY UPDATE name = name")) {
            insert.setString(1, Partition.FINGERPRINT);
            insert.executeUpdate();
        } catch (SQLException e) {
            if (e.getErrorCode() == NO_SUCH_TABLE || e.getErrorCode() == UNKNOWN_DATABASE) {
                throw new SQLException(
                        "the tables are missing: run the worker's migrate command",
                        e.getSQLState(),
                        e.getErrorCode(),
                        e);
            }
            throw e;
        }
        try (PreparedStatement select =
                        connection.prepareStatement("SELECT value FROM setting WHERE name = 'partitions'");
                ResultSet found = select.executeQuery()) {
            String theirs = found.next() ? found.getString(1) : "nothing";
            if (!theirs.equals(Partition.FINGERPRINT)) {
                throw new StartRefusedException("MySQL was filled by a build with other partitions: it has " + theirs
                        + ", this one has " + Partition.FINGERPRINT);
            }
        }
    }
}
