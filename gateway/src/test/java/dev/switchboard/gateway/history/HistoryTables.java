package dev.switchboard.gateway.history;

import dev.switchboard.servers.DatabaseServer;
import dev.switchboard.servers.Login;
import dev.switchboard.wire.ConversationId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Stream;

/** The worker's tables in a real database, filled in bulk. One thread at a time. */
final class HistoryTables implements AutoCloseable {
    private static final Path MIGRATIONS =
            Path.of("..", "persistence-worker", "src", "main", "resources", "db", "migration");
    private static final int ROWS_PER_STATEMENT = 2_000;
    static final int EPOCH = 1_700_000_000;

    final DatabaseServer server;
    private Connection connection;

    HistoryTables(Path dir) throws IOException, SQLException {
        server = DatabaseServer.start(dir);
        connection = connect(server.migration());
        List<Path> files;
        try (Stream<Path> all = Files.list(MIGRATIONS)) {
            files = all.sorted().toList();
        }
        for (Path file : files) {
            // Ours hold no semicolon but those that end a statement, comments apart.
            String sql = Files.readString(file).replaceAll("(?m)--.*$", "");
            for (String statement : sql.split(";", -1)) {
                if (!statement.isBlank()) {
                    run(statement);
                }
            }
        }
    }

    /** After the server was started anew. */
    void reconnect() throws SQLException {
        connection = connect(server.migration());
    }

    Connection connect(Login login) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", login.user());
        properties.setProperty("password", login.password());
        properties.setProperty("sslMode", "DISABLED");
        properties.setProperty("connectionTimeZone", "UTC");
        return DriverManager.getConnection(server.jdbcUrl(), properties);
    }

    /** One conversation for each of {@code user-0} and so on, a second apart; the first one's id. */
    ConversationId conversations(int count) throws SQLException {
        for (int from = 0; from < count; from += ROWS_PER_STATEMENT) {
            int rows = Math.min(ROWS_PER_STATEMENT, count - from);
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO conversation (id, public_id, owner, opened_at, public_epoch, public_seq, last_message_at,"
                            + " last_public_at) VALUES "
                            + values(
                                    "(?, ?, ?, '2026-01-01', ?, 1, '2026-01-01' + INTERVAL ? SECOND, '2026-01-01' + INTERVAL ? SECOND)",
                                    rows))) {
                int at = 1;
                for (int i = from; i < from + rows; i++) {
                    insert.setLong(at++, i + 1L);
                    insert.setBytes(at++, id(i).bytes());
                    insert.setString(at++, "user-" + i);
                    insert.setInt(at++, EPOCH);
                    insert.setInt(at++, i);
                    insert.setInt(at++, i);
                }
                insert.executeUpdate();
            }
            messages(from, rows);
        }
        run(
                "INSERT INTO account (user, role, first_seen, last_seen) SELECT owner, 0, opened_at, opened_at FROM conversation");
        return id(0);
    }

    /** As many messages in the first conversation. */
    void messagesOfTheFirst(int count) throws SQLException {
        run("DELETE FROM message WHERE conversation_id = 1");
        run(
                "INSERT INTO message (message_id, client_msg_id, sender, sender_role, conversation_id, lane, epoch, seq, body, sent_at)"
                        + " SELECT UNHEX(CONCAT('AA', LPAD(HEX(seq), 30, '0'))), UNHEX(CONCAT('BB', LPAD(HEX(seq), 30, '0'))), IF(seq % 3 = 0, 'sofia', 'user-0'),"
                        + " seq % 3 = 0, 1, 0, " + EPOCH
                        + ", seq, CONCAT('message ', seq), '2026-01-01' + INTERVAL seq SECOND FROM ("
                        + numbers(count) + ") n");
        run("UPDATE conversation SET public_seq = " + count + " WHERE id = 1");
        run("ANALYZE TABLE message, conversation, account");
    }

    static ConversationId id(int number) {
        return ConversationId.openedBy("user-" + number, new UUID(0x0190_0000_0000_7000L, number));
    }

    /** What the server says about a statement, a line for each table. */
    List<String> plan(String sql, Object... values) throws SQLException {
        try (PreparedStatement explain = connection.prepareStatement("EXPLAIN FORMAT=TRADITIONAL " + sql)) {
            for (int i = 0; i < values.length; i++) {
                explain.setObject(i + 1, values[i]);
            }
            List<String> lines = new ArrayList<>();
            try (ResultSet found = explain.executeQuery()) {
                while (found.next()) {
                    lines.add("table=" + found.getString("table") + " type=" + found.getString("type") + " key="
                            + found.getString("key") + " rows=" + found.getString("rows") + " extra="
                            + found.getString("Extra"));
                }
            }
            return lines;
        }
    }

    void run(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
        server.close();
    }

    private void messages(int from, int rows) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO message (message_id, client_msg_id, sender, sender_role, conversation_id, lane, epoch, seq, body,"
                        + " sent_at) VALUES " + values("(?, ?, ?, 0, ?, 0, ?, 1, 'hola', '2026-01-01')", rows))) {
            int at = 1;
            for (int i = from; i < from + rows; i++) {
                insert.setBytes(at++, id(i).bytes());
                insert.setBytes(at++, id(i).bytes());
                insert.setString(at++, "user-" + i);
                insert.setLong(at++, i + 1L);
                insert.setInt(at++, EPOCH);
            }
            insert.executeUpdate();
        }
    }

    private static String values(String row, int rows) {
        return (row + ", ").repeat(rows - 1) + row;
    }

    /**
     * A query of the numbers from 1. Not recursive: that has a limit of depth, and MySQL and MariaDB name the setting of it
     * differently.
     */
    private static String numbers(int count) {
        String digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4"
                + " UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
        StringBuilder sum = new StringBuilder("1");
        StringBuilder tables = new StringBuilder();
        int power = 1;
        for (int rest = count - 1; power == 1 || rest > 0; rest /= 10) {
            sum.append(" + d").append(power).append(".d * ").append(power);
            tables.append(power == 1 ? "" : " CROSS JOIN ")
                    .append(digits)
                    .append(" d")
                    .append(power);
            power *= 10;
        }
        return "SELECT " + sum + " AS seq FROM " + tables + " HAVING seq <= " + count;
    }
}
