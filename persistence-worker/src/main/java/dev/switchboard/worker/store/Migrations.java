package dev.switchboard.worker.store;

import dev.switchboard.settings.Credentials;
import dev.switchboard.settings.DatabaseAddress;
import dev.switchboard.worker.ops.StartRefusedException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.output.MigrateResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the tables up to date, as the migration user. Several may run at once: Flyway locks. */
public final class Migrations {
    private static final Logger LOGGER = LoggerFactory.getLogger(Migrations.class);

    private Migrations() {}

    /**
     * Migrates.
     *
     * @return how many migrations ran
     * @throws SQLException the database is away: try again later
     * @throws StartRefusedException the tables can't be brought up to date
     */
    public static int run(DatabaseAddress address, Credentials credentials) throws SQLException {
        Properties properties = address.properties(credentials);
        Map<String, String> driver = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> driver.put(name, properties.getProperty(name)));
        Flyway flyway = Flyway.configure()
                .dataSource(
                        address.url(),
                        credentials.user(),
                        credentials.password().reveal())
                .jdbcProperties(driver)
                .locations("classpath:db/migration")
                .validateMigrationNaming(true)
                .cleanDisabled(true)
                .load();
        MigrateResult result;
        try {
            result = flyway.migrate();
        } catch (FlywayException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof SQLException away && isAway(away)) {
                    throw away;
                }
            }
            // Flyway's message names the file and the statement; both are ours.
            throw new StartRefusedException("the tables can't be brought up to date: " + e.getMessage());
        }
        LOGGER.info("schema migrated migrations={} version={}", result.migrationsExecuted, result.targetSchemaVersion);
        return result.migrationsExecuted;
    }

    private static boolean isAway(SQLException e) {
        return e.getSQLState() == null
                || e.getSQLState().startsWith("08")
                || e.getSQLState().startsWith("28");
    }
}
