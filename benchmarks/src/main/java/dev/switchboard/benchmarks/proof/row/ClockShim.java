package dev.switchboard.benchmarks.proof.row;

import dev.switchboard.benchmarks.proof.Machine;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.servers.ServerStartException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Puts the wall clocks of processes off that are started behind it, as long as their programs are linked dynamically against the
 * system's C library. Built here with gcc. Immutable but for the file through which a clock jumps; one thread.
 */
public final class ClockShim {
    private static final String SOURCE = "/proof/clock.c";

    private static final Duration TRIED = Duration.ofHours(1);
    private static final String STATIC =
            "the program of Redis is linked statically, so that its clock can't be put off;"
                    + " SWITCHBOARD_TEST_REDIS_SERVER may name one that isn't";

    private final Path library;

    private ClockShim(Path library) {
        this.library = library;
    }

    /** What this machine lacks to build it. */
    public static Optional<String> lacks() {
        return Machine.lacksProgram("gcc");
    }

    /** What keeps the clock of the Redis in use from being put off: tries it. */
    public static Optional<String> lacksRedis() {
        try {
            Path dir = Files.createTempDirectory("clock");
            try (RedisServer server = RedisServer.start(RedisServer.Options.in(dir.resolve("redis"))
                            .behind(build(dir).off(TRIED)));
                    RedisShell redis = RedisShell.open(URI.create(server.url()))) {
                boolean off = redis.clockAhead().abs().compareTo(TRIED.dividedBy(2)) > 0;
                return off ? Optional.empty() : Optional.of(STATIC);
            } finally {
                delete(dir);
            }
        } catch (IOException | ServerStartException e) {
            return Optional.of("Redis with another clock does not start: " + e.getMessage());
        }
    }

    /** Compiles it into that directory. */
    public static ClockShim build(Path dir) throws IOException {
        Files.createDirectories(dir);
        Path source = dir.toAbsolutePath().resolve("clock.c");
        try (InputStream resource = ClockShim.class.getResourceAsStream(SOURCE)) {
            if (resource == null) {
                throw new IOException("the build lacks " + SOURCE);
            }
            Files.write(source, resource.readAllBytes());
        }
        Path library = source.resolveSibling("clock.so");
        Process gcc = new ProcessBuilder(
                        "gcc", "-O2", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
                .redirectErrorStream(true)
                .start();
        String output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (gcc.waitFor() != 0) {
                throw new IOException("gcc can't compile the clock: " + output.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return new ClockShim(library);
    }

    /** To be put before a program: its clock is off by that from the start on. */
    public List<String> off(Duration by) {
        return List.of("env", "LD_PRELOAD=" + library, "PROOF_CLOCK_MILLIS=" + by.toMillis());
    }

    /** To be put before a program: its clock is right until {@link #jump} is called with the same name. */
    public List<String> movable(String name) throws IOException {
        jump(name, Duration.ZERO);
        return List.of("env", "LD_PRELOAD=" + library, "PROOF_CLOCK_FILE=" + file(name));
    }

    /** From now on the clocks of that name are off by that. */
    public void jump(String name, Duration by) throws IOException {
        ByteBuffer millis = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
        millis.putLong(by.toMillis()).flip();
        // In place: who has mapped the file would not see another one of its name.
        try (FileChannel channel = FileChannel.open(file(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(millis, 0);
        }
    }

    private static void delete(Path dir) throws IOException {
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private Path file(String name) {
        return library.resolveSibling(name + ".clock");
    }
}
