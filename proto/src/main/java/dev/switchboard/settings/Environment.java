package dev.switchboard.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the {@code SWITCHBOARD_…} variables of one program. It collects every mistake, so that an operator sees all of them at
 * once, and remembers what was in effect, so that {@code --check-config} can print it. Used by one thread, at the start.
 */
public final class Environment {
    private static final String PREFIX = "SWITCHBOARD_";
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(B|KiB|MiB|GiB)");

    private final Map<String, String> variables;
    private final Map<String, String> effective = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    public Environment(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    /** One variable's name, in full. */
    public static String name(String shortName) {
        return PREFIX + shortName;
    }

    public String text(String name, String defaultValue) {
        return read(name, defaultValue, Function.identity(), Object::toString);
    }

    public Optional<String> optionalText(String name) {
        String value = variables.get(name(name));
        effective.put(name(name), value == null ? "(not set)" : value);
        return Optional.ofNullable(value).filter(text -> !text.isBlank());
    }

    /** Comma-separated; blanks around the parts are dropped. */
    public List<String> list(String name, String defaultValue) {
        return read(
                name,
                defaultValue,
                text -> Pattern.compile(",")
                        .splitAsStream(text)
                        .map(String::strip)
                        .filter(part -> !part.isEmpty())
                        .toList(),
                parts -> String.join(",", parts));
    }

    public int number(String name, int defaultValue, int min, int max) {
        return read(
                name,
                Integer.toString(defaultValue),
                text -> {
                    int value;
                    try {
                        value = Integer.parseInt(text);
                    } catch (NumberFormatException e) {
                        throw new IllegalArgumentException("must be a whole number, was \"" + text + "\"", e);
                    }
                    if (value < min || value > max) {
                        throw new IllegalArgumentException("must be %d to %d, was %d".formatted(min, max, value));
                    }
                    return value;
                },
                Object::toString);
    }

    public boolean flag(String name, boolean defaultValue) {
        return read(
                name,
                Boolean.toString(defaultValue),
                text -> switch (text) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw new IllegalArgumentException("must be true or false, was \"" + text + "\"");
                },
                Object::toString);
    }

    /** One of the constants, written in lower case with dashes. */
    public <E extends Enum<E>> E choice(String name, E defaultValue) {
        Class<E> type = defaultValue.getDeclaringClass();
        return read(
                name,
                spelled(defaultValue),
                text -> {
                    for (E constant : type.getEnumConstants()) {
                        if (spelled(constant).equals(text)) {
                            return constant;
                        }
                    }
                    List<String> all = new ArrayList<>();
                    for (E constant : type.getEnumConstants()) {
                        all.add(spelled(constant));
                    }
                    throw new IllegalArgumentException("must be one of " + all + ", was \"" + text + "\"");
                },
                Environment::spelled);
    }

    /** A duration with its unit: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 12h}, {@code 1d}. */
    public Duration duration(String name, String defaultValue, Duration min, Duration max) {
        return read(
                name,
                defaultValue,
                text -> {
                    Matcher matcher = DURATION.matcher(text);
                    if (!matcher.matches()) {
                        throw new IllegalArgumentException(
                                "must be a duration with its unit, such as 500ms, 30s, 5m or 12h, was \"" + text
                                        + "\"");
                    }
                    long amount = Long.parseLong(matcher.group(1));
                    Duration value = switch (matcher.group(2)) {
                        case "ms" -> Duration.ofMillis(amount);
                        case "s" -> Duration.ofSeconds(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        case "h" -> Duration.ofHours(amount);
                        default -> Duration.ofDays(amount);
                    };
                    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                        throw new IllegalArgumentException(
                                "must be %s to %s, was %s".formatted(spelled(min), spelled(max), text));
                    }
                    return value;
                },
                Environment::spelled);
    }

