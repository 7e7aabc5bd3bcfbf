package dev.switchboard.gateway.log;

import dev.switchboard.settings.Secret;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.util.HashedWheelTimer;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Opens connections to Redis, each on an event loop of the caller's choice, so that a frame, its append and its answer stay on
 * one thread. Any thread may call it.
 *
 * <p>What always holds: nothing is queued while disconnected and nothing is sent twice. An append that was under way when the
 * connection broke is unknown, and only its client may repeat it.
 */
public final class RedisConnections implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /** Commands of one connection without an answer; beyond it they are refused. */
    static final int QUEUE_COMMANDS_MAX = 10_000;

    private static final Duration RECONNECT_MIN = Duration.ofMillis(20);
    private static final Duration RECONNECT_MAX = Duration.ofSeconds(1);
    private static final Duration DEAD_PEER = Duration.ofSeconds(5);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    static {
        // The driver takes the transport it likes best among those on the class path; ours are the gateway's own loops.
        System.setProperty("io.lettuce.core.iouring", "false");
        System.setProperty("io.lettuce.core.kqueue", "false");
        System.setProperty("io.lettuce.core.epoll", Boolean.toString(Epoll.isAvailable()));
    }

    private final RedisURI uri;
    private final HashedWheelTimer timer =
            new HashedWheelTimer(new DefaultThreadFactory("redis-timer", true), 50, TimeUnit.MILLISECONDS);
    private final DefaultEventExecutorGroup background =
            new DefaultEventExecutorGroup(1, new DefaultThreadFactory("redis-background", true));
    private final Map<Use, RedisClient> clients = new ConcurrentHashMap<>();

    /** A client is made once for each event loop and kind of connection, however often it connects. */
    private record Use(EventLoop loop, boolean reconnect) {}

    public RedisConnections(Secret url, Duration commandTimeout) {
        uri = RedisURI.create(url.reveal());
        uri.setTimeout(commandTimeout);
    }

    /** A connection for commands, which reconnects by itself. */
    CompletionStage<StatefulRedisConnection<byte[], byte[]>> connect(EventLoop loop) {
        return client(loop, true).connectAsync(ByteArrayCodec.INSTANCE, uri).toCompletableFuture();
    }

    /** A connection for commands that ends where its TCP connection does; whoever wants another opens it. */
    CompletionStage<StatefulRedisConnection<byte[], byte[]>> connectOnce(EventLoop loop) {
        return client(loop, false).connectAsync(ByteArrayCodec.INSTANCE, uri).toCompletableFuture();
    }

    /**
     * A connection for subscriptions. It does not reconnect: after a loss its owner opens another one, because only the owner
     * knows how to subscribe again on a Cluster and whom to tell.
     */
    public CompletionStage<StatefulRedisPubSubConnection<String, byte[]>> connectRooms(EventLoop loop) {
        return client(loop, false)
                .connectPubSubAsync(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE), uri)
                .toCompletableFuture();
    }

    @Override
    public void close() {
        for (RedisClient client : clients.values()) {
            ClientResources resources = client.getResources();
            client.shutdown(Duration.ZERO, CLOSE_TIMEOUT);
            resources.shutdown(0, CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        }
        clients.clear();
        background.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        timer.stop();
    }

    private RedisClient client(EventLoop loop, boolean reconnect) {
        return clients.computeIfAbsent(new Use(loop, reconnect), use -> newClient(loop, reconnect));
    }

    private RedisClient newClient(EventLoop loop, boolean reconnect) {
        ClientResources resources = DefaultClientResources.builder()
                .eventLoopGroupProvider(new OneLoop(loop))
                .eventExecutorGroup(background)
                .timer(timer)
                .reconnectDelay(() -> Delay.fullJitter(RECONNECT_MIN, RECONNECT_MAX, 20, TimeUnit.MILLISECONDS))
                .commandLatencyRecorder(io.lettuce.core.metrics.CommandLatencyRecorder.disabled())
                .build();
        RedisClient client = RedisClient.create(resources);
        client.setOptions(ClientOptions.builder()
                .autoReconnect(reconnect)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true)
                .requestQueueSize(QUEUE_COMMANDS_MAX)
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .tcpNoDelay(true)
                        // A peer that vanished without a word is noticed in seconds, not when the kernel gives up.
                        .keepAlive(SocketOptions.KeepAliveOptions.builder()
                                .enable()
                                .idle(DEAD_PEER)
                                .interval(Duration.ofSeconds(1))
                                .count(3)
                                .build())
                        .tcpUserTimeout(SocketOptions.TcpUserTimeoutOptions.builder()
                                .enable()
                                .tcpUserTimeout(DEAD_PEER)
                                .build())
                        .build())
                .build());
        return client;
    }

    /** Hands out one event loop that belongs to somebody else, and never shuts it down. */
    private record OneLoop(EventLoop loop) implements EventLoopGroupProvider {
        @Override
        @SuppressWarnings(
                "unchecked") // Lettuce uses the result as a plain EventLoopGroup; the type only names a transport.
        public <T extends EventLoopGroup> T allocate(Class<T> type) {
            return (T) (EventLoopGroup) loop;
        }

        @Override
        public int threadPoolSize() {
            return 1;
        }

        @Override
        public Future<Boolean> release(EventExecutorGroup group, long quietPeriod, long timeout, TimeUnit unit) {
            return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
        }

        @Override
        public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
            return ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);
        }
    }

    /** What is connected, for logs: host and port, never the password. */
    @Override
    public String toString() {
        return uri.getHost() == null ? List.copyOf(uri.getSentinels()).toString() : uri.getHost() + ":" + uri.getPort();
    }
}
