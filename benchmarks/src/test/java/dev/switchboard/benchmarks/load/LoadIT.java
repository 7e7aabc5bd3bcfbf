package dev.switchboard.benchmarks.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadIT {
    @TempDir
    Path dir;

    @Test
    void runsBothModesAndLosesNothing() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        String[] arguments = {"users=6", "seconds=1", "warmup=1", "rate=200", "settle=20", "dir=" + dir.resolve("load")
        };

        int exit = LoadMain.run(arguments, new PrintStream(printed, true, StandardCharsets.UTF_8));

        String text = printed.toString(StandardCharsets.UTF_8);
        assertEquals(0, exit, text);
        assertTrue(text.matches("(?s).*every delivery checked +good +good\n.*"), text);
        assertTrue(text.contains("gateways + Redis"), text);
    }
}
