package dev.switchboard.gateway.log;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.settings.Secret;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Script;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real Redis whose partitions are prepared, and the log of one event loop over it. For one test. */
final class LogRig implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Pattern CALLS = Pattern.compile("(?m)^cmdstat_evalsha:calls=(\\d+)");
    private static final LogLimits LIMITS = new LogLimits(
            1_000_000, 80, 100_000, Duration.ofHours(12), 10_000, 64 * 1024 * 1024, Duration.ofSeconds(10));

    /** How Redis runs. A Cluster is one node that owns all slots: it refuses what it would refuse with more of them. */
    enum Kind {
        ALONE,
        CLUSTER
    }

    final RedisFitness fitness = new RedisFitness();
    final RedisCommands<String, String> redis;
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            1, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    private final GatewayMeters meters = new GatewayMeters("test");
    private final RedisServer server;
    private final RedisClient client;
    private final RedisConnections connections;
    private final RedisLine line;
    private final LoopLog log;

    LogRig(Path directory, Kind kind) {
        boolean cluster = kind == Kind.CLUSTER;
        server = RedisServer.start(RedisServer.Options.in(directory).with("cluster-enabled", cluster ? "yes" : "no"));
        client = RedisClient.create(server.url());
        redis = client.connect().sync();
        connections = new RedisConnections(new Secret(server.gatewayUrl()), Duration.ofSeconds(10));
        line = new RedisLine(loops.next(), connections);
        log = new LoopLog(line, fitness, new InFlight(LIMITS), LIMITS, new Confirmation.AtOnce(), meters);
        if (cluster) {
            takeAllSlots();
        }
        prepare();
        line.start();
        log.start();
        await(line::connected);
    }

    @SuppressWarnings("unchecked") // Lettuce declares a generic vararg.
    private void takeAllSlots() {
        redis.clusterAddSlotsRange(Range.create(0, 16_383));
        await(() -> redis.clusterInfo().contains("cluster_state:ok"));
    }

    private void prepare() {
        redis.scriptLoad(Script.APPEND.source());
        for (Partition partition : Partition.all()) {
            String[] key = {Keys.partition(partition)};
            Long epoch = redis.eval(Script.PREPARE.source(), ScriptOutputType.INTEGER, key, "0");
            fitness.seen(partition, epoch.intValue());
        }
    }

    /** A monitor looks, as in a gateway; from then on it runs scripts of its own each second. */
    void monitorLooks() {
        RedisMonitor monitor = new RedisMonitor(line, fitness, new RedisMonitor.Rules(false, 80, 0));
        monitor.start();
        await(() -> monitor.misconfiguration().isDone() && monitor.problems().isEmpty());
    }

    /** The messages of one tick: one for each owner, so many times. Answers in the order in which they came. */
    List<AppendAnswer> say(List<String> owners, int times) {
        List<AppendAnswer> answers = Collections.synchronizedList(new ArrayList<>());
        line.loop().execute(() -> {
            for (int i = 0; i < times; i++) {
                for (String owner : owners) {
                    log.append(append(owner, answers));
                }
            }
        });
        await(() -> answers.size() == owners.size() * times);
        return answers;
    }

    private static Append append(String owner, List<AppendAnswer> answers) {
        Append.Sender sender = new Append.Sender(owner, Role.USER, new Append.Rate(10_000, 1));
        UUID id = UUID.randomUUID();
        return new Append(7, owner, sender, Lane.PUBLIC, id, UUID.randomUUID(), "hola", false, null, answers::add);
    }

    /** Since the last {@code CONFIG RESETSTAT}. */
    long evalshaCalls() {
        Matcher matcher = CALLS.matcher(redis.info("commandstats"));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    /** Of the append script alone; a monitor runs others. */
    double callsMetered() {
        return meters.scrape()
                .lines()
                .filter(series -> series.startsWith("switchboard_gateway_append_call_messages_count"))
                .mapToDouble(series -> Double.parseDouble(series.substring(series.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static void await(BooleanSupplier condition) {
        assertTrue(Await.until(PATIENCE, condition));
    }

    @Override
    public void close() {
        line.close();
        connections.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5_000);
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        server.close();
        meters.close();
    }
}
