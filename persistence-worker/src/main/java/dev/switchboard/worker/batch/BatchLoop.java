package dev.switchboard.worker.batch;

import dev.switchboard.worker.log.LogReader;
import dev.switchboard.worker.log.RedisConfig;
import dev.switchboard.worker.log.RedisLog;
import dev.switchboard.worker.ops.Health;
import dev.switchboard.worker.ops.StartRefusedException;
import dev.switchboard.worker.ops.WorkerMeters;
import dev.switchboard.worker.store.DatabaseConfig;
import dev.switchboard.worker.store.DeadLettersFullException;
import dev.switchboard.worker.store.MessageStore;
import dev.switchboard.worker.store.Migrations;
import dev.switchboard.worker.store.OwnershipLostException;
import io.lettuce.core.RedisException;
import io.lettuce.core.resource.ClientResources;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker's one thread: opens both connections, runs batches, and after any failure closes what failed and starts over.
 * Starting over is always safe, because the log is read from its beginning and storing twice changes nothing.
 */
public final class BatchLoop implements Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(BatchLoop.class);

    private final Settings settings;
    private final ClientResources resources;
    private final WorkerMeters meters;
    private final Health health;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Backoff backoff = new Backoff(new SplittableRandom());
    private @Nullable RedisLog log;
    private @Nullable MessageStore store;
    private @Nullable Ownership ownership;
    private boolean migrated;
    private volatile boolean abandoned;

    /** What the loop is told. */
    public record Settings(RedisConfig redis, DatabaseConfig database, BatchConfig batch, LeaseConfig lease) {}

    public BatchLoop(Settings settings, ClientResources resources, WorkerMeters meters, Health health) {
        this.settings = settings;
        this.resources = resources;
        this.meters = meters;
        this.health = health;
    }

    /** Any thread: finish the batch in hand, give the partitions back, end. */
    public void stop() {
        stopping.countDown();
    }

    /** Any thread: end as a killed process would, giving nothing back. For tests of what then happens. */
    public void abandon() {
        abandoned = true;
        stopping.countDown();
    }

    @Override
    public void run() {
        boolean started = false;
        try {
            while (!isStopping()) {
                try {
                    open();
                    started = true;
                    work();
                } catch (StartRefusedException e) {
                    health.notReady(String.valueOf(e.getMessage()));
                    meters.deadLettersFull(e instanceof DeadLettersFullException);
                    LOGGER.error("worker refused reason=\"{}\"", e.getMessage());
                    if (!started) {
                        health.refuse(String.valueOf(e.getMessage()));
                        return;
                    }
                    startOver(true, true);
                } catch (SQLException e) {
                    failed("mysql", "code=" + e.getErrorCode() + " state=" + e.getSQLState(), e);
                    startOver(false, true);
                } catch (RedisException e) {
                    failed("redis", "error=" + e.getClass().getSimpleName(), e);
                    startOver(true, false);
                } catch (OwnershipLostException e) {
                    LOGGER.warn("ownership lost reason=\"{}\"", e.getMessage());
                    startOver(false, true);
                }
            }
        } catch (RuntimeException | Error e) {
            // A bug. Ending is better than going on with whatever state it left; whoever runs us starts another. The
            // partitions
            // are not given back, so that this death counts: an entry of the log may be what brought it about.
            abandoned = true;
            LOGGER.error("worker broke error={}", e.getClass().getName(), e);
            health.refuse("the worker broke: " + e.getClass().getSimpleName());
        } finally {
            leave();
        }
    }

    private void open() throws SQLException {
        if (log == null) {
            log = RedisLog.open(settings.redis(), resources);
            health.remarks(remarks(log));
            LOGGER.info("redis connected");
        }
        if (store == null) {
            migrate();
            LeaseConfig lease = settings.lease();
            store = MessageStore.open(settings.database(), lease.worker(), lease.lease());
            LOGGER.info("mysql connected address=\"{}\"", settings.database().address());
        }
        if (ownership == null) {
            ownership = new Ownership(settings.lease(), meters);
        }
    }

    private static List<String> remarks(RedisLog log) {
        List<String> remarks = new ArrayList<>();
        if (log.isWeak()) {
            remarks.add("durability=weak");
        }
        if (!log.oldVersion().isEmpty()) {
            LOGGER.warn("redis outdated reason=\"{}\"", log.oldVersion());
            remarks.add(log.oldVersion());
        }
        return remarks;
    }

    private void migrate() throws SQLException {
        if (!migrated && settings.database().migration().isPresent()) {
            Migrations.run(
                    settings.database().address(),
                    settings.database().migration().get());
        }
        migrated = true;
    }

    private void work() throws SQLException, OwnershipLostException {
        RedisLog redis = Objects.requireNonNull(log);
        BatchConfig config = settings.batch();
        LogReader reader = new LogReader(redis, config.rowsMax(), config.bytesMax());
        BatchRun run =
                new BatchRun(redis, Objects.requireNonNull(store), Objects.requireNonNull(ownership), reader, meters);
        run.startOver();
        while (!isStopping()) {
            Duration rest = run.step(config.pause());
            if (run.isComparing()) {
                health.notReady("open conversations in Redis are compared with MySQL");
            } else {
                health.ready();
            }
            meters.deadLettersFull(false);
            backoff.reset();
            if (!rest.isZero()) {
                pause(rest);
            }
        }
    }

    private void failed(String part, String details, Exception e) {
        meters.retried();
        String reason = part + " is away: " + details;
        // One line when it begins, not one a retry.
        if (!health.reasons().contains(reason)) {
            LOGGER.warn("{} failed {}", part, details);
        }
        health.notReady(reason);
        LOGGER.debug("{} failed", part, e);
    }

    /** The other connection may stay: it has nothing under way. */
    private void startOver(boolean closeLog, boolean closeStore) {
        if (closeLog && log != null) {
            log.close();
            log = null;
        }
        if (closeStore && store != null) {
            store.close();
            store = null;
        }
        pause(backoff.next());
    }

    private void leave() {
        health.notReady("stopped");
        try {
            if (store != null && ownership != null && !abandoned) {
                store.leases().leave(ownership.fences());
                LOGGER.info("partitions released");
            }
        } catch (SQLException e) {
            LOGGER.warn("partitions not released code={} state={}", e.getErrorCode(), e.getSQLState());
        } finally {
            meters.owned(0);
            if (store != null) {
                store.close();
            }
            if (log != null) {
                log.close();
            }
        }
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    private void pause(Duration duration) {
        try {
            if (stopping.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
                LOGGER.debug("woken to stop");
            }
        } catch (InterruptedException e) {
            // Only who stops us interrupts.
            stopping.countDown();
            Thread.currentThread().interrupt();
        }
    }
}
