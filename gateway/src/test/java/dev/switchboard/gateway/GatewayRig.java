package dev.switchboard.gateway;

import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.settings.Environment;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Script;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Real gateways on random ports over a real Redis, whose partitions are prepared as a worker would. For tests of the gateway
 * alone; those of the whole system are in the local stack's module.
 */
public final class GatewayRig implements AutoCloseable {
    public static final String ORIGIN = "https://app.example.com";

    private final RedisServer redis;
    private final List<Gateway> gateways = new ArrayList<>();

    public GatewayRig() throws IOException {
        Path dir = Files.createTempDirectory("switchboard-gateway-rig");
        dir.toFile().deleteOnExit();
        redis = RedisServer.start(dir);
        prepare();
    }

    /** Makes every partition ready for appends. */
    public void prepare() {
        withRedis(connection -> {
            for (Partition partition : Partition.all()) {
                connection
                        .sync()
                        .eval(
                                Script.PREPARE.source(),
                                ScriptOutputType.INTEGER,
                                new String[] {Keys.partition(partition)},
                                "0");
            }
        });
    }

    /** What to do with a connection of the test's own. */
    public interface RedisStep {
        void run(StatefulRedisConnection<String, String> connection);
    }

    public void withRedis(RedisStep step) {
        RedisClient client = RedisClient.create(redis.url());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            step.run(connection);
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    /** A gateway with these variables (short names) on top of what a test needs; waits until it is ready. */
    public Gateway gateway(Map<String, String> variables) throws IOException {
        Gateway gateway = Gateway.start(config(variables));
        gateways.add(gateway);
        if (!Await.until(Duration.ofSeconds(20), () -> gateway.notReady().isEmpty())) {
            throw new AssertionError("not ready: " + gateway.notReady());
        }
        return gateway;
    }

    public Gateway gateway() throws IOException {
        return gateway(Map.of());
    }

    public GatewayConfig config(Map<String, String> variables) {
        Map<String, String> all = new HashMap<>(Map.of(
                "REDIS_URL", redis.gatewayUrl(),
                "JWT_SECRET", TokenMint.SECRET,
                "ALLOWED_ORIGINS", ORIGIN,
                "PORT", "0",
                "MANAGEMENT_PORT", "0",
                "THREADS", "2",
                "DRAIN", "0s",
                // A machine that is busy with other things is no test of it.
                "LOOP_LAG_MAX", "10s",
                "TRUSTED_PROXIES", "direct",
                "AUTH_FAILURES_PER_MINUTE_MAX", "1000000"));
        all.putAll(variables);
        Map<String, String> named = new HashMap<>();
        all.forEach((name, value) -> named.put(Environment.name(name), value));
        Environment environment = new Environment(named);
        GatewayConfig config = GatewayConfig.from(environment);
        if (!environment.problems().isEmpty()) {
            throw new AssertionError(environment.problems().toString());
        }
        return config;
    }

    public RedisServer redis() {
        return redis;
    }

    public static String token(String user) {
        return TokenMint.token(user, Role.USER, Instant.now().plus(Duration.ofHours(1)));
    }

    public static String adminToken(String user) {
        return TokenMint.token(user, Role.ADMIN, Instant.now().plus(Duration.ofHours(1)));
    }

    /** A user's open connection, its Welcome read. */
    public static TestSocket user(Gateway gateway, String user) throws IOException {
        return welcomed(TestSocket.open(gateway.port(), token(user), "switchboard.v1"));
    }

    /** An admin's open connection, its Welcome read. */
    public static TestSocket admin(Gateway gateway, String user) throws IOException {
        return welcomed(TestSocket.open(gateway.port(), adminToken(user), "switchboard.v1"));
    }

    private static TestSocket welcomed(TestSocket socket) {
        socket.await(ServerFrame.FrameCase.WELCOME);
        return socket;
    }

    @Override
    public void close() {
        gateways.forEach(Gateway::close);
        redis.close();
    }
}
