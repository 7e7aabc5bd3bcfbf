package dev.switchboard.local;

import dev.switchboard.servers.Await;
import dev.switchboard.servers.ChildProcess;
import dev.switchboard.servers.ServerStartException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A gateway or a worker: a process that says at its private port when it is ready. One thread starts and ends it; any may ask. */
public final class ServiceProcess implements AutoCloseable {
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(60);
    private static final int ANSWER_MILLIS_MAX = 2_000;
    private static final int ANSWER_BYTES_MAX = 4 * 1024;
    /** Longer than a gateway drains. */
    private static final Duration STOP_GRACE = Duration.ofSeconds(40);

    private final ChildProcess.Command command;
    private final URI management;
    private volatile ChildProcess process;

    private ServiceProcess(ChildProcess.Command command, URI management) {
        this.command = command;
        this.management = management;
        this.process = ChildProcess.start(command);
    }

    /** Starts it; not ready yet on return. */
    public static ServiceProcess launch(ChildProcess.Command command, int managementPort) {
        return new ServiceProcess(command, URI.create("http://127.0.0.1:" + managementPort));
    }

    public String name() {
        return command.name();
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Where {@code /metrics}, {@code /livez} and {@code /readyz} are. */
    public URI management() {
        return management;
    }

    public String logTail() {
        return process.logTail();
    }

    public CompletableFuture<?> onExit() {
        return process.onExit();
    }

    /** Waits until it serves; throws with the end of its log if it ends before, or takes too long. */
    public void awaitReady() {
        String[] answer = {"no answer"};
        boolean settled = Await.until(READY_TIMEOUT, () -> {
            answer[0] = readiness();
            return answer[0].isEmpty() || !process.isAlive();
        });
        if (!settled || !process.isAlive()) {
            String state = process.isAlive() ? "isn't ready (" + answer[0].strip() + ")" : "ended";
            throw new ServerStartException(
                    "%s %s; the end of its log:%n%s".formatted(command.name(), state, process.logTail()));
        }
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

    /** Starts the same program again; one still running is stopped in order first. Not ready yet on return. */
    public void restart() {
        close();
        process = ChildProcess.start(command);
    }

    /** SIGTERM; returns at once. */
    public void terminate() {
        process.terminate();
    }

    @Override
    public void close() {
        process.stop(STOP_GRACE);
    }

    /** Why it isn't ready; empty if it is. */
    public String readiness() {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) management.resolve("/readyz").toURL().openConnection();
            connection.setConnectTimeout(ANSWER_MILLIS_MAX);
            connection.setReadTimeout(ANSWER_MILLIS_MAX);
            if (connection.getResponseCode() == HttpURLConnection.HTTP_OK) {
                return "";
            }
            try (InputStream body = connection.getErrorStream()) {
                return body == null
                        ? "status " + connection.getResponseCode()
                        : new String(body.readNBytes(ANSWER_BYTES_MAX), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            return "no answer on " + management;
        }
    }
}
