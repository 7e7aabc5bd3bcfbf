package dev.switchboard.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What Redis must be set to for the delivery promise to hold. Both programs check it when they connect and again after each
 * reconnect, and refuse to run on less unless weak durability was allowed by name.
 */
public final class RedisDurability {
    private static final int KEEPALIVE_SECONDS_MAX = 60;
    private static final int MAJOR_VERSION_MIN = 7;

    /** The settings to read with {@code CONFIG GET}. */
    public static final List<String> SETTINGS = List.of(
            "appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory", "maxmemory-policy", "tcp-keepalive");

    private RedisDurability() {}

    /** What is too weak, one sentence each; empty if all is well. */
    public static List<String> weaknesses(Map<String, String> settings, String info) {
        List<String> found = new ArrayList<>();
        require(found, settings, "appendonly", "yes", "without it a restart loses everything accepted");
        require(found, settings, "appendfsync", "always", "with less a power cut loses accepted messages");
        require(found, settings, "no-appendfsync-on-rewrite", "no", "else nothing is synced during a rewrite");
        require(found, settings, "maxmemory-policy", "noeviction", "else Redis deletes what is not stored yet");
        if (number(settings.get("maxmemory")) <= 0) {
            found.add("maxmemory is not set: set it, so that a full Redis refuses instead of being killed");
        }
        int keepalive = number(settings.get("tcp-keepalive"));
        if (keepalive <= 0 || keepalive > KEEPALIVE_SECONDS_MAX) {
            found.add("tcp-keepalive is " + settings.get("tcp-keepalive") + ", must be 1 to " + KEEPALIVE_SECONDS_MAX);
        }
        if (RedisVersion.of(info).map(RedisVersion::major).orElse(0) < MAJOR_VERSION_MIN) {
            found.add("version is older than " + MAJOR_VERSION_MIN + ".0: sharded rooms and script flags are missing");
        }
        return List.copyOf(found);
    }

    private static void require(
            List<String> found, Map<String, String> settings, String name, String wanted, String why) {
        String actual = settings.get(name);
        if (!wanted.equals(actual)) {
            found.add(name + " is " + (actual == null ? "unknown" : actual) + ", must be " + wanted + ": " + why);
        }
    }

    private static int number(@org.jspecify.annotations.Nullable String text) {
        try {
            return text == null ? -1 : (int) Math.min(Integer.MAX_VALUE, Long.parseLong(text.strip()));
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
