package dev.switchboard.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseServerIT {
    private static final String ACCESS_DENIED = "28000";
    private static final int SYNTAX_OR_ACCESS_DENIED = 1142;

    @TempDir
    static Path shared;

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private static DatabaseServer database;

    @BeforeAll
    static void start() {
        database = DatabaseServer.start(shared);
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @Test
    void keepsWhatItCommittedAfterAKill() throws SQLException {
        try (DatabaseServer killed = DatabaseServer.start(dir)) {
            execute(killed, killed.migration(), "CREATE TABLE said (word VARCHAR(20))");
            execute(killed, killed.worker(), "INSERT INTO said VALUES ('hello')");
            killed.kill();
            assertFalse(killed.isAlive());

            killed.restart();

            assertEquals("hello", text(killed, killed.gateway(), "SELECT word FROM said"));
        }
    }

    @Test
    void usesADatabaseThatIsAlreadyThere() throws SQLException {
        Login first;
        try (DatabaseServer before = DatabaseServer.start(dir)) {
            first = before.worker();
            execute(before, before.migration(), "CREATE TABLE kept (n INT)");
        }
        try (DatabaseServer again =
                DatabaseServer.start(DatabaseServer.Options.in(dir).withPasswords("it's m", "back\\slash", "g"))) {
            assertEquals("0", text(again, again.worker(), "SELECT COUNT(*) FROM kept"));
            assertEquals("back\\slash", again.worker().password());
            SQLException refused = assertThrows(SQLException.class, () -> execute(again, first, "SELECT 1"));
            assertEquals(ACCESS_DENIED, refused.getSQLState());
        }
    }

    @Test
    void grantsEachUserNoMoreThanItNeeds() throws SQLException {
        execute(database, database.migration(), "CREATE TABLE granted (n INT)");
        execute(database, database.worker(), "INSERT INTO granted VALUES (1), (2)");
        execute(database, database.worker(), "UPDATE granted SET n = 3 WHERE n = 2");
        execute(database, database.worker(), "DELETE FROM granted WHERE n = 1");
        assertEquals("3", text(database, database.gateway(), "SELECT n FROM granted"));

        assertDenied(database.worker(), "CREATE TABLE more (n INT)");
        assertDenied(database.worker(), "DROP TABLE granted");
        assertDenied(database.worker(), "ALTER TABLE granted ADD m INT");
        assertDenied(database.gateway(), "INSERT INTO granted VALUES (4)");
        assertDenied(database.gateway(), "DELETE FROM granted");
        assertDenied(database.migration(), "CREATE TABLE mysql.more (n INT)");
    }

    @Test
    void letsRootInThroughNoNetworkDoor() {
        SQLException refused =
                assertThrows(SQLException.class, () -> execute(database, new Login("root", ""), "SELECT 1"));

        assertTrue(
                String.valueOf(refused.getMessage()).contains("denied")
                        || String.valueOf(refused.getMessage()).contains("not allowed"),
                refused.getMessage());
    }

    @Test
    void isDurableAndSpeaksUnicode() throws SQLException {
        assertEquals("1", text(database, database.worker(), "SELECT @@innodb_flush_log_at_trx_commit"));
        assertEquals("utf8mb4", text(database, database.worker(), "SELECT @@character_set_database"));
    }

    @Test
    void keepsPasswordsWhereOnlyThisUserReadsThem() throws IOException {
        Path logins = shared.resolve("database-logins.properties");

        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(logins)));
        assertFalse(Files.exists(shared.resolve("database-accounts.sql")));
        assertFalse(database.worker().toString().contains(database.worker().password()));
    }

    @Test
    void namesTheBusyPort() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            DatabaseServer.Options options = DatabaseServer.Options.in(dir).withPort(taken.getLocalPort());

            ServerStartException failure =
                    assertThrows(ServerStartException.class, () -> DatabaseServer.start(options));

            assertTrue(
                    String.valueOf(failure.getMessage()).contains("port " + taken.getLocalPort()),
                    failure.getMessage());
        }
    }

    @Test
    void showsTheLogOfAStartThatFailed() {
        DatabaseServer.Options options = DatabaseServer.Options.in(dir).with("--no-such-argument");

        ServerStartException failure = assertThrows(ServerStartException.class, () -> DatabaseServer.start(options));

        assertTrue(String.valueOf(failure.getMessage()).contains("no-such-argument"), failure.getMessage());
        assertFalse(Files.exists(dir.resolve("database.pid")));
        assertFalse(Files.exists(dir.resolve("database-accounts.sql")));
    }

    private static void assertDenied(Login login, String sql) {
        SQLException refused = assertThrows(SQLException.class, () -> execute(database, login, sql), sql);
        assertEquals(SYNTAX_OR_ACCESS_DENIED, refused.getErrorCode(), refused.getMessage());
    }

    private static void execute(DatabaseServer server, Login login, String sql) throws SQLException {
        try (Connection connection = connect(server, login);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String text(DatabaseServer server, Login login, String sql) throws SQLException {
        try (Connection connection = connect(server, login);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertTrue(rows.next());
            return rows.getString(1);
        }
    }

    private static Connection connect(DatabaseServer server, Login login) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", login.user());
        properties.setProperty("password", login.password());
        properties.setProperty("sslMode", "DISABLED");
        return DriverManager.getConnection(server.jdbcUrl(), properties);
    }
}
