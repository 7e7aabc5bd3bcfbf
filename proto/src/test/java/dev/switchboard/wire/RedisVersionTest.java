package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("SEC38")
class RedisVersionTest {
    @ParameterizedTest
    @ValueSource(strings = {"7.0.4", "7.0.15", "7.1.0", "7.2.10", "7.4.8", "8.0.3", "8.2.2", "8.4.2", "8.6.2"})
    void warnsOfARedisBelowTheFloor(String version) {
        String warning = redis(version).warning().orElseThrow();
        assertTrue(warning.startsWith("Redis " + version + " "), warning);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7.2.11", "7.4.9", "8.0.4", "8.2.3", "8.4.3", "8.6.3", "8.8.0", "9.0.0", "10.1.0"})
    void isContentWithARedisAtOrAboveTheFloor(String version) {
        assertEquals(Optional.empty(), redis(version).warning());
    }

    @ParameterizedTest
    @ValueSource(strings = {"7.2.12", "8.0.7", "8.1.6", "9.0.3"})
    void warnsOfAValkeyByItsOwnVersion(String version) {
        String warning = valkey(version).warning().orElseThrow();
        assertTrue(warning.startsWith("Valkey " + version + " "), warning);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7.2.13", "8.0.8", "8.1.7", "9.0.4", "9.1.0", "10.0.0"})
    void isContentWithAValkeyAtOrAboveTheFloor(String version) {
        assertEquals(Optional.empty(), valkey(version).warning());
    }

    @Test
    void namesTheReleaseThatHasTheFixes() {
        assertEquals(
                "Redis 7.4.2 lacks security fixes of 7.4.9, unless its distributor added them",
                redis("7.4.2").warning().orElseThrow());
        assertEquals(
                "Redis 7.0.15 belongs to releases that get no security fixes any more, unless its distributor added them",
                redis("7.0.15").warning().orElseThrow());
    }

    @Test
    void readsWhatNamesNoVersionAsNone() {
        assertEquals(Optional.empty(), RedisVersion.of("# Server\r\nredis_version:unstable\r\n"));
        assertEquals(Optional.empty(), RedisVersion.of(""));
        assertEquals(
                new RedisVersion("Redis", 10, 1, 0),
                RedisVersion.of("redis_version:10.1\r\n").orElseThrow());
    }

    private static RedisVersion redis(String version) {
        return RedisVersion.of("# Server\r\nredis_version:" + version + "\r\nredis_mode:standalone\r\n")
                .orElseThrow();
    }

    private static RedisVersion valkey(String version) {
        return RedisVersion.of(
                        "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:" + version + "\r\n")
                .orElseThrow();
    }
}
