package dev.switchboard.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.servers.RedisServer;
import dev.switchboard.servers.ServerStartException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStackIT {
    private static final Program GATEWAY =
            StandIn.program("PORT", "HOST", "REDIS_URL", "JWT_SECRET", "ALLOWED_ORIGINS", "SIGN_IN_URL");
    private static final Program WORKER =
            StandIn.program("REDIS_URL", "MYSQL_URL", "MYSQL_PASSWORD", "MYSQL_MIGRATION_PASSWORD", "MYSQL_TLS");
    private static final int ANSWER_MILLIS_MAX = 5_000;

    @TempDir
    Path dir;

    @Test
    void runsAsManyProcessesAsAskedFor() {
        try (LocalStack stack = start(LocalConfig.random(dir, 3, 2))) {
            assertEquals(3, stack.gateways().size());
            assertEquals(2, stack.workers().size());
            assertTrue(stack.gateways().stream().allMatch(ServiceProcess::isAlive));
            assertEquals(3, stack.gatewayUrls().size());
        }
    }

    @Test
    void startsAKilledGatewayAgain() {
        try (LocalStack stack = start(LocalConfig.random(dir, 1, 1))) {
            ServiceProcess gateway = stack.gateways().get(0);
            gateway.kill();
            assertFalse(gateway.isAlive());

            gateway.restart();
            gateway.awaitReady();

            assertTrue(gateway.isAlive());
        }
    }

    @Test
    void keepsDataOnlyIfAsked() throws IOException {
        LocalConfig fresh = LocalConfig.random(dir, 1, 1);
        LocalConfig keep = new LocalConfig(
                new LocalConfig.Data(dir, true), fresh.count(), fresh.ports(), fresh.external(), fresh.variables());
        try (LocalStack stack = start(fresh)) {
            ask(stack, "SET said hello");
        }
        String secret = Files.readString(dir.resolve("jwt-secret"));
        try (LocalStack stack = start(keep)) {
            assertTrue(ask(stack, "GET said").contains("hello"));
            assertEquals(secret, Files.readString(dir.resolve("jwt-secret")));
        }
        try (LocalStack stack = start(fresh)) {
            assertTrue(ask(stack, "GET said").startsWith("$-1"));
        }
    }

    @Test
    void namesTheBusyPortAndTheVariableThatMovesIt() throws IOException {
        LocalConfig config = LocalConfig.random(dir, 1, 1);
        try (ServerSocket taken = new ServerSocket(config.ports().redis(), 1, InetAddress.getLoopbackAddress())) {
            ServerStartException failure = assertThrows(ServerStartException.class, () -> start(config));

            assertEquals(
                    "Port %d on 127.0.0.1 is in use: set SWITCHBOARD_LOCAL_REDIS_PORT to another"
                            .formatted(taken.getLocalPort()),
                    failure.getMessage());
        }
    }

    @Test
    void leavesNothingWhenAProgramDoesNotComeUp() {
        LocalConfig config = LocalConfig.random(dir, 1, 1);

        ServerStartException failure = assertThrows(
                ServerStartException.class,
                () -> LocalStack.start(config, Steps.silent(), StandIn.program("NOT_GIVEN"), WORKER));

        assertTrue(String.valueOf(failure.getMessage()).contains("missing: [NOT_GIVEN]"), failure.getMessage());
        config.ports().requireFree(true, true);
    }

    @Test
    void usesServersThatAreThere() {
        LocalConfig own = LocalConfig.random(dir.resolve("stack"), 1, 1);
        try (RedisServer redis = RedisServer.start(dir.resolve("redis"))) {
            LocalConfig config = new LocalConfig(
                            own.data(),
                            own.count(),
                            own.ports(),
                            new LocalConfig.External(
                                    Optional.of(redis.url()),
                                    Optional.of("jdbc:mysql://db.example/switchboard"),
                                    Optional.empty(),
                                    Duration.ofHours(1)),
                            own.variables())
                    .with("SWITCHBOARD_REDIS_URL", redis.url())
                    .with("SWITCHBOARD_MYSQL_URL", "jdbc:mysql://db.example/switchboard");

            try (LocalStack stack =
                    LocalStack.start(config, Steps.silent(), GATEWAY, StandIn.program("REDIS_URL", "MYSQL_URL"))) {
                assertTrue(stack.redis().isEmpty());
                assertTrue(stack.database().isEmpty());
            }
            assertTrue(redis.isAlive());
        }
    }

    @Test
    void touchesNoDirectoryThatHoldsSomethingElse() throws IOException {
        Path precious = Files.writeString(dir.resolve("precious"), "text");

        ServerStartException failure =
                assertThrows(ServerStartException.class, () -> start(LocalConfig.random(dir, 1, 1)));

        assertTrue(String.valueOf(failure.getMessage()).contains("SWITCHBOARD_LOCAL_DIR"), failure.getMessage());
        assertTrue(Files.exists(precious));
    }

    @Test
    void showsNoSecretOnACommandLine() {
        try (LocalStack stack = start(LocalConfig.random(dir, 1, 1))) {
            List<String> secrets = stack.database().stream()
                    .flatMap(database -> List.of(database.worker(), database.migration(), database.gateway()).stream())
                    .map(login -> login.password())
                    .toList();
            assertEquals(3, secrets.size());
            ProcessHandle.current()
                    .descendants()
                    .map(process -> process.info().commandLine().orElse(""))
                    .forEach(line -> assertTrue(secrets.stream().noneMatch(line::contains), line));
        }
    }

    private static LocalStack start(LocalConfig config) {
        return LocalStack.start(config, Steps.silent(), GATEWAY, WORKER);
    }

    private static String ask(LocalStack stack, String command) throws IOException {
        URI url = URI.create(stack.redis().orElseThrow().url());
        String login = "AUTH " + url.getUserInfo().replace(':', ' ');
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), url.getPort())) {
            socket.setSoTimeout(ANSWER_MILLIS_MAX);
            socket.getOutputStream()
                    .write((login + "\r\n" + command + "\r\nQUIT\r\n").getBytes(StandardCharsets.UTF_8));
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answers.startsWith("+OK\r\n"), answers);
            return answers.substring("+OK\r\n".length());
        }
    }
}
