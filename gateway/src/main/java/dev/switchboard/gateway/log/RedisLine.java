package dev.switchboard.gateway.log;

import dev.switchboard.wire.Script;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateAdapter;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command connection of one event loop. Written to and answered on that loop only, and flushed once a tick: what a tick asks
 * leaves in one system call.
 *
 * <p>Either the driver reconnects it, and nobody can tell; or it is {@linkplain #unbroken() unbroken}, and each TCP connection is a
 * {@link #connection} of its own, for whoever has to know on which one something was written.
 */
public final class RedisLine implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RedisLine.class);
    private static final int CONNECT_RETRY_MIN_MILLIS = 50;
    private static final int CONNECT_RETRY_MAX_MILLIS = 1_000;

    private final EventLoop loop;
    private final RedisConnections connections;
    private final boolean unbroken;
    private volatile @Nullable StatefulRedisConnection<byte[], byte[]> connection;
    private volatile boolean closed;
    private boolean flushScheduled;

    public RedisLine(EventLoop loop, RedisConnections connections) {
        this(loop, connections, false);
    }

    private RedisLine(EventLoop loop, RedisConnections connections, boolean unbroken) {
        this.loop = loop;
        this.connections = connections;
        this.unbroken = unbroken;
    }

    /** Another line of the same event loop, on which a {@link #connection} is one TCP connection. */
    public RedisLine unbroken() {
        return new RedisLine(loop, connections, true);
    }

    /** Connects, and tries again until it succeeds or is closed. */
    public void start() {
        (unbroken ? connections.connectOnce(loop) : connections.connect(loop))
                .whenComplete((opened, error) -> loop.execute(() -> {
                    if (opened != null) {
                        opened(opened);
                    } else {
                        log.debug("redis connect failed, trying again: {}", String.valueOf(error));
                        startSoon();
                    }
                }));
    }

    private void opened(StatefulRedisConnection<byte[], byte[]> opened) {
        opened.setAutoFlushCommands(false);
        connection = opened;
        if (closed) {
            opened.closeAsync();
        } else if (unbroken) {
            opened.addListener(new RedisConnectionStateAdapter() {
                @Override
                public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
                    loop.execute(() -> lost(opened));
                }
            });
            if (!opened.isOpen()) {
                lost(opened);
            }
        }
    }

    private void lost(StatefulRedisConnection<byte[], byte[]> gone) {
        if (connection == gone) {
            connection = null;
            gone.closeAsync();
            startSoon();
        }
    }

    private void startSoon() {
        if (!closed && !loop.isShuttingDown()) {
            long wait = ThreadLocalRandom.current().nextLong(CONNECT_RETRY_MIN_MILLIS, CONNECT_RETRY_MAX_MILLIS);
            loop.schedule(this::start, wait, TimeUnit.MILLISECONDS);
        }
    }

    /** The one over which the next command goes; null while there is none. On the event loop. */
    @Nullable
    StatefulRedisConnection<byte[], byte[]> connection() {
        return connection;
    }

    public EventLoop loop() {
        return loop;
    }

    /** A hint: the next command may still find it broken. */
    public boolean connected() {
        StatefulRedisConnection<byte[], byte[]> current = connection;
        return current != null && current.isOpen();
    }

    /** Runs a script. Loads it first where Redis has forgotten it. Completes on the event loop. */
    public <T> CompletionStage<T> run(Script script, ScriptOutputType type, byte[][] keys, byte[]... arguments) {
        StatefulRedisConnection<byte[], byte[]> current = connection;
        if (current == null) {
            return CompletableFuture.failedFuture(new NotConnected());
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        CompletionStage<T> first = current.async().evalsha(script.sha1(), type, keys, arguments);
        first.whenComplete((answer, error) -> {
            if (error != null && isUnknownScript(error)) {
                CompletionStage<T> second = current.async().eval(script.source(), type, keys, arguments);
                second.whenComplete((late, failure) -> onLoop(() -> settle(result, late, failure)));
                flushAtEndOfTick();
            } else {
                onLoop(() -> settle(result, answer, error));
            }
        });
        flushAtEndOfTick();
        return result;
    }

    /** Any other command of a cold path. */
    public <T> CompletionStage<T> ask(
            java.util.function.Function<
                            io.lettuce.core.api.async.RedisAsyncCommands<byte[], byte[]>, CompletionStage<T>>
                    command) {
        StatefulRedisConnection<byte[], byte[]> current = connection;
        if (current == null) {
            return CompletableFuture.failedFuture(new NotConnected());
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        command.apply(current.async()).whenComplete((answer, error) -> onLoop(() -> settle(result, answer, error)));
        flushAtEndOfTick();
        return result;
    }

    /** The same, or a failure after this time. Called on the event loop. */
    public <T> CompletableFuture<T> inTime(CompletionStage<T> stage, Duration limit) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        var timer = loop.schedule(
                () -> future.completeExceptionally(new TimeoutException("Redis is slow")),
                limit.toMillis(),
                TimeUnit.MILLISECONDS);
        future.whenComplete((answer, error) -> timer.cancel(false));
        return future;
    }

    @Override
    public void close() {
        closed = true;
        StatefulRedisConnection<byte[], byte[]> current = connection;
        if (current != null) {
            current.closeAsync();
        }
    }

    private void flushAtEndOfTick() {
        if (!loop.inEventLoop()) {
            loop.execute(this::flushAtEndOfTick);
            return;
        }
        if (!flushScheduled) {
            flushScheduled = true;
            loop.execute(() -> {
                flushScheduled = false;
                StatefulRedisConnection<byte[], byte[]> current = connection;
                if (current != null) {
                    current.flushCommands();
                }
            });
        }
    }

    /** Answers arrive on the loop; failures of a connection that is going away may not. */
    private void onLoop(Runnable step) {
        if (loop.inEventLoop()) {
            step.run();
        } else if (!loop.isShuttingDown()) {
            loop.execute(step);
        }
    }

    private static <T> void settle(CompletableFuture<T> result, @Nullable T answer, @Nullable Throwable error) {
        if (error != null) {
            result.completeExceptionally(error);
        } else {
            result.complete(answer);
        }
    }

    private static boolean isUnknownScript(Throwable error) {
        return error instanceof io.lettuce.core.RedisNoScriptException;
    }

    /** There is no connection yet: nothing was sent. */
    static final class NotConnected extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotConnected() {
            super("not connected to Redis", null, false, false);
        }
    }
}
