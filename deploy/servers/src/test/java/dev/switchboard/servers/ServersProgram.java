package dev.switchboard.servers;

import java.io.IOException;
import java.nio.file.Path;

/** A JVM of its own that starts both servers, prints their process ids and holds them until its input ends. */
final class ServersProgram {
    private ServersProgram() {}

    public static void main(String[] arguments) throws IOException {
        Path dir = Path.of(arguments[0]);
        try (RedisServer redis = RedisServer.start(dir);
                DatabaseServer database = DatabaseServer.start(dir)) {
            System.out.println(redis.pid() + " " + database.pid());
            while (System.in.read() >= 0) {
                // Only the end of the input matters.
            }
        }
    }
}
