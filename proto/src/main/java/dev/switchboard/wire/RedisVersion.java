package dev.switchboard.wire;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which server answers, and whether it has the fixes of known vulnerabilities. Both programs warn below the floor and run all the
 * same: a distribution may have patched what it calls by an old number. Immutable.
 *
 * @param product {@code Redis} or {@code Valkey}
 */
public record RedisVersion(String product, int major, int minor, int patch) {
    /**
     * By line of releases, the first patch with all fixes: CVE-2022-35951 (XAUTOCLAIM), CVE-2025-21605 (output buffers before
     * signing in), CVE-2025-49844 (Lua), CVE-2025-62507 (XACKDEL), CVE-2026-23479 (blocked clients). Lines before the last one that
     * are not named get no fixes any more; lines after it were released with them.
     */
    private static final Map<String, Map<Integer, Integer>> FLOORS = Map.of(
            "Redis", floors("7.2.11 7.4.9 8.0.4 8.2.3 8.4.3 8.6.3"),
            "Valkey", floors("7.2.13 8.0.8 8.1.7 9.0.4"));

    private static final Pattern VALKEY =
            Pattern.compile("(?m)^valkey_version:(\\d{1,5})\\.(\\d{1,3})(?:\\.(\\d{1,5}))?");
    private static final Pattern REDIS =
            Pattern.compile("(?m)^redis_version:(\\d{1,5})\\.(\\d{1,3})(?:\\.(\\d{1,5}))?");
    private static final int MINORS = 1_000;

    /** Reads what {@code INFO server} says; empty if it names no version. */
    public static Optional<RedisVersion> of(String info) {
        // Valkey reports an old redis_version for compatibility; its own is in valkey_version.
        Matcher valkey = VALKEY.matcher(info);
        if (valkey.find()) {
            return Optional.of(read("Valkey", valkey));
        }
        Matcher redis = REDIS.matcher(info);
        return redis.find() ? Optional.of(read("Redis", redis)) : Optional.empty();
    }

    /** One sentence for operators if known vulnerabilities are not fixed in this release; empty if they are. */
    public Optional<String> warning() {
        Map<Integer, Integer> floors = FLOORS.getOrDefault(product, Map.of());
        Integer floor = floors.get(line());
        boolean later = floors.keySet().stream().allMatch(line -> line() > line);
        if (later || (floor != null && patch >= floor)) {
            return Optional.empty();
        }
        String fixed = floor == null
                ? "belongs to releases that get no security fixes any more"
                : "lacks security fixes of " + major + "." + minor + "." + floor;
        return Optional.of(this + " " + fixed + ", unless its distributor added them");
    }

    @Override
    public String toString() {
        return product + " " + major + "." + minor + "." + patch;
    }

    private int line() {
        return major * MINORS + minor;
    }

    private static RedisVersion read(String product, Matcher found) {
        return new RedisVersion(
                product,
                Integer.parseInt(found.group(1)),
                Integer.parseInt(found.group(2)),
                found.group(3) == null ? 0 : Integer.parseInt(found.group(3)));
    }

    private static Map<Integer, Integer> floors(String releases) {
        Map<Integer, Integer> floors = new TreeMap<>();
        for (String release : releases.split(" ", -1)) {
            String[] parts = release.split("\\.", -1);
            floors.put(Integer.parseInt(parts[0]) * MINORS + Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        }
        return floors;
    }
}
