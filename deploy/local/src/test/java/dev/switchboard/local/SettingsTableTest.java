package dev.switchboard.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.switchboard.gateway.GatewayConfig;
import dev.switchboard.settings.Environment;
import dev.switchboard.worker.WorkerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README's tables of variables say what the programs read, and with which defaults. */
class SettingsTableTest {
    private static final Pattern ROW = Pattern.compile("\\| `(\\w+)` \\| (.*?) \\| .+ \\|");
    private static final String SECRET = "kX7pQ2vL9sR4tW8yZ1bN6mC3hJ5gF0dA";

    @Test
    void gatewaysTableIsTrue() throws IOException {
        assertTable("gateway", Map.of("REDIS_URL", "redis://localhost", "JWT_SECRET", SECRET), GatewayConfig::from);
    }

    @Test
    void workersTableIsTrue() throws IOException {
        Map<String, String> needed = Map.of(
                "REDIS_URL", "redis://localhost",
                "MYSQL_URL", "jdbc:mysql://localhost/switchboard",
                "MYSQL_PASSWORD", SECRET,
                "MYSQL_MIGRATE", "true",
                "MYSQL_MIGRATION_PASSWORD", SECRET);
        assertTable("worker", needed, WorkerConfig::from);
    }

    @Test
    void localStacksTableIsTrue() throws IOException {
        assertTable("local", Map.of(), environment -> LocalConfig.from(environment, Map.of(), Path.of("")));
    }

    private static void assertTable(String name, Map<String, String> needed, Consumer<Environment> read)
            throws IOException {
        Map<String, String> variables = new HashMap<>();
        needed.forEach((variable, value) -> variables.put(Environment.name(variable), value));
        Environment environment = new Environment(variables);
        read.accept(environment);
        Map<String, String> documented = documented(name);
        assertEquals(environment.effective().keySet(), documented.keySet());
        environment.effective().forEach((variable, value) -> {
            String said = documented.getOrDefault(variable, "");
            boolean comparable = !said.startsWith("(") && !variables.containsKey(variable);
            if (comparable) {
                assertEquals(value, said, variable);
            }
        });
    }

    private static Map<String, String> documented(String table) throws IOException {
        String readme = Files.readString(Path.of("../../README.md"));
        int start = readme.indexOf("<!-- settings: " + table + " -->");
        assertFalse(start < 0, "no table " + table);
        Map<String, String> rows = new LinkedHashMap<>();
        Matcher matcher = ROW.matcher(readme.substring(start, readme.indexOf("</details>", start)));
        while (matcher.find()) {
            rows.put(Environment.name(matcher.group(1)), matcher.group(2).strip());
        }
        return rows;
    }
}
