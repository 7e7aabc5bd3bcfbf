package dev.switchboard.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Which server programs are used. By default those of the Maven artifacts. The build server tests other products with the same
 * tests, by two variables:
 * <ul>
 *   <li>{@code SWITCHBOARD_TEST_REDIS_SERVER}: a {@code redis-server} or {@code valkey-server} of version 7 or later;
 *   <li>{@code SWITCHBOARD_TEST_MYSQLD}: a {@code mysqld} of MySQL 8.0 or later.
 * </ul>
 * Both may be scripts that add arguments, if they end with {@code exec} and see the same files.
 */
record Binaries(Optional<Path> redisServer, Optional<Path> mysqld) {
    static final String REDIS_SERVER = "SWITCHBOARD_TEST_REDIS_SERVER";
    static final String MYSQLD = "SWITCHBOARD_TEST_MYSQLD";

    static Binaries of(Map<String, String> variables) {
        return new Binaries(program(variables, REDIS_SERVER), program(variables, MYSQLD));
    }

    private static Optional<Path> program(Map<String, String> variables, String name) {
        Optional<Path> program = Optional.ofNullable(variables.get(name))
                .filter(path -> !path.isBlank())
                .map(Path::of);
        program.filter(path -> !Files.isExecutable(path)).ifPresent(path -> {
            throw new ServerStartException(name + " names no program: " + path);
        });
        return program;
    }

    /** Changes whenever the program does. */
    static String fingerprint(Path program) {
        try {
            return "%08x-%x"
                    .formatted(
                            program.toRealPath().toString().hashCode(),
                            Files.getLastModifiedTime(program).toMillis());
        } catch (IOException e) {
            throw new ServerStartException("can't read " + program, e);
        }
    }
}
