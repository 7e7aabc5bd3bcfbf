package dev.switchboard.servers;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFileTest {
    private static final String DEAD = "999999999 1";

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Process process;

    @SuppressWarnings("NullAway.Init")
    private ProcessStamp stamp;

    @BeforeEach
    void startSomething() throws IOException {
        process = new ProcessBuilder("sleep", "60").start();
        stamp = ProcessStamp.of(process.pid());
    }

    @AfterEach
    void endIt() {
        process.destroyForcibly();
    }

    @Test
    void endsWhatAKilledJvmLeft() throws IOException {
        write(stamp.pid() + " " + stamp.startTicks() + " " + DEAD);

        ChildProcess.endLeftovers(dir);

        assertFalse(stamp.isAlive());
    }

    @Test
    void sparesALaterProcessWithTheSameId() throws IOException {
        write(stamp.pid() + " " + (stamp.startTicks() - 1) + " " + DEAD);

        ChildProcess.endLeftovers(dir);

        assertTrue(stamp.isAlive());
    }

    @Test
    void sparesAProcessWhoseJvmIsAlive() throws IOException {
        ProcessStamp owner = ProcessStamp.of(ProcessHandle.current().pid());
        write(stamp.pid() + " " + stamp.startTicks() + " " + owner.pid() + " " + owner.startTicks());

        assertThrows(ServerStartException.class, () -> ChildProcess.endLeftovers(dir));

        assertTrue(stamp.isAlive());
    }

    @Test
    void sparesEverythingIfTheFileIsCutShort() throws IOException {
        write(Long.toString(stamp.pid()));

        ChildProcess.endLeftovers(dir);

        assertTrue(stamp.isAlive());
    }

    private void write(String text) throws IOException {
        Files.writeString(dir.resolve("some.pid"), text + "\n");
    }
}
