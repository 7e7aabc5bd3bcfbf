package dev.switchboard.worker;

import dev.switchboard.ops.ManagementServer;
import dev.switchboard.worker.batch.BatchLoop;
import dev.switchboard.worker.ops.Health;
import dev.switchboard.worker.ops.StartRefusedException;
import dev.switchboard.worker.ops.WorkerMeters;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The composition root: what exists, in which order it starts and stops. Any thread may call it.
 */
public final class Worker implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Worker.class);
    /** Lettuce takes no fewer. */
    private static final int REDIS_THREADS = 2;
    /** With the rest of closing this stays under the 10 s that a supervisor grants. */
    private static final Duration STOP_MAX = Duration.ofSeconds(8);

    private static final long STOP_REDIS_MAX_MILLIS = 1_000;
    /** Lets what was cancelled be told so, before its threads end. */
    private static final long REDIS_QUIET_MILLIS = 100;

    private final ClientResources resources;
    private final Health health;
    private final WorkerMeters meters;
    private final BatchLoop loop;
    private final Thread thread;
    private final ManagementServer management;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Worker(WorkerConfig config) throws IOException {
        health = new Health();
        meters = new WorkerMeters(health);
        // Before anything else starts: a port that is taken must leave nothing behind.
        management = ManagementServer.start(
                config.management().address(), meters::scrape, this::notAlive, health::reasons, health::remarks);
        resources = DefaultClientResources.builder()
                .ioThreadPoolSize(REDIS_THREADS)
                .computationThreadPoolSize(REDIS_THREADS)
                .build();
        loop = new BatchLoop(
                new BatchLoop.Settings(config.redis(), config.database(), config.batch(), config.lease()),
                resources,
                meters,
                health);
        thread = new Thread(loop, "worker");
        thread.setDaemon(true);
    }

    /**
     * Starts and returns at once. While Redis or MySQL is away it waits for them; {@link #awaitReady} tells.
     *
     * @throws IOException the private port is taken
     */
    public static Worker start(WorkerConfig config) throws IOException {
        Worker worker = new Worker(config);
        worker.thread.start();
        LOGGER.info(
                "worker started worker={} management_port={}", config.lease().worker(), worker.management.port());
        return worker;
    }

    /**
     * Returns when the worker stores for the first time what its partitions accept.
     *
     * @throws StartRefusedException it never will
     * @throws TimeoutException not by now
     */
    public void awaitReady(Duration timeout) throws InterruptedException, TimeoutException {
        try {
            health.firstReady().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new StartRefusedException(health.refusal().orElse("the worker refused to start"));
        } catch (TimeoutException e) {
            TimeoutException told = new TimeoutException("the worker is not ready: " + health.reasons());
            told.initCause(e);
            throw told;
        }
    }

    /** Why it is not ready; empty while it is. */
    public List<String> notReady() {
        return health.reasons();
    }

    /** Where {@code /metrics}, {@code /livez} and {@code /readyz} are. */
    public int managementPort() {
        return management.port();
    }

    /** Blocks until the worker has ended, and says why if it ended by itself. */
    public Optional<String> awaitEnd() throws InterruptedException {
        thread.join();
        return health.refusal();
    }

    /** Finishes the batch in hand and gives the partitions back. Takes 10 s at most. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            loop.stop();
            end();
        }
    }

    /** Ends as a killed process would: nothing is given back. For tests. */
    void abandon() {
        if (closed.compareAndSet(false, true)) {
            loop.abandon();
            end();
        }
    }

    /** The same without waiting for it: whatever it does next fails, because its connections do. For tests. */
    void die() {
        loop.abandon();
    }

    private void end() {
        try {
            thread.join(STOP_MAX.toMillis());
            if (thread.isAlive()) {
                LOGGER.warn("worker did not stop in time");
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
        management.close();
        resources.shutdown(REDIS_QUIET_MILLIS, STOP_REDIS_MAX_MILLIS, TimeUnit.MILLISECONDS);
        meters.close();
        LOGGER.info("worker stopped");
    }

    private List<String> notAlive() {
        return thread.isAlive() ? List.of() : List.of("the worker's thread has ended");
    }
}
