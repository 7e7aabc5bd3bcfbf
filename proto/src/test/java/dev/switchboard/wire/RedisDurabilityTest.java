package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisDurabilityTest {
    private static final String REDIS_7 = "# Server\r\nredis_version:7.0.15\r\n";

    private static Map<String, String> good() {
        return new HashMap<>(Map.of(
                "appendonly", "yes",
                "appendfsync", "always",
                "no-appendfsync-on-rewrite", "no",
                "maxmemory", "1073741824",
                "maxmemory-policy", "noeviction",
                "tcp-keepalive", "60"));
    }

    @Test
    void isContentWithWhatThePromiseNeeds() {
        assertEquals(List.of(), RedisDurability.weaknesses(good(), REDIS_7));
        assertEquals(good().keySet(), java.util.Set.copyOf(RedisDurability.SETTINGS));
    }

    @ParameterizedTest
    @CsvSource({
        "appendonly,no",
        "appendfsync,everysec",
        "appendfsync,no",
        "no-appendfsync-on-rewrite,yes",
        "maxmemory,0",
        "maxmemory-policy,allkeys-lru",
        "tcp-keepalive,0",
        "tcp-keepalive,300",
        "maxmemory,much"
    })
    void namesTheSettingThatIsTooWeak(String name, String value) {
        Map<String, String> settings = good();
        settings.put(name, value);
        List<String> weaknesses = RedisDurability.weaknesses(settings, REDIS_7);

        assertEquals(1, weaknesses.size());
        assertTrue(weaknesses.get(0).startsWith(name + " "), weaknesses::toString);
    }

    @Test
    void takesMissingSettingsForWeakOnes() {
        assertEquals(7, RedisDurability.weaknesses(Map.of(), "").size());
    }

    @ParameterizedTest
    @CsvSource({
        "redis_version:6.2.14,1",
        "redis_version:7.0.0,0",
        "redis_version:8.0.6,0",
        "redis_version:10.1,0",
        "redis_version:x,1",
        "other:7,1"
    })
    void refusesOldVersions(String info, int weaknesses) {
        assertEquals(
                weaknesses,
                RedisDurability.weaknesses(good(), "# Server\n" + info + "\n").size());
    }

    @Test
    void believesValkeysOwnVersion() {
        String valkey = "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n";
        assertEquals(List.of(), RedisDurability.weaknesses(good(), valkey));
    }
}
