package dev.switchboard.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisServerIT {
    private static final int ANSWER_MILLIS_MAX = 5_000;

    @TempDir
    Path dir;

    @Test
    void keepsWhatItAcceptedAfterAKill() throws IOException {
        try (RedisServer redis = RedisServer.start(dir)) {
            assertTrue(ask(redis, "SET said hello").startsWith("+OK"));
            long killed = redis.pid();
            redis.kill();
            assertFalse(redis.isAlive());

            redis.restart();

            assertTrue(ask(redis, "GET said").contains("hello"));
            assertTrue(redis.pid() != killed);
        }
    }

    @Test
    void isAsDurableAsBothProgramsDemand() throws IOException {
        try (RedisServer redis = RedisServer.start(dir)) {
            String settings = ask(redis, "CONFIG GET append* *rewrite maxmemory* tcp-keepalive")
                    .replace("\r\n", " ");

            assertTrue(settings.contains("appendonly $3 yes"), settings);
            assertTrue(settings.contains("appendfsync $6 always"), settings);
            assertTrue(settings.contains("no-appendfsync-on-rewrite $2 no"), settings);
            assertTrue(settings.contains("maxmemory $10 1073741824"), settings);
            assertTrue(settings.contains("noeviction"), settings);
            assertTrue(settings.contains("tcp-keepalive $2 60"), settings);
        }
    }

    @Test
    void letsSettingsOfTheCallerWin() throws IOException {
        try (RedisServer redis = RedisServer.start(RedisServer.Options.in(dir).with("maxmemory", "64mb"))) {
            assertTrue(ask(redis, "CONFIG GET maxmemory").contains("67108864"));
        }
    }

    @Test
    void namesTheBusyPort() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            RedisServer.Options options = RedisServer.Options.in(dir).withPort(taken.getLocalPort());

            ServerStartException failure = assertThrows(ServerStartException.class, () -> RedisServer.start(options));

            assertTrue(
                    String.valueOf(failure.getMessage()).contains("port " + taken.getLocalPort()),
                    failure.getMessage());
        }
    }

    @Test
    void showsTheLogOfAStartThatFailed() {
        RedisServer.Options options = RedisServer.Options.in(dir).with("maxmemory", "plenty");

        ServerStartException failure = assertThrows(ServerStartException.class, () -> RedisServer.start(options));

        assertTrue(String.valueOf(failure.getMessage()).contains("maxmemory"), failure.getMessage());
        assertFalse(dir.resolve("redis.pid").toFile().exists());
    }

    @Test
    void answersNothingWhilePaused() throws IOException {
        try (RedisServer redis = RedisServer.start(dir)) {
            redis.pause();
            try (Socket socket = connect(redis, 200)) {
                send(socket, "PING");
                assertThrows(
                        SocketTimeoutException.class,
                        () -> socket.getInputStream().read());
            }
            redis.resume();
            assertTrue(ask(redis, "PING").startsWith("+PONG"));
        }
    }

    @Test
    void refusesADirectoryThatIsInUse() {
        try (RedisServer redis = RedisServer.start(dir)) {
            ServerStartException failure = assertThrows(ServerStartException.class, () -> RedisServer.start(dir));

            assertTrue(
                    String.valueOf(failure.getMessage()).contains("in use by process " + redis.pid()),
                    failure.getMessage());
            assertTrue(redis.isAlive());
        }
    }

    @Test
    void mayBeClosedTwice() {
        RedisServer redis = RedisServer.start(dir);
        redis.close();
        redis.close();
        assertFalse(redis.isAlive());
        assertTrue(redis.url().startsWith("redis://switchboard_admin:"), "the admin's address");
        assertTrue(redis.url().endsWith("@127.0.0.1:" + redis.port()), "the admin's address");
    }

    @Test
    void followsAPrimaryWithTheSameUsers() throws IOException {
        try (RedisServer primary = RedisServer.start(
                        RedisServer.Options.in(dir.resolve("primary")).with("repl-diskless-sync-delay", "0"));
                RedisServer replica = RedisServer.start(
                        RedisServer.Options.in(dir.resolve("replica")).replicaOf(primary, primary.port()))) {
            ask(primary, "SET said hello");
            assertTrue(Await.until(
                    Duration.ofSeconds(20), () -> asked(replica, "GET said").contains("hello")));
            assertEquals(
                    primary.gatewayUrl().replace(":" + primary.port(), ""),
                    replica.gatewayUrl().replace(":" + replica.port(), ""));
        }
    }

    private static String asked(RedisServer redis, String command) {
        try {
            return ask(redis, command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String ask(RedisServer redis, String command) throws IOException {
        String[] login = URI.create(redis.url()).getUserInfo().split(":", 2);
        try (Socket socket = connect(redis, ANSWER_MILLIS_MAX)) {
            send(socket, "AUTH " + login[0] + " " + login[1] + "\r\n" + command + "\r\nQUIT");
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return answers.substring(answers.indexOf("\r\n") + 2);
        }
    }

    private static Socket connect(RedisServer redis, int timeoutMillis) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port());
        socket.setSoTimeout(timeoutMillis);
        return socket;
    }

    private static void send(Socket socket, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
    }
}
