package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.settings.Environment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerConfigTest {
    private static final Map<String, String> ENOUGH = Map.of(
            "SWITCHBOARD_REDIS_URL", "redis://:hush-redis@redis:6379",
            "SWITCHBOARD_MYSQL_URL", "jdbc:mysql://db:3306/switchboard",
            "SWITCHBOARD_MYSQL_PASSWORD", "hush-mysql");

    @TempDir
    Path dir;

    @Test
    void hasDefaultsForAllThatIsNoSecretAndNoPlace() {
        WorkerConfig config = WorkerConfig.from(new Environment(ENOUGH));

        assertEquals("switchboard_worker", config.database().runtime().user());
        assertTrue(config.database().migration().isEmpty());
        assertEquals(2_000, config.batch().rowsMax());
        assertEquals(1 << 20, config.batch().bytesMax());
        assertEquals(Duration.ofSeconds(15), config.lease().lease());
        assertEquals("127.0.0.1", config.management().host());
        assertEquals(9090, config.management().port());
        assertFalse(config.redis().allowWeak());
    }

    @Test
    void neverGivesTwoWorkersOneName() {
        Map<String, String> variables = with("SWITCHBOARD_WORKER_ID", "same");
        String one = WorkerConfig.from(new Environment(variables)).lease().worker();
        String other = WorkerConfig.from(new Environment(variables)).lease().worker();
        assertTrue(one.startsWith("same-"));
        assertFalse(one.equals(other));
    }

    @Test
    void reportsAllMistakesAtOnce() {
        Map<String, String> variables = Map.of(
                "SWITCHBOARD_REDIS_URL", "http://redis",
                "SWITCHBOARD_MYSQL_URL", "jdbc:mysql://db/switchboard?allowLoadLocalInfile=true",
                "SWITCHBOARD_MYSQL_MIGRATE", "yes",
                "SWITCHBOARD_LEASE", "15",
                "SWITCHBOARD_BATCH_BYTES_MAX", "1048576",
                "SWITCHBOARD_BATCH_ROWS_MAX", "2001",
                "SWITCHBOARD_MANAGEMENT_PORT", "http",
                "SWITCHBOARD_WORKER_ID", "no blanks");
        String message = problems(variables);
        for (String name : List.of(
                "REDIS_URL",
                "MYSQL_URL",
                "MYSQL_PASSWORD",
                "MYSQL_MIGRATE",
                "LEASE",
                "BATCH_BYTES_MAX",
                "BATCH_ROWS_MAX",
                "MANAGEMENT_PORT",
                "WORKER_ID")) {
            assertTrue(message.contains("SWITCHBOARD_" + name + " "), name + " is missing in:\n" + message);
        }
        assertEquals(9, message.lines().count(), message);
    }

    @Test
    void refusesABareNumber() {
        assertTrue(problems(with("SWITCHBOARD_LEASE", "15")).contains("must be a duration with its unit"));
        assertTrue(problems(with("SWITCHBOARD_BATCH_BYTES_MAX", "65536")).contains("must be a size with its unit"));
    }

    @Test
    void needsAPasswordToMigrate() {
        assertTrue(
                problems(with("SWITCHBOARD_MYSQL_MIGRATE", "true")).contains("MYSQL_MIGRATION_PASSWORD is required"));
    }

    @Test
    @Tag("SEC36")
    void readsSecretsFromFilesThatOthersCannotRead() throws IOException {
        Path file = Files.writeString(dir.resolve("password"), "from-a-file\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Map<String, String> variables = new HashMap<>(ENOUGH);
        variables.remove("SWITCHBOARD_MYSQL_PASSWORD");
        variables.put("SWITCHBOARD_MYSQL_PASSWORD_FILE", file.toString());
        WorkerConfig config = WorkerConfig.from(new Environment(variables));
        assertEquals("from-a-file", config.database().runtime().password().reveal());

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertTrue(problems(variables).contains("chmod 600"));
    }

    @Test
    @Tag("SEC36")
    void printsWhatIsInEffectWithoutSecrets() throws InterruptedException {
        Map<String, String> variables = with("SWITCHBOARD_MYSQL_MIGRATE", "true");
        variables.put("SWITCHBOARD_MYSQL_MIGRATION_PASSWORD", "hush-migration");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        assertEquals(0, run(variables, out, err, "--check-config"));

        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertTrue(lines.contains("SWITCHBOARD_MYSQL_URL=jdbc:mysql://db:3306/switchboard"), lines.toString());
        assertTrue(lines.contains("SWITCHBOARD_MYSQL_PASSWORD=(secret)"), lines.toString());
        assertTrue(lines.contains("SWITCHBOARD_LEASE=15s"), lines.toString());
        assertTrue(lines.stream().allMatch(line -> line.matches("SWITCHBOARD_[A-Z_]+=.*")), lines.toString());
        assertFalse(out.toString(StandardCharsets.UTF_8).contains("hush"));
        assertFalse(WorkerConfig.from(new Environment(variables)).toString().contains("hush"));
    }

    @Test
    @Tag("SEC36")
    void saysWhatIsWrongWithoutRepeatingIt() throws InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Map<String, String> variables = with("SWITCHBOARD_MYSQL_URL", "jdbc:mysql://me:hush-url@db/switchboard");
        variables.put("SWITCHBOARD_REDIS_URL", "hush://redis");

        assertEquals(WorkerMain.MISCONFIGURED, run(variables, out, err, "--check-config"));

        assertEquals(2, err.toString(StandardCharsets.UTF_8).lines().count());
        assertFalse(err.toString(StandardCharsets.UTF_8).contains("hush"));
        assertEquals("", out.toString(StandardCharsets.UTF_8));
    }

    @Test
    @Tag("SEC36")
    void takesNothingFromTheCommandLine() throws InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertEquals(WorkerMain.MISCONFIGURED, run(ENOUGH, out, err, "--password=hush"));
        assertFalse(err.toString(StandardCharsets.UTF_8).contains("hush"));
    }

    private static int run(
            Map<String, String> variables, ByteArrayOutputStream out, ByteArrayOutputStream err, String argument)
            throws InterruptedException {
        return WorkerMain.run(
                new String[] {argument},
                variables,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private static Map<String, String> with(String name, String value) {
        Map<String, String> variables = new HashMap<>(ENOUGH);
        variables.put(name, value);
        return variables;
    }

    private static String problems(Map<String, String> variables) {
        InvalidConfigException refused =
                assertThrows(InvalidConfigException.class, () -> WorkerConfig.from(new Environment(variables)));
        return String.valueOf(refused.getMessage());
    }
}
