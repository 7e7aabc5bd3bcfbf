package dev.switchboard.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.settings.Environment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LocalConfigTest {
    private static final Path PROJECT = Path.of("/project");

    @Test
    void hasAPlaceForEverythingByDefault() {
        Environment environment = new Environment(Map.of());

        LocalConfig config = LocalConfig.from(environment, Map.of(), PROJECT);

        assertEquals(List.of(), environment.problems());
        assertEquals(
                new LocalPorts(8090, List.of(8080, 8081), List.of(9090, 9091), List.of(9092), 16379, 13306),
                config.ports());
        assertEquals(new LocalConfig.Data(PROJECT.resolve(".local"), false), config.data());
        assertTrue(config.external().redisUrl().isEmpty());
    }

    @Test
    void readsEveryVariable() {
        Map<String, String> variables = Map.of(
                "SWITCHBOARD_LOCAL_DATA", "keep",
                "SWITCHBOARD_LOCAL_DIR", "/elsewhere",
                "SWITCHBOARD_LOCAL_GATEWAYS", "1",
                "SWITCHBOARD_LOCAL_WORKERS", "2",
                "SWITCHBOARD_LOCAL_GATEWAY_PORT", "7000",
                "SWITCHBOARD_LOCAL_SIGN_IN_PORT", "7100",
                "SWITCHBOARD_LOCAL_MANAGEMENT_PORT", "7200",
                "SWITCHBOARD_REDIS_URL", "redis://redis.example",
                "SWITCHBOARD_MYSQL_URL", "jdbc:mysql://db.example/switchboard");
        Environment environment = new Environment(variables);

        LocalConfig config = LocalConfig.from(environment, variables, PROJECT);

        assertEquals(List.of(), environment.problems());
        assertEquals(new LocalConfig.Data(Path.of("/elsewhere"), true), config.data());
        assertEquals(List.of(7201, 7202), config.ports().workerManagement());
        assertEquals("redis://redis.example", config.external().redisUrl().orElseThrow());
        assertEquals(
                "jdbc:mysql://db.example/switchboard",
                config.external().mysqlUrl().orElseThrow());
    }

    @Test
    void saysWhatIsWrong() {
        Environment environment = new Environment(Map.of(
                "SWITCHBOARD_LOCAL_DATA", "maybe",
                "SWITCHBOARD_LOCAL_SIGN_IN_PORT", "8081"));

        LocalConfig.from(environment, Map.of(), PROJECT);

        assertEquals(
                2, environment.problems().size(), () -> environment.problems().toString());
    }

    @Test
    void showsNoVariables() {
        LocalConfig config = LocalConfig.random(PROJECT, 1, 1).with("SWITCHBOARD_JWT_SECRET", "hidden");

        assertFalse(config.toString().contains("hidden"));
    }
}
