package dev.switchboard.gateway.history;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.settings.Credentials;
import dev.switchboard.settings.DatabaseAddress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads MySQL, and never writes. Any thread may ask; the reading happens on the threads of {@link DatabaseWork}. It starts whether
 * or not there is a database: while it is away, every read fails at once, and the first one after a moment tries again.
 */
public final class HistoryDatabase implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HistoryDatabase.class);

    /** After a failure to connect nobody waits for another one for so long. */
    private static final long AWAY_NANOS = Duration.ofMillis(500).toNanos();

    private static final Duration CONNECT_WAIT = Duration.ofSeconds(1);
    private static final Duration CONNECTION_LIFE = Duration.ofMinutes(10);
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);
    /** Statements that wait for a thread, for each connection. Beyond it {@link DatabaseWork.Busy}. */
    private static final int QUEUED_PER_CONNECTION_MAX = 32;

    /** Of these, such as belong to many who come at once. */
    private static final int OF_MANY_PER_CONNECTION_MAX = 8;

    private static final String SESSION =
            "SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'";

    private final DatabaseWork work;
    private final int timeoutSeconds;
    private final Semaphore ofMany;
    private final @Nullable HikariDataSource pool;
    private volatile long awayUntilNanos = System.nanoTime();
    private volatile boolean away;

    /**
     * How to read.
     *
     * @param address empty: there is no database, and history is what Redis holds
     * @param connectionsMax to the database, and threads that read
     * @param statementTimeout after it a statement is given up
     */
    public record Settings(
            Optional<DatabaseAddress> address,
            Credentials credentials,
            int connectionsMax,
            Duration statementTimeout) {}

    private HistoryDatabase(Settings settings, @Nullable HikariDataSource pool, GatewayMeters meters) {
        this.pool = pool;
        timeoutSeconds = (int) Math.max(1, settings.statementTimeout().toSeconds());
        ofMany = new Semaphore(settings.connectionsMax() * OF_MANY_PER_CONNECTION_MAX);
        work = new DatabaseWork(
                settings.connectionsMax(), settings.connectionsMax() * QUEUED_PER_CONNECTION_MAX, meters);
        meters.gauge("database.away", "1 while the database can't be reached", () -> away ? 1 : 0);
    }

    /** Begins to connect; does not wait for it. */
    public static HistoryDatabase start(Settings settings, GatewayMeters meters) {
        if (settings.address().isEmpty()) {
            log.warn("no database: set SWITCHBOARD_MYSQL_URL, or history is only what Redis still holds");
            return new HistoryDatabase(settings, null, meters);
        }
        DatabaseAddress address = settings.address().get();
        HikariConfig config = new HikariConfig();
        config.setPoolName("history");
        config.setJdbcUrl(address.url());
        config.setDataSourceProperties(address.properties(settings.credentials()));
        config.addDataSourceProperty(
                "socketTimeout",
                Long.toString(settings.statementTimeout().plusSeconds(1).toMillis()));
        config.setReadOnly(true);
        config.setConnectionInitSql(SESSION);
        config.setMaximumPoolSize(settings.connectionsMax());
        config.setMinimumIdle(1);
        config.setInitializationFailTimeout(-1);
        config.setConnectionTimeout(CONNECT_WAIT.toMillis());
        config.setValidationTimeout(CONNECT_WAIT.toMillis() / 2);
        config.setMaxLifetime(CONNECTION_LIFE.toMillis());
        config.setKeepaliveTime(KEEP_ALIVE.toMillis());
        return new HistoryDatabase(settings, new HikariDataSource(config), meters);
    }

    /** Some statements on one connection. */
    @FunctionalInterface
    public interface Reading<T> {
        T run(Statements statements) throws SQLException;
    }

    /** Prepares statements on one connection, each with its time-out. */
    public interface Statements {
        PreparedStatement prepare(String sql) throws SQLException;
    }

    /** False: none was configured, and none will ever be there. */
    public boolean exists() {
        return pool != null;
    }

    /** Runs it on a thread that may wait. Fails with {@link DatabaseWork.Busy}, {@link Away} or what it throws. */
    public <T> CompletionStage<T> read(Reading<T> reading) {
        HikariDataSource source = pool;
        if (source == null || (away && System.nanoTime() - awayUntilNanos < 0)) {
            return CompletableFuture.failedFuture(new Away());
        }
        return work.run(() -> {
            if (away && System.nanoTime() - awayUntilNanos < 0) {
                throw new Away();
            }
            try (Connection connection = source.getConnection()) {
                back();
                return reading.run(sql -> prepare(connection, sql));
            } catch (SQLTransientConnectionException e) {
                gone(e);
                throw new Away();
            } catch (SQLException e) {
                log.warn("mysql read failed code={} state={}", e.getErrorCode(), e.getSQLState());
                throw e;
            }
        });
    }

    /** The same for connections that catch up, of which many may come at once: they leave room for whoever opens a page. */
    public <T> CompletionStage<T> readAsOneOfMany(Reading<T> reading) {
        if (!ofMany.tryAcquire()) {
            return CompletableFuture.failedFuture(new DatabaseWork.Busy());
        }
        return read(reading).whenComplete((found, error) -> ofMany.release());
    }

    /** Work on what was read that takes too long for an event loop, on the same threads. Fails as {@link #read} does. */
    public <T> CompletionStage<T> digest(Callable<T> digesting) {
        return work.run(digesting);
    }

    /** The database can't be reached, or there is none. */
    public static final class Away extends RuntimeException {
        private static final long serialVersionUID = 1;

        Away() {
            super("the database is away", null, false, false);
        }
    }

    @Override
    public void close() {
        work.close();
        HikariDataSource source = pool;
        if (source != null) {
            source.close();
        }
    }

    private PreparedStatement prepare(Connection connection, String sql) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        statement.setQueryTimeout(timeoutSeconds);
        return statement;
    }

    private void gone(SQLException e) {
        awayUntilNanos = System.nanoTime() + AWAY_NANOS;
        if (!away) {
            away = true;
            log.warn("mysql away state={}", e.getSQLState());
        }
    }

    private void back() {
        if (away) {
            away = false;
            log.info("mysql back");
        }
    }
}
