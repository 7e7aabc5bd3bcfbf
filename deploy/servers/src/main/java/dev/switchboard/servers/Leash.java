package dev.switchboard.servers;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Ends a child process when this JVM is gone, even after SIGKILL: a shell waits on a pipe whose other end only this JVM holds, and
 * kills the child when the pipe breaks. Any thread.
 */
final class Leash implements AutoCloseable {
    private static final String WAIT_THEN_KILL = "read -r released || kill -KILL \"$1\"";

    private final OutputStream pipe;

    private Leash(OutputStream pipe) {
        this.pipe = pipe;
    }

    static Leash on(long pid) throws IOException {
        // A session of its own, else Ctrl-C in the terminal would end the shell before the child.
        Process shell = new ProcessBuilder("setsid", "sh", "-c", WAIT_THEN_KILL, "sh", Long.toString(pid))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new Leash(shell.getOutputStream());
    }

    /** Lets go of a child that has ended. */
    @Override
    public void close() {
        try (pipe) {
            pipe.write("released\n".getBytes(StandardCharsets.US_ASCII));
            pipe.flush();
        } catch (IOException e) {
            // The shell is gone or was released before: nothing holds the child any more, which is what we want.
        }
    }
}
