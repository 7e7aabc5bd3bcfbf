package dev.switchboard.gateway.history;

import dev.switchboard.gateway.ops.GatewayMeters;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where everything runs that waits for a database: threads of its own ({@code database-1} …) behind a bounded queue. Any thread
 * may submit, event loops too; nothing here makes them wait. Results complete on a database thread.
 */
public final class DatabaseWork implements AutoCloseable {
    private static final int CLOSE_SECONDS_MAX = 2;

    private final ThreadPoolExecutor threads;

    /**
     * As many threads as there are connections to the database: one more would only wait for one.
     *
     * @param queuedMax work that waits for a thread; at the bound more is {@link Busy}
     */
    public DatabaseWork(int threadsMax, int queuedMax, GatewayMeters meters) {
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                threadsMax, threadsMax, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(queuedMax), task -> {
                    Thread named = new Thread(task, "database-" + number.incrementAndGet());
                    named.setDaemon(true);
                    return named;
                });
        threads.allowCoreThreadTimeOut(true);
        meters.gauge(
                "database.queued",
                "Database work that waits for a thread",
                () -> threads.getQueue().size());
        meters.gauge("database.active", "Database work under way", threads::getActiveCount);
    }

    /** There is no room for more work, or this gateway is going away: the caller should come again. */
    public static final class Busy extends RuntimeException {
        private static final long serialVersionUID = 1;

        Busy() {
            super("too much database work", null, false, false);
        }
    }

    /** Runs it on a thread that may wait. Fails with what it throws, or with {@link Busy} at once. */
    public <T> CompletionStage<T> run(Callable<T> work) {
        Task<T> task = new Task<>(work, new CompletableFuture<>());
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            task.drop();
        }
        return task.result();
    }

    /** Work that waits becomes {@link Busy}, work under way is interrupted. */
    @Override
    public void close() {
        threads.shutdownNow().forEach(waiting -> ((Task<?>) waiting).drop());
        try {
            threads.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Task<T>(Callable<T> work, CompletableFuture<T> result) implements Runnable {
        @Override
        public void run() {
            try {
                result.complete(work.call());
            } catch (Throwable e) {
                // Whatever it is, somebody waits for an answer.
                result.completeExceptionally(e);
            }
        }

        void drop() {
            result.completeExceptionally(new Busy());
        }
    }
}
