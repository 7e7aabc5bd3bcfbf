package dev.switchboard.worker.ops;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Every meter of the worker. Written by the worker's thread, read by any. */
public final class WorkerMeters implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AtomicLong lagEntries = new AtomicLong();
    /** On the clock of this process: everything accepted before is known to be stored. */
    private final AtomicLong caughtUpNanos;

    private final LongSupplier nanoClock;
    private final AtomicLong owned = new AtomicLong();
    private final AtomicLong deadLettersFull = new AtomicLong();
    private final Counter rowsWritten;
    private final Counter deadLetters;
    private final Counter voids;
    private final Counter retries;
    private final DistributionSummary batchSize;
    private final Timer batchSeconds;

    public WorkerMeters(Health health) {
        this(health, System::nanoTime);
    }

    WorkerMeters(Health health, LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        caughtUpNanos = new AtomicLong(nanoClock.getAsLong());
        gauge("log.lag.entries", "Log entries of the partitions owned that are not trimmed yet", lagEntries);
        Gauge.builder("switchboard.worker.log.lag.seconds", this, WorkerMeters::lagSeconds)
                .description(
                        "Time since all that was accepted by then is known to be stored; grows while a server is away")
                .register(registry);
        gauge("partitions.owned", "Partitions this worker owns", owned);
        gauge(
                "dead.letters.full",
                "1 while there are as many dead letters as may be and nothing is stored",
                deadLettersFull);
        rowsWritten = counter("rows.written", "Messages written that were not there before");
        deadLetters = counter("dead.letters", "Parts of the log that could not be stored and were set aside");
        voids = counter("void", "Positions whose message stands at another one");
        retries = counter("retries", "Times the worker started over after a failure of Redis or MySQL");
        batchSize = DistributionSummary.builder("switchboard.worker.batch.size")
                .description("Messages in one transaction")
                .serviceLevelObjectives(1, 10, 100, 500, 1000, 2000)
                .register(registry);
        batchSeconds = Timer.builder("switchboard.worker.batch")
                .description("Time from having read a batch to having marked it as stored")
                .serviceLevelObjectives(
                        Duration.ofMillis(5),
                        Duration.ofMillis(10),
                        Duration.ofMillis(25),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5))
                .register(registry);
        Gauge.builder(
                        "switchboard.worker.ready",
                        health,
                        state -> state.reasons().isEmpty() ? 1 : 0)
                .description("1 while the worker stores what its partitions accept")
                .register(registry);
        String version = WorkerMeters.class.getPackage().getImplementationVersion();
        Gauge.builder("switchboard.worker.build.info", () -> 1)
                .description("The build that runs")
                .tag("version", version == null ? "development" : version)
                .register(registry);
        List.of(
                        new JvmMemoryMetrics(),
                        new JvmThreadMetrics(),
                        new ProcessorMetrics(),
                        new UptimeMetrics(),
                        new FileDescriptorMetrics())
                .forEach(binder -> binder.bindTo(registry));
    }

    /** One transaction was committed and marked. */
    public void batch(int messages, long nanos) {
        batchSize.record(messages);
        batchSeconds.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** What the transaction did. */
    public void committed(int rows, int voided, int setAside) {
        rowsWritten.increment(rows);
        voids.increment(voided);
        deadLetters.increment(setAside);
    }

    public void retried() {
        retries.increment();
    }

    public void owned(int partitions) {
        owned.set(partitions);
    }

    public void deadLettersFull(boolean full) {
        deadLettersFull.set(full ? 1 : 0);
    }

    public void lagEntries(long entries) {
        lagEntries.set(entries);
    }

    /** A read has shown that everything accepted before this long ago is stored. */
    public void caughtUp(Duration ago) {
        caughtUpNanos.set(nanoClock.getAsLong() - ago.toNanos());
    }

    /** The page that Prometheus reads. */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        registry.close();
    }

    /** Computed when it is asked for: a worker that is stuck or without a server reports nothing, and must not look well. */
    private double lagSeconds() {
        return Math.max(0, nanoClock.getAsLong() - caughtUpNanos.get()) / 1e9;
    }

    private Counter counter(String name, String description) {
        return Counter.builder("switchboard.worker." + name)
                .description(description)
                .register(registry);
    }

    private void gauge(String name, String description, AtomicLong value) {
        Gauge.builder("switchboard.worker." + name, value, AtomicLong::get)
                .description(description)
                .register(registry);
    }
}
