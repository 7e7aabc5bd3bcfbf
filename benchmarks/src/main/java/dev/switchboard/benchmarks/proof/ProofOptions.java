package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What to prove, from arguments of the form {@code name=value}; an empty value is the default.
 *
 * @param rows empty: all
 * @param sabotages by name; empty: the product as it is
 * @param seed of everything that is left to chance; random if it isn't given, and printed
 * @param load of a row that doesn't say otherwise
 */
public record ProofOptions(List<String> rows, List<String> sabotages, long seed, Mode mode, Load load, Path dir) {
    static final List<String> NAMES = List.of("rows", "sabotage", "seed", "mode", "seconds", "users", "rate", "dir");

    /** What Maven makes of -Dproof without one. */
    private static final String NO_VALUE = "true";

    private static final int LOAD_SECONDS_MIN = 5;
    private static final int LOAD_SECONDS_MAX = 3_600;
    private static final int USERS = 200;
    private static final int USERS_MAX = 5_000;
    private static final int USERS_PER_ADMIN = 40;
    private static final int PER_SECOND = 200;
    private static final int PER_SECOND_MAX = 10_000;

    /** Who sends how much for how long; for each 40 users there is an administrator. */
    public record Load(Duration lasts, int users, int perSecond) {}

    /** How long everything takes. */
    public enum Mode {
        SHORT(Duration.ofSeconds(10)),
        USUAL(Duration.ofSeconds(20)),
        LONG(Duration.ofSeconds(60));

        private final Duration load;

        Mode(Duration load) {
            this.load = load;
        }

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public ProofOptions {
        rows = List.copyOf(rows);
        sabotages = List.copyOf(sabotages);
    }

    /** The load of a row that doesn't say otherwise. */
    FleetPlan plan() {
        FleetPlan usual = FleetPlan.usual(seed, load.lasts());
        return usual.with(usual.crowd().of(load.users(), load.users() / USERS_PER_ADMIN))
                .with(usual.talk().of(load.perSecond(), load.lasts()));
    }

    /** Throws {@link IllegalArgumentException} that says what is wrong. */
    static ProofOptions parse(String[] arguments) {
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
        List<String> sabotages = names(given.getOrDefault("sabotage", ""));
        // What is broken for certain shows soon.
        Mode mode = mode(given.getOrDefault("mode", NO_VALUE), sabotages.isEmpty() ? Mode.USUAL : Mode.SHORT);
        List<String> rows = names(given.getOrDefault("rows", "")).stream()
                .map(row -> row.toUpperCase(Locale.ROOT))
                .toList();
        long random = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
        return new ProofOptions(
                rows,
                sabotages,
                number(given, "seed", random, Long.MIN_VALUE, Long.MAX_VALUE),
                mode,
                load(given, mode),
                Path.of(given.getOrDefault("dir", "target/proof")));
    }

    private static Load load(Map<String, String> given, Mode mode) {
        return new Load(
                Duration.ofSeconds(number(given, "seconds", mode.load.toSeconds(), LOAD_SECONDS_MIN, LOAD_SECONDS_MAX)),
                (int) number(given, "users", USERS, USERS_PER_ADMIN, USERS_MAX),
                (int) number(given, "rate", PER_SECOND, 1, PER_SECOND_MAX));
    }

    /** The same with its results elsewhere. */
    public ProofOptions in(Path elsewhere) {
        return new ProofOptions(rows, sabotages, seed, mode, load, elsewhere);
    }

    private static List<String> names(String list) {
        List<String> names = new ArrayList<>();
        for (String name : list.split(",", -1)) {
            if (!name.isBlank()) {
                names.add(name.strip());
            }
        }
        return names;
    }

    private static Mode mode(String name, Mode usual) {
        String wanted = name.equals(NO_VALUE) ? usual.label() : name;
        return Arrays.stream(Mode.values())
                .filter(mode -> mode.label().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("mode is short, usual or long, not " + name));
    }

    private static long number(Map<String, String> given, String name, long value, long min, long max) {
        String text = given.getOrDefault(name, Long.toString(value));
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, with the range.
        }
        throw new IllegalArgumentException("%s is a number from %d to %d, not %s".formatted(name, min, max, text));
    }
}
