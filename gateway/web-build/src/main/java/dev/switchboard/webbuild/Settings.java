package dev.switchboard.webbuild;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the pom tells the build, as {@code name=value} arguments. Immutable.
 *
 * @param sources TypeScript, styles and pages
 * @param tests TypeScript tests, which {@link WebTest} runs
 * @param tools artifacts that hold tools, where the pom puts them: a folder for each combination of versions
 * @param work generated files and the fingerprint of the last run
 * @param output where the bundles go
 * @param platform of the esbuild binary, {@code none} where there is no artifact with one
 * @param ownEsbuild a binary of the developer's own instead
 * @param check whether types are checked as well; only where the tools for it exist
 */
record Settings(
        Path sources,
        Path tests,
        Path tools,
        Path work,
        Path output,
        String platform,
        Optional<Path> ownEsbuild,
        boolean check) {

    static Settings from(String[] arguments) {
        Map<String, String> values = new HashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals > 0) {
                values.put(argument.substring(0, equals), argument.substring(equals + 1));
            }
        }
        return new Settings(
                path(values, "sources"),
                path(values, "tests"),
                path(values, "tools"),
                path(values, "work"),
                path(values, "output"),
                required(values, "platform"),
                Optional.ofNullable(values.get("esbuild"))
                        .filter(value -> !value.isEmpty())
                        .map(Path::of),
                required(values, "check").equals("true"));
    }

    /** Where the frames as TypeScript go. */
    Path wire() {
        return work.resolve("generated").resolve("wire.ts");
    }

    private static Path path(Map<String, String> values, String name) {
        return Path.of(required(values, name)).toAbsolutePath();
    }

    private static String required(Map<String, String> values, String name) {
        String value = values.get(name);
        if (value == null) {
            throw new WebBuildFailedException("the pom passes no " + name);
        }
        return value;
    }
}
