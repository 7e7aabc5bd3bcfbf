package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.servers.Await;
import dev.switchboard.servers.DatabaseServer;
import dev.switchboard.servers.Login;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.settings.Environment;
import dev.switchboard.worker.ops.StartRefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** A real Redis, a real database and whatever workers a test starts over them. */
public final class TestSite implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(20);

    /** What the database takes at once: little, so that a test can exceed it. */
    public static final int PACKET_BYTES_MAX = 4 << 20;

    public final RedisServer redis;
    public DatabaseServer database;
    public final TestLog log;
    private final Path databaseDir;
    private final List<Worker> workers = new ArrayList<>();

    /** With these arguments of the database server. */
    public TestSite(Path dir, String... arguments) {
        databaseDir = dir.resolve("database");
        redis = RedisServer.start(dir.resolve("redis"));
        database = DatabaseServer.start(options(arguments));
        log = new TestLog(redis.url());
    }

    private DatabaseServer.Options options(String... arguments) {
        DatabaseServer.Options options =
                DatabaseServer.Options.in(databaseDir).with("--max-allowed-packet=" + PACKET_BYTES_MAX);
        for (String argument : arguments) {
            options = options.with(argument);
        }
        return options;
    }

    /** On the same port with the same data and other arguments. */
    public void restartDatabase(String... arguments) {
        int port = database.port();
        database.close();
        database = DatabaseServer.start(options(arguments).withPort(port));
    }

    /** With tables. */
    public static TestSite migrated(Path dir) {
        TestSite site = new TestSite(dir);
        site.migrate();
        return site;
    }

    public void migrate() {
        try {
            WorkerConfig.Migration migration = WorkerConfig.migrationFrom(new Environment(variables()));
            dev.switchboard.worker.store.Migrations.run(migration.address(), migration.credentials());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As new, with tables: nobody works here, nothing is stored, settings are those of the start. */
    public void renew() {
        stopWorkers();
        if (!redis.isAlive()) {
            redis.restart();
        }
        if (!database.isAlive()) {
            database.restart();
        }
        log.redis().configSet("appendfsync", "always");
        log.redis().configSet("maxmemory", "1gb");
        log.redis().flushall();
        if (tables().isEmpty()) {
            migrate();
        }
        for (String table : tables()) {
            if (!table.equals("flyway_schema_history")) {
                change("DELETE FROM " + table);
            }
        }
    }

    /** As before the first migration. */
    public void dropTables() {
        List.of("mensajes", "usuarios").forEach(view -> change("DROP VIEW IF EXISTS " + view));
        tables().forEach(table -> change("DROP TABLE " + table));
    }

    /** What an operator would set. */
    public Map<String, String> variables() {
        Map<String, String> all = new HashMap<>();
        all.put("SWITCHBOARD_REDIS_URL", redis.workerUrl());
        all.put("SWITCHBOARD_MYSQL_URL", database.jdbcUrl());
        all.put("SWITCHBOARD_MYSQL_TLS", "plaintext");
        all.put("SWITCHBOARD_MYSQL_USER", database.worker().user());
        all.put("SWITCHBOARD_MYSQL_PASSWORD", database.worker().password());
        all.put("SWITCHBOARD_MYSQL_MIGRATION_USER", database.migration().user());
        all.put("SWITCHBOARD_MYSQL_MIGRATION_PASSWORD", database.migration().password());
        all.put("SWITCHBOARD_MANAGEMENT_PORT", "0");
        all.put("SWITCHBOARD_LEASE", "1s");
        return all;
    }

    public WorkerConfig config() {
        return WorkerConfig.from(new Environment(variables()));
    }

    /** The same with the database behind a proxy. */
    WorkerConfig configThrough(TestProxy proxy) {
        Map<String, String> variables = variables();
        variables.computeIfPresent(
                "SWITCHBOARD_MYSQL_URL",
                (name, url) -> url.replace(":" + database.port() + "/", ":" + proxy.port() + "/"));
        return WorkerConfig.from(new Environment(variables));
    }

    /** Started, perhaps never ready, and closed with the site. */
    Worker workerThatMayDie(WorkerConfig config) {
        try {
            Worker worker = Worker.start(config);
            workers.add(worker);
            return worker;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Started, ready, and closed with the site. */
    public Worker worker() {
        return worker(config());
    }

    public Worker worker(WorkerConfig config) {
        try {
            Worker worker = Worker.start(config);
            workers.add(worker);
            worker.awaitReady(PATIENCE);
            return worker;
        } catch (IOException | InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** It says so and never starts. */
    public void assertRefused(WorkerConfig config, String reason) {
        StartRefusedException refused = assertThrows(StartRefusedException.class, () -> worker(config));
        assertTrue(String.valueOf(refused.getMessage()).contains(reason), refused.getMessage());
    }

    public void stopWorkers() {
        workers.forEach(Worker::close);
        workers.clear();
    }

    /** Everything accepted is stored and marked. */
    public void awaitDrained() {
        await(() -> log.length() == 0);
    }

    public static void await(BooleanSupplier condition) {
        assertTrue(Await.until(PATIENCE, condition), "not within " + PATIENCE);
    }

    public Connection connect(Login login) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", login.user());
        properties.setProperty("password", login.password());
        properties.setProperty("sslMode", "DISABLED");
        properties.setProperty("connectionTimeZone", "UTC");
        return DriverManager.getConnection(database.jdbcUrl(), properties);
    }

    /** First column of the first row. */
    public long number(String sql) {
        return Long.parseLong(rows(sql).get(0).get(0));
    }

    public List<List<String>> rows(String sql) {
        try (Connection connection = connect(database.gateway());
                PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet found = statement.executeQuery()) {
            List<List<String>> rows = new ArrayList<>();
            while (found.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
                    row.add(String.valueOf(found.getString(i)));
                }
                rows.add(row);
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> tables() {
        return rows("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND"
                        + " table_type = 'BASE TABLE'")
                .stream()
                .map(row -> row.get(0))
                .toList();
    }

    public void change(String sql) {
        try (Connection connection = connect(database.migration());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        stopWorkers();
        log.close();
        database.close();
        redis.close();
    }
}
