package dev.switchboard.benchmarks.load.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * How long the disk takes to make a few kilobytes durable. Nothing is accepted sooner, so latencies of two machines compare only
 * beside this. One thread.
 */
public final class DiskProbe {
    private static final int WRITES = 300;
    private static final int BYTES = 4 * 1024;
    private static final int DIGITS = 2;
    private static final double NANOS_PER_MILLI = 1e6;

    private DiskProbe() {}

    /** Measures in that directory; a second or less on most disks. */
    public static String measure(Path dir) throws IOException {
        Histogram nanos = new Histogram(DIGITS);
        Files.createDirectories(dir);
        Path file = Files.createTempFile(dir, "probe", ".tmp");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocate(BYTES);
            for (int i = 0; i < WRITES; i++) {
                channel.write(bytes.clear());
                long start = System.nanoTime();
                channel.force(false);
                nanos.recordValue(System.nanoTime() - start);
            }
        } finally {
            Files.delete(file);
        }
        return String.format(
                Locale.ROOT,
                "fdatasync of 4 KiB: p50 %.2f ms, p99 %.2f ms",
                nanos.getValueAtPercentile(50) / NANOS_PER_MILLI,
                nanos.getValueAtPercentile(99) / NANOS_PER_MILLI);
    }
}
