package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.switchboard.settings.Environment;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.RedisVersion;
import dev.switchboard.worker.TestLog.Saying;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedSite.class)
class StartIT {
    @SuppressWarnings("NullAway.Init")
    private TestSite site;

    @BeforeEach
    void start(TestSite renewed) {
        site = renewed;
    }

    @AfterEach
    void stop() {
        site.stopWorkers();
    }

    @Test
    void migratesByCommandOnceAndAtStartIfAsked() throws InterruptedException {
        site.dropTables();
        assertEquals("migrations=3\n", migrate());
        assertEquals("migrations=0\n", migrate());
        Map<String, String> variables = site.variables();
        variables.put("SWITCHBOARD_MYSQL_MIGRATE", "true");
        site.worker(WorkerConfig.from(new Environment(variables)));
    }

    @Test
    void waitsForTheTables() throws IOException, InterruptedException, TimeoutException {
        site.dropTables();
        try (Worker worker = Worker.start(site.config())) {
            TestSite.await(() -> worker.notReady().toString().contains("1146"));
            site.migrate();
            worker.awaitReady(TestSite.PATIENCE);
        }
    }

    @Test
    void waitsForBothServers() throws IOException, InterruptedException, TimeoutException {
        WorkerConfig config = site.config();
        site.redis.kill();
        site.database.kill();
        try (Worker worker = Worker.start(config)) {
            TestSite.await(() -> worker.notReady().toString().contains("redis is away"));
            site.redis.restart();
            TestSite.await(() -> worker.notReady().toString().contains("mysql is away"));
            site.database.restart();
            worker.awaitReady(TestSite.PATIENCE);
        }
    }

    @Test
    void refusesADatabaseOfAnotherBuild() {
        site.change("INSERT INTO setting (name, value) VALUES ('partitions', '32:crc32:1')");
        site.assertRefused(site.config(), "32:crc32:1");
    }

    @Test
    void refusesARedisOfAnotherBuild() {
        site.log.redis().hset(Keys.META, "partitions", "32:crc32:1".getBytes(StandardCharsets.UTF_8));
        site.assertRefused(site.config(), "32:crc32:1");
    }

    @Test
    @Tag("T17")
    void refusesServersThatWouldLoseMessagesUnlessAllowed() {
        site.log.redis().configSet("appendfsync", "everysec");
        site.assertRefused(site.config(), "appendfsync");

        Map<String, String> variables = site.variables();
        variables.put("SWITCHBOARD_DURABILITY_ALLOW_WEAK", "true");
        site.worker(WorkerConfig.from(new Environment(variables)));
    }

    @Test
    @Tag("SEC38")
    void saysWhetherRedisHasTheFixesOfKnownVulnerabilities() throws IOException, InterruptedException {
        Worker worker = site.worker();
        URI readiness = URI.create("http://127.0.0.1:" + worker.managementPort() + "/readyz");
        String page = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(readiness).build(), HttpResponse.BodyHandlers.ofString())
                .body();
        String warning = RedisVersion.of(site.log.redis().info("server"))
                .flatMap(RedisVersion::warning)
                .map(text -> text + "\n")
                .orElse("");
        assertEquals("ok\n" + warning, page);
    }

    @Test
    @Tag("SEC32")
    void theRuntimeUserCannotChangeTables() throws SQLException {
        try (Connection connection = site.connect(site.database.worker());
                Statement statement = connection.createStatement()) {
            for (String ddl : List.of(
                    "CREATE TABLE more (n INT)",
                    "ALTER TABLE message ADD COLUMN more INT",
                    "DROP TABLE message",
                    "TRUNCATE TABLE message",
                    "CREATE USER somebody",
                    "CREATE INDEX more ON message (body(9))")) {
                SQLException refused = assertThrows(SQLException.class, () -> statement.execute(ddl), ddl);
                assertEquals("42000", refused.getSQLState(), ddl);
            }
        }
        site.worker();
        site.log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "'); DROP TABLE message; -- "));
        site.awaitDrained();
        assertEquals(List.of(List.of("'); DROP TABLE message; -- ")), site.rows("SELECT body FROM message"));
    }

    @Test
    @Tag("SEC39")
    void refusesAServerWithoutTlsByDefault() throws IOException {
        Map<String, String> variables = site.variables();
        variables.remove("SWITCHBOARD_MYSQL_TLS");
        try (Worker worker = Worker.start(WorkerConfig.from(new Environment(variables)))) {
            TestSite.await(() -> worker.notReady().toString().contains("mysql is away"));
            assertThrows(TimeoutException.class, () -> worker.awaitReady(Duration.ofMillis(500)));
        }
        assertEquals(0, site.number("SELECT COUNT(*) FROM worker"));
    }

    private String migrate() throws InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        assertEquals(0, WorkerMain.run(new String[] {"migrate"}, site.variables(), print, System.err));
        return out.toString(StandardCharsets.UTF_8);
    }
}
