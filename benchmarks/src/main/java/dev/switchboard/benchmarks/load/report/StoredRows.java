package dev.switchboard.benchmarks.load.report;

import dev.switchboard.servers.DatabaseServer;
import dev.switchboard.servers.Login;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;

/** Asks the database itself how many messages it holds. One thread. */
public final class StoredRows {
    private static final String COUNT = "SELECT COUNT(*) FROM message WHERE sender LIKE ?";

    private final DatabaseServer database;

    public StoredRows(DatabaseServer database) {
        this.database = database;
    }

    /** Messages of users whose names begin so. */
    public long count(String prefix) {
        Login login = database.gateway();
        Properties properties = new Properties();
        properties.setProperty("user", login.user());
        properties.setProperty("password", login.password());
        properties.setProperty("sslMode", "DISABLED");
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), properties);
                PreparedStatement statement = connection.prepareStatement(COUNT)) {
            statement.setString(1, prefix + "%");
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getLong(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the database does not say how many rows it has: " + e.getMessage(), e);
        }
    }
}