    /** A number of bytes with its unit: {@code 512B}, {@code 64KiB}, {@code 32MiB}, {@code 1GiB}. */
    public long size(String name, String defaultValue, long min, long max) {
        return read(
                name,
                defaultValue,
                text -> {
                    Matcher matcher = SIZE.matcher(text);
                    if (!matcher.matches()) {
                        throw new IllegalArgumentException(
                                "must be a size with its unit, such as 64KiB or 32MiB, was \"" + text + "\"");
                    }
                    long amount = Long.parseLong(matcher.group(1));
                    long value = switch (matcher.group(2)) {
                        case "B" -> amount;
                        case "KiB" -> amount << 10;
                        case "MiB" -> amount << 20;
                        default -> amount << 30;
                    };
                    if (value < min || value > max) {
                        throw new IllegalArgumentException(
                                "must be %s to %s, was %s".formatted(spelled(min), spelled(max), text));
                    }
                    return value;
                },
                Environment::spelled);
    }

    /** A secret from the variable itself, or from the file that {@code …_FILE} names; empty if neither is set. */
    public Optional<Secret> optionalSecret(String name) {
        String value = variables.get(name(name));
        String file = variables.get(name(name) + "_FILE");
        effective.put(name(name), value == null && file == null ? "(not set)" : "(secret)");
        if (value != null && file != null) {
            problems.add(name(name) + " and " + name(name) + "_FILE are both set: set one");
            return Optional.empty();
        }
        return file == null ? Optional.ofNullable(value).map(Secret::new) : secretFile(name(name) + "_FILE", file);
    }

    /** Like {@link #optionalSecret}, but missing is a mistake. */
    public Secret secret(String name) {
        return optionalSecret(name).orElseGet(() -> {
            problem(name, "is required: set it, or " + name(name) + "_FILE to a file that holds it");
            return new Secret("");
        });
    }

    /** Adds a mistake that only the caller can see, such as two values that contradict each other. */
    public void problem(String name, String sentence) {
        String line = name(name) + " " + sentence;
        if (problems.stream().noneMatch(known -> known.startsWith(name(name) + " "))) {
            problems.add(line);
        }
    }

    /** Every mistake, one sentence each. The values read are only good if there is none. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /** Every variable that was asked for with the value in effect, secrets hidden, in the order of asking. */
    public Map<String, String> effective() {
        return new LinkedHashMap<>(effective);
    }

    private Optional<Secret> secretFile(String variable, String file) {
        Path path = Path.of(file);
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
            boolean open = permissions.stream()
                    .anyMatch(permission ->
                            permission.name().startsWith("OTHERS") || permission == PosixFilePermission.GROUP_WRITE);
            if (open) {
                problems.add(variable + " names a file that others may read: chmod 600 " + path);
            }
            return Optional.of(new Secret(Files.readString(path).strip()));
        } catch (IOException | UnsupportedOperationException e) {
            problems.add(variable + " names a file that can't be read: " + path);
            return Optional.empty();
        }
    }

    private <T> T read(String name, String defaultValue, Function<String, T> parse, Function<T, String> print) {
        String text = variables.getOrDefault(name(name), defaultValue);
        T value;
        try {
            value = parse.apply(text.strip());
        } catch (IllegalArgumentException e) {
            problems.add(name(name) + " " + e.getMessage());
            value = parse.apply(defaultValue);
        }
        effective.put(name(name), print.apply(value));
        return value;
    }

    private static String spelled(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String spelled(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        return seconds % 3600 == 0 && seconds > 0
                ? seconds / 3600 + "h"
                : seconds % 60 == 0 && seconds > 0 ? seconds / 60 + "m" : seconds + "s";
    }

    private static String spelled(long bytes) {
        for (int shift = 30; shift > 0; shift -= 10) {
            if (bytes > 0 && bytes % (1L << shift) == 0) {
                return (bytes >> shift) + List.of("KiB", "MiB", "GiB").get(shift / 10 - 1);
            }
        }
        return bytes + "B";
    }
}
