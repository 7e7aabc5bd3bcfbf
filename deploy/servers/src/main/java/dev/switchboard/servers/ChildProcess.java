package dev.switchboard.servers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program in a session of its own, so that Ctrl-C in the terminal doesn't reach it: it is stopped by us, in our order. It writes
 * to a log file and doesn't outlive this JVM. Any thread may ask; one thread starts and ends it.
 */
public final class ChildProcess implements AutoCloseable {
    private static final int LOG_TAIL_BYTES_MAX = 4_000;
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);
    /** The servers' pid files lie one directory below that of a stack. */
    private static final int LEFTOVER_DEPTH = 2;

    private static final Duration GRACE = Duration.ofSeconds(15);

    private final Command command;
    private final Process process;
    private final Leash leash;
    private final PidFile pidFile;
    private final long logStart;

    /**
     * What to run. The variables are all that the program gets; secrets belong there, where only the same user can see them, and
     * never into the arguments. The program must keep its process id: a script ends with {@code exec}.
     */
    public record Command(
            String name,
            List<String> arguments,
            Map<String, String> variables,
            Path directory,
            Path log,
            Path pidFile) {
        public Command {
            arguments = List.copyOf(arguments);
            variables = Map.copyOf(variables);
        }

        @Override
        public String toString() {
            return "Command[" + name + "]";
        }
    }

    private ChildProcess(Command command, Process process, Leash leash, PidFile pidFile, long logStart) {
        this.command = command;
        this.process = process;
        this.leash = leash;
        this.pidFile = pidFile;
        this.logStart = logStart;
    }

    /** Ends what an earlier start left on the same pid file, then starts the program. It need not be ready yet. */
    public static ChildProcess start(Command command) {
        PidFile pidFile = new PidFile(command.pidFile());
        pidFile.endLeftover(command.name());
        List<String> arguments = new ArrayList<>();
        arguments.add("setsid");
        arguments.addAll(command.arguments());
        ProcessBuilder builder = new ProcessBuilder(arguments)
                .directory(command.directory().toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(command.log().toFile()));
        builder.environment().clear();
        builder.environment().putAll(command.variables());
        try {
            long logStart = Files.exists(command.log()) ? Files.size(command.log()) : 0;
            Process process = builder.start();
            try {
                process.getOutputStream().close();
                Leash leash = Leash.on(process.pid());
                process.onExit().thenRun(leash::close);
                pidFile.write(process.pid());
                return new ChildProcess(command, process, leash, pidFile, logStart);
            } catch (IOException | RuntimeException e) {
                process.destroyForcibly();
                throw e;
            }
        } catch (IOException e) {
            throw new ServerStartException(command.name() + " can't be started: " + e.getMessage(), e);
        }
    }

    /** Ends what killed JVMs left in this directory and those in it; throws if their JVM is alive. */
    public static void endLeftovers(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory, LEFTOVER_DEPTH)) {
            List<Path> pidFiles = files.filter(file -> file.toString().endsWith(PidFile.SUFFIX))
                    .toList();
            for (Path file : pidFiles) {
                new PidFile(file).endLeftover(file.getFileName().toString().replace(PidFile.SUFFIX, ""));
            }
        } catch (IOException e) {
            throw new ServerStartException("can't look for running processes in " + directory, e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public CompletableFuture<?> onExit() {
        return process.onExit();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** What the program's log says since this start, at most its last few kilobytes. */
    public String logTail() {
        try (SeekableByteChannel log = Files.newByteChannel(command.log())) {
            long from = Math.max(logStart, log.size() - LOG_TAIL_BYTES_MAX);
            ByteBuffer tail = ByteBuffer.allocate((int) Math.max(0, log.size() - from));
            log.position(from);
            while (tail.hasRemaining() && log.read(tail) >= 0) {
                // A short read: go on until the buffer is full or the log ends.
            }
            return new String(tail.array(), 0, tail.position(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    /** SIGKILL, as the kernel or an operator would; returns when the process is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitExit(KILL_TIMEOUT);
    }

    /** SIGSTOP: the process keeps its connections and answers nothing. */
    public void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    /** SIGTERM; returns at once. */
    public void terminate() {
        if (process.isAlive()) {
            // A paused process would get the SIGTERM only when resumed.
            resume();
            process.destroy();
        }
    }

    /** SIGTERM, and SIGKILL if it takes longer than that; true if it wasn't needed. */
    public boolean stop(Duration grace) {
        terminate();
        boolean orderly = awaitExit(grace);
        if (!orderly) {
            kill();
        }
        leash.close();
        pidFile.delete();
        return orderly;
    }

    @Override
    public void close() {
        stop(GRACE);
    }

    private boolean awaitExit(Duration timeout) {
        boolean interrupted = Thread.interrupted();
        try {
            long deadline = System.nanoTime() + timeout.toNanos();
            while (true) {
                try {
                    return process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    // An interrupted owner still has to end its children; the wait is bounded.
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void signal(String name) {
        if (!process.isAlive()) {
            return;
        }
        try {
            // The shell's own kill: the program of that name is in a package that small systems lack.
            new ProcessBuilder("sh", "-c", "kill -" + name + " \"$1\"", "sh", Long.toString(pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new IllegalStateException("can't send SIG" + name + " to " + command.name(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
