package dev.switchboard.benchmarks.load;

import dev.switchboard.benchmarks.load.client.MessageIds;
import dev.switchboard.benchmarks.load.client.MessageText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What to measure, from arguments of the form {@code name=value}. Those of {@link #NAMES} may be given; an empty value is the
 * default.
 *
 * @param perSecond messages of all users together in the open loop
 * @param jvm options for the JVMs of gateways and worker, besides those the local stack gives
 */
record LoadOptions(List<Mode> modes, Crew crew, Times times, int perSecond, String jvm, Path dir) {
    static final List<String> NAMES =
            List.of("mode", "users", "seconds", "warmup", "rate", "body", "unanswered", "settle", "jvm", "dir");

    /** How a run sends. */
    enum Mode {
        /** Each user keeps as many sends under way as allowed. */
        SATURATED,
        /** A fixed schedule, whatever the answers. */
        OPEN;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Who sends, and how much. */
    record Crew(int users, int unanswered, int bodyBytes) {}

    /** How long each part takes; {@code settle} is a limit. */
    record Times(Duration warmup, Duration window, Duration settle) {}

    /** Throws {@link IllegalArgumentException} that says what is wrong. */
    static LoadOptions parse(String[] arguments) {
        Map<String, String> given = new TreeMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 0 || !NAMES.contains(argument.substring(0, equals))) {
                throw new IllegalArgumentException("no option: " + argument + "; there are " + NAMES);
            }
            if (equals + 1 < argument.length()) {
                given.put(argument.substring(0, equals), argument.substring(equals + 1));
            }
        }
        Crew crew = new Crew(
                number(given, "users", 100, 2, MessageIds.USERS_MAX),
                number(given, "unanswered", 32, 1, 32),
                number(given, "body", 200, MessageText.BYTES_MIN, MessageText.BYTES_MAX));
        Times times = new Times(
                seconds(given, "warmup", 20, 0), seconds(given, "seconds", 20, 1), seconds(given, "settle", 120, 1));
        return new LoadOptions(
                modes(given.getOrDefault("mode", "both")),
                crew,
                times,
                number(given, "rate", 5_000, 1, 1_000_000),
                given.getOrDefault("jvm", ""),
                Path.of(given.getOrDefault("dir", "target/load")));
    }

    LoadOptions {
        modes = List.copyOf(modes);
    }

    private static List<Mode> modes(String name) {
        List<Mode> all = new ArrayList<>(Arrays.asList(Mode.values()));
        // What Maven makes of -Dload without a value.
        if (!name.equals("both") && !name.equals("true")) {
            all.removeIf(mode -> !mode.label().equals(name));
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("mode is saturated, open or both, not " + name);
        }
        return all;
    }

    private static Duration seconds(Map<String, String> given, String name, int value, int min) {
        return Duration.ofSeconds(number(given, name, value, min, 3_600));
    }

    private static int number(Map<String, String> given, String name, int value, int min, int max) {
        String text = given.getOrDefault(name, Integer.toString(value));
        try {
            int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, with the range.
        }
        throw new IllegalArgumentException("%s is a number from %d to %d, not %s".formatted(name, min, max, text));
    }
}
