package dev.switchboard.worker.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.worker.TestSite;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings of the worker's own session, whatever the server's are. */
class SessionIT {
    @TempDir
    Path dir;

    @Test
    @Tag("T9")
    void holdsNothingForLongAndCutsNothing() throws SQLException {
        try (TestSite site =
                new TestSite(dir, "--sql-mode=", "--wait-timeout=28800", "--innodb-lock-wait-timeout=50")) {
            site.migrate();
            try (Connection connection = Database.open(site.config().database())) {
                assertEquals("15", setting(connection, "wait_timeout"));
                assertEquals("5", setting(connection, "innodb_lock_wait_timeout"));
                assertTrue(setting(connection, "sql_mode").contains("STRICT_ALL_TABLES"));
                assertEquals("+00:00", setting(connection, "time_zone"));
                assertEquals(Connection.TRANSACTION_READ_COMMITTED, connection.getTransactionIsolation());
                assertEquals("READ-COMMITTED", isolation(connection));
            }
        }
    }

    private static String setting(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT @@SESSION." + name);
                ResultSet found = statement.executeQuery()) {
            assertTrue(found.next());
            return found.getString(1);
        }
    }

    /** Called so by MySQL and newer versions of MariaDB. */
    private static String isolation(Connection connection) throws SQLException {
        try {
            return setting(connection, "transaction_isolation");
        } catch (SQLException e) {
            return setting(connection, "tx_isolation");
        }
    }
}
