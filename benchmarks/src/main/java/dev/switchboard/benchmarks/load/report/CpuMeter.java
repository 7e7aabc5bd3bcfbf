package dev.switchboard.benchmarks.load.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * CPU time of processes as the operating system counts it, user and system together, and of the whole machine. In clock ticks of
 * ten milliseconds, so windows should be some seconds long. One thread.
 */
public final class CpuMeter {
    /** Ticks of {@code /proc} in a second: the same on all processors this runs on. */
    private static final int TICKS_PER_SECOND = 100;

    private static final double TICK_MICROS = 1_000_000.0 / TICKS_PER_SECOND;
    /** In {@code /proc/PID/stat}, counted after the name in parentheses: time of the process and of its children that ended. */
    private static final int FIRST_TIME_FIELD = 11;

    private static final int TIME_FIELDS = 4;
    /** In {@code /proc/stat}: user, nice, system, then idle and iowait, then irq, softirq, steal. */
    private static final int[] BUSY_FIELDS = {1, 2, 3, 6, 7};

    private final Map<String, List<Long>> processes;
    private final Path proc;

    /** Processes by the name they have in the report. */
    public CpuMeter(Map<String, List<Long>> processes) {
        this(processes, Path.of("/proc"));
    }

    CpuMeter(Map<String, List<Long>> processes, Path proc) {
        this.processes = new LinkedHashMap<>(processes);
        this.proc = proc;
    }

    /** Microseconds so far: of each name, and of everything on this machine. */
    public record Reading(long nanos, Map<String, Double> micros, double machineMicros) {
        public Reading {
            // Keeps the order of the report, which Map.copyOf would not.
            micros = new LinkedHashMap<>(micros);
        }

        /** What was used since then. */
        public Reading minus(Reading earlier) {
            Map<String, Double> used = new LinkedHashMap<>();
            micros.forEach((name, now) -> used.put(name, now - earlier.micros.getOrDefault(name, 0.0)));
            return new Reading(nanos - earlier.nanos, used, machineMicros - earlier.machineMicros);
        }

        public double of(String name) {
            return micros.getOrDefault(name, 0.0);
        }

        /** Of all named processes. */
        public double total() {
            return micros.values().stream().mapToDouble(Double::doubleValue).sum();
        }
    }

    public Reading read() {
        Map<String, Double> micros = new LinkedHashMap<>();
        processes.forEach((name, pids) ->
                micros.put(name, pids.stream().mapToLong(this::ticks).sum() * TICK_MICROS));
        return new Reading(System.nanoTime(), micros, machineTicks() * TICK_MICROS);
    }

    /** Of the process, its ended children and its living ones, such as the one in which Redis rewrites its log. */
    private long ticks(long pid) {
        long own = ownTicks(pid);
        try (Stream<ProcessHandle> children = ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants)) {
            // The generator's own children are the processes it measures.
            return pid == ProcessHandle.current().pid()
                    ? own
                    : own + children.mapToLong(child -> ownTicks(child.pid())).sum();
        }
    }

    private long ownTicks(long pid) {
        try {
            String stat = Files.readString(proc.resolve(Long.toString(pid)).resolve("stat"));
            // The name may hold spaces and parentheses itself.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long ticks = 0;
            for (int i = 0; i < TIME_FIELDS; i++) {
                ticks += Long.parseLong(fields[FIRST_TIME_FIELD + i]);
            }
            return ticks;
        } catch (IOException e) {
            // It has ended since it was listed.
            return 0;
        }
    }

    private long machineTicks() {
        try (Stream<String> lines = Files.lines(proc.resolve("stat"))) {
            String[] fields = lines.findFirst().orElse("").split(" +", -1);
            long ticks = 0;
            for (int field : BUSY_FIELDS) {
                ticks += Long.parseLong(fields[field]);
            }
            return ticks;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
