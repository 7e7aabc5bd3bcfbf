package dev.switchboard.benchmarks.proof.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** Processor time of the threads of one process, from {@code /proc}. One thread. */
public final class CpuMeter {
    /** What Linux counts in, on every processor it runs on today. */
    private static final long TICKS_PER_SECOND = 100;

    /** Of the fields behind the name: those two that add up to the time a thread has run. */
    private static final int USER_FIELD = 11;

    private static final int SYSTEM_FIELD = 12;

    private final Path threads;
    private final String prefix;
    private Map<String, Long> before;
    private long since;

    private CpuMeter(long pid, String prefix) {
        this.threads = Path.of("/proc/" + pid + "/task");
        this.prefix = prefix;
        this.before = ticks();
        this.since = System.nanoTime();
    }

    /** Of all its threads. */
    public static CpuMeter ofProcess(long pid) {
        return new CpuMeter(pid, "");
    }

    /** Of the threads whose names begin so. */
    public static CpuMeter ofThreads(long pid, String prefix) {
        return new CpuMeter(pid, prefix);
    }

    /** Since the call before, of all those threads together: 1 is one processor. */
    public double share() {
        return shares().values().stream().mapToDouble(share -> share).sum();
    }

    /** The same of each thread, by number and name; threads that have come since count from their start. */
    public Map<String, Double> shares() {
        Map<String, Long> now = ticks();
        long clock = System.nanoTime();
        double ticks = (double) (clock - since) / Duration.ofSeconds(1).toNanos() * TICKS_PER_SECOND;
        Map<String, Double> shares = new HashMap<>();
        now.forEach((thread, count) -> shares.put(thread, (count - before.getOrDefault(thread, 0L)) / ticks));
        before = now;
        since = clock;
        return shares;
    }

    private Map<String, Long> ticks() {
        Map<String, Long> all = new HashMap<>();
        try (Stream<Path> ids = Files.list(threads)) {
            for (Path id : ids.toList()) {
                add(id, all);
            }
            return all;
        } catch (IOException e) {
            throw new IllegalStateException(threads + " is gone", e);
        }
    }

    private void add(Path id, Map<String, Long> all) throws IOException {
        String line;
        try {
            line = Files.readString(id.resolve("stat"));
        } catch (NoSuchFileException e) {
            // It has ended meanwhile.
            return;
        }
        // The name stands in parentheses and may hold some itself.
        int end = line.lastIndexOf(')');
        String name = line.substring(line.indexOf('(') + 1, end);
        String[] fields = line.substring(end + 2).split(" ", -1);
        if (name.startsWith(prefix)) {
            long ticks = Long.parseLong(fields[USER_FIELD]) + Long.parseLong(fields[SYSTEM_FIELD]);
            all.put(id.getFileName() + " " + name, ticks);
        }
    }
}
