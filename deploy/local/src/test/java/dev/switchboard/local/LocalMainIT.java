package dev.switchboard.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LocalMainIT {
    private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Process main;

    @AfterEach
    void endIt() {
        main.destroyForcibly();
    }

    @Test
    void stopsEverythingInOrderWhenCtrlCReachesTheWholeGroup() throws IOException, InterruptedException {
        start();
        BufferedReader out = main.inputReader(StandardCharsets.UTF_8);
        List<String> started = readUntil(out, line -> line.startsWith("Ctrl-C"));
        assertTrue(started.stream().anyMatch(line -> line.startsWith("✔ Ready: gateway 2")), started::toString);

        interrupt();
        List<String> stopped = out.lines().filter(line -> line.startsWith("✔")).toList();

        assertTrue(main.waitFor(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS));
        List<String> order = List.of("gateway 1", "gateway 2", "worker 1", "(Redis|Valkey) .*", "(MariaDB|MySQL) .*");
        assertEquals(order.size(), stopped.size(), stopped::toString);
        for (int i = 0; i < order.size(); i++) {
            assertTrue(stopped.get(i).matches("✔ Stopped " + order.get(i) + " .*"), stopped::toString);
        }
        assertNothingRuns();
    }

    @Test
    void cleansUpWhenInterruptedDuringTheStart() throws IOException, InterruptedException {
        start();
        BufferedReader out = main.inputReader(StandardCharsets.UTF_8);
        readUntil(out, line -> line.startsWith("✔"));

        interrupt();
        List<String> rest = out.lines().toList();

        assertTrue(main.waitFor(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS));
        assertFalse(rest.stream().anyMatch(line -> line.startsWith("✘")), rest::toString);
        assertNothingRuns();
    }

    private void start() throws IOException {
        // As a terminal starts a command: in a group of its own, and with SIGINT heard, which build servers often
        // switch off.
        main = new ProcessBuilder(
                        "setsid",
                        "env",
                        "--default-signal=INT",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        StandInMain.class.getName(),
                        dir.resolve("stack").toString())
                .redirectErrorStream(true)
                .start();
    }

    private void interrupt() throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("sh", "-c", "kill -INT -" + main.pid())
                        .start()
                        .waitFor());
    }

    private static List<String> readUntil(BufferedReader out, Predicate<String> last) throws IOException {
        List<String> lines = new ArrayList<>();
        String line = out.readLine();
        while (line != null) {
            lines.add(line);
            if (last.test(line)) {
                return lines;
            }
            line = out.readLine();
        }
        throw new AssertionError("ended early:\n" + String.join("\n", lines));
    }

    private void assertNothingRuns() {
        List<String> left;
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            left = all.map(process -> process.info().commandLine().orElse(""))
                    .filter(command -> command.contains(dir.toString()))
                    .toList();
        }
        assertEquals(List.of(), left);
    }
}
