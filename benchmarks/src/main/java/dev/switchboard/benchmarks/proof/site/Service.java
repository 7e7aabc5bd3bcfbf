package dev.switchboard.benchmarks.proof.site;

import dev.switchboard.local.ServiceProcess;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;

/**
 * A gateway or a worker of a site: the same ports and settings for all its lives, unless it is started with others. One thread
 * starts and ends it; any may ask. A trap may kill or pause it from its own thread.
 */
public final class Service implements AutoCloseable {
    private static final int ANSWER_MILLIS_MAX = (int) Duration.ofSeconds(2).toMillis();

    private final String name;
    private final Path log;
    private final ProgramPlan plan;
    private final Function<ProgramPlan, ServiceProcess> launcher;
    private volatile ServiceProcess process;

    Service(String name, Path log, ProgramPlan plan, Function<ProgramPlan, ServiceProcess> launcher) {
        this.name = name;
        this.log = log;
        this.plan = plan;
        this.launcher = launcher;
        this.process = launcher.apply(plan);
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public Path log() {
        return log;
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() {
        process.kill();
    }

    /** SIGSTOP. */
    public void pause() {
        process.pause();
    }

    /** SIGCONT. */
    public void resume() {
        process.resume();
    }

    /** SIGTERM; returns at once. */
    public void terminate() {
        process.terminate();
    }

    /** Waits for the end of a process that was told to end; false if it takes longer. */
    public boolean awaitExit(Duration timeout) {
        return Await.until(timeout, () -> !process.isAlive());
    }

    /** Starts it as at first; one still running is stopped in order before. Not ready yet on return. */
    public void restart() {
        restart(ProgramPlan.USUAL);
    }

    /** The same with other settings for this life. */
    public void restart(ProgramPlan change) {
        process.close();
        process = launcher.apply(plan.and(change));
    }

    public void awaitReady() {
        process.awaitReady();
    }

    /** Why it isn't ready, as its private port says; empty if it is. */
    public String readiness() {
        return process.readiness();
    }

    /** Memory after a collection, files. */
    public Vitals vitals() {
        return Vitals.ofJvm(pid());
    }

    /** What it says at {@code /metrics}. */
    public Metrics metrics() {
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    process.management().resolve("/metrics").toURL().openConnection();
            connection.setConnectTimeout(ANSWER_MILLIS_MAX);
            connection.setReadTimeout(ANSWER_MILLIS_MAX);
            try (InputStream body = connection.getInputStream()) {
                return Metrics.parse(new String(body.readAllBytes(), StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new IllegalStateException(name + " tells no metrics: " + e.getMessage(), e);
        }
    }

    public String logTail() {
        return process.logTail();
    }

    @Override
    public void close() {
        process.close();
    }
}
