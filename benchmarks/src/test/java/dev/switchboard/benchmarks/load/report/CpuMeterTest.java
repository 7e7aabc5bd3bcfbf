package dev.switchboard.benchmarks.load.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuMeterTest {
    /** Beyond what the kernel gives out, so that nobody has it. */
    private static final long PID = 99_999_999;

    @TempDir
    Path proc;

    @Test
    void addsUserAndSystemTimeOfProcessAndEndedChildren() throws IOException {
        CpuMeter meter = new CpuMeter(Map.of("server", List.of(PID)), proc);
        write(1, 2, 3, 4, 50);
        CpuMeter.Reading before = meter.read();
        write(11, 22, 33, 44, 250);

        CpuMeter.Reading used = meter.read().minus(before);

        assertEquals(1_000_000, used.of("server"));
        assertEquals(1_000_000, used.total());
        assertEquals(2_000_000, used.machineMicros());
        assertEquals(0, used.of("another"));
    }

    private void write(int user, int system, int childUser, int childSystem, int machine) throws IOException {
        Files.createDirectories(proc.resolve(Long.toString(PID)));
        Files.writeString(
                proc.resolve(Long.toString(PID)).resolve("stat"),
                "%d (a (strange) name) S 1 2 3 4 5 6 7 8 9 10 %d %d %d %d 20 0 1 0\n"
                        .formatted(PID, user, system, childUser, childSystem));
        Files.writeString(proc.resolve("stat"), "cpu  %d 0 0 7000 800 0 0 0 0 0\ncpu0 1 2 3\n".formatted(machine));
    }
}
