package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.report.ReportHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a proof runs on: this machine, its programs, the state of the source. Has no state; asks when it is asked. */
public final class Machine {
    private static final Pattern MEMORY = Pattern.compile("MemTotal:\\s+(\\d+) kB");
    private static final double KIB_PER_GIB = 1024 * 1024;
    /** What a report is about: it counts as long as none of these has changed. */
    private static final List<String> MAIN_CODE =
            List.of("gateway/src/main", "persistence-worker/src/main", "proto/src/main");

    private Machine() {}

    /** What must be known to run the same proof again. */
    static ReportHead head(ProofOptions options, String command) {
        return new ReportHead(
                commit(),
                mainCode(),
                options.mode().label(),
                options.seed(),
                Instant.now(),
                "proof " + command,
                description(),
                versions());
    }

    /** Says what is missing if a program is on no path of this user. */
    public static Optional<String> lacksProgram(String name) {
        boolean found = Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .anyMatch(dir -> !dir.isEmpty() && Files.isExecutable(Path.of(dir, name)));
        return found ? Optional.empty() : Optional.of("there is no program " + name);
    }

    /** Says so if this user isn't root. */
    public static Optional<String> lacksRoot() {
        return output("id", "-u").equals("0") ? Optional.empty() : Optional.of("it takes root");
    }

    /** The working tree, wherever in it this runs. */
    public static Path workingTree() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.isDirectory(at.resolve("persistence-worker"))) {
            at = at.getParent();
        }
        if (at == null) {
            throw new IllegalStateException("the proof must run in the working tree");
        }
        return at;
    }

    private static String commit() {
        String commit = output("git", "rev-parse", "--short=12", "HEAD");
        if (commit.isEmpty()) {
            return "unknown";
        }
        return output("git", "status", "--porcelain").isEmpty() ? commit : commit + " with changes";
    }

    /** Names of the trees, which are those of their content. */
    private static String mainCode() {
        List<String> trees = new ArrayList<>();
        for (String path : MAIN_CODE) {
            // From the root of the working tree, wherever this runs in it.
            String tree = output("git", "rev-parse", "--short=12", "HEAD:" + path);
            trees.add(path.replaceFirst("/.*", "") + " " + (tree.isEmpty() ? "unknown" : tree));
        }
        return String.join(", ", trees);
    }

    private static String description() {
        String memory = "";
        try {
            Matcher total = MEMORY.matcher(Files.readString(Path.of("/proc/meminfo")));
            memory = total.find()
                    ? String.format(Locale.ROOT, ", %.0f GiB", Long.parseLong(total.group(1)) / KIB_PER_GIB)
                    : "";
        } catch (IOException e) {
            // Not on this system; the rest says enough.
        }
        return "%d cores%s, %s %s"
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        memory,
                        System.getProperty("os.name"),
                        System.getProperty("os.version"));
    }

    private static List<String> versions() {
        List<String> versions = new ArrayList<>(List.of("Java " + Runtime.version()));
        // From the names of the jars on the class path: it is those that run.
        Pattern library = Pattern.compile("(netty-common|protobuf-java|mysql-connector-j)-(\\d.*)\\.jar");
        Arrays.stream(System.getProperty("java.class.path").split(":", -1))
                .map(entry -> library.matcher(Path.of(entry).getFileName().toString()))
                .filter(Matcher::matches)
                .forEach(name -> versions.add(name.group(1) + " " + name.group(2)));
        return versions;
    }

    /** What a program prints, empty if it can't be run or fails. */
    private static String output(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? output.strip() : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
