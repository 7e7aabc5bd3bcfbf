package dev.switchboard.gateway.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.servers.Await;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.settings.Secret;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver of Redis as it is set up here: it queues no more than it may, nothing while disconnected, and sends nothing twice. */
@Tag("T16")
class RedisConnectionsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final byte[] KEY = "counted".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            1, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    private final EventLoop loop = loops.next();
    private RedisServer redis;
    private RedisConnections connections;
    private RedisLine line;

    @BeforeEach
    void start() {
        redis = RedisServer.start(directory);
        // So that no time-out does what the set-up is to do.
        connections = new RedisConnections(new Secret(redis.url()), PATIENCE.multipliedBy(3));
        line = new RedisLine(loop, connections);
        line.start();
        awaitConnected();
    }

    @AfterEach
    void stop() {
        redis.resume();
        line.close();
        connections.close();
        redis.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void awaitConnected() {
        assertTrue(Await.until(PATIENCE, line::connected));
    }

    /** Asks on the event loop, as everybody does. */
    private <T> CompletableFuture<T> onLoop(Supplier<CompletionStage<T>> ask) {
        return CompletableFuture.supplyAsync(ask, loop).thenCompose(stage -> stage);
    }

    private CompletableFuture<Long> count() {
        return onLoop(() -> line.ask(commands -> commands.incr(KEY)));
    }

    private static void awaitFailed(CompletableFuture<?> asked) {
        assertTrue(Await.until(PATIENCE, asked::isDone), "it is neither queued nor forgotten");
        assertThrows(CompletionException.class, asked::join);
    }

    @Test
    void refusesAtOnceWhileDisconnectedAndSaysNothingOfItLater() {
        assertEquals(1, count().join());
        redis.kill();
        assertTrue(Await.until(PATIENCE, () -> !line.connected()));
        for (int i = 0; i < 100; i++) {
            CompletableFuture<Long> asked = count();
            awaitFailed(asked);
        }
        redis.restart();
        awaitConnected();
        assertEquals(2, count().join(), "what was refused never came");
    }

    @Test
    void doesNotRepeatWhatWasUnderWay() {
        assertEquals(1, count().join());
        redis.pause();
        List<CompletableFuture<Long>> underWay = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            underWay.add(count());
        }
        redis.kill();
        underWay.forEach(RedisConnectionsIT::awaitFailed);
        redis.restart();
        awaitConnected();
        assertEquals(2, count().join());
    }

    @Test
    void refusesWhatIsMoreThanItsQueueHolds() {
        redis.pause();
        int most = RedisConnections.QUEUE_COMMANDS_MAX;
        List<CompletableFuture<Long>> asked = new ArrayList<>();
        for (int i = 0; i < most + 50; i++) {
            asked.add(count());
        }
        assertTrue(Await.until(
                PATIENCE, () -> asked.stream().filter(CompletableFuture::isDone).count() >= 50));
        assertEquals(
                50,
                asked.stream()
                        .filter(CompletableFuture::isCompletedExceptionally)
                        .count());
        redis.resume();
        assertTrue(Await.until(PATIENCE, () -> asked.stream().allMatch(CompletableFuture::isDone)));
        assertEquals(most + 1, count().join());
    }
}
