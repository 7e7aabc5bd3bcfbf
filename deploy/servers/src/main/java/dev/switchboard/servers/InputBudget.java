package dev.switchboard.servers;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * What one input of a stranger may cost, whatever it says: memory and processor time of the thread that reads it. For fuzz tests.
 * Without state; any thread.
 */
public final class InputBudget {
    /** Bytes allocated in all, garbage included. */
    public static final long BYTES_MAX = 1 << 20;

    /** Processor time, so that a busy machine makes no difference. */
    public static final Duration TIME_MAX = Duration.ofMillis(100);

    /** Whoever reads first pays for classes that are loaded and code that is compiled. What stays dear is the input's doing. */
    private static final int TRIES = 6;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private InputBudget() {}

    /** Reads an input, and again if it was dear; throws if it was so every time. What reading throws goes to the caller. */
    public static void spend(Runnable reading) {
        spend(BYTES_MAX, reading);
    }

    /** The same for inputs that may allocate more, or must get by with less. */
    public static void spend(long bytesMax, Runnable reading) {
        long bytesLeast = Long.MAX_VALUE;
        long nanosLeast = Long.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            long bytes = THREADS.getCurrentThreadAllocatedBytes();
            long nanos = THREADS.getCurrentThreadCpuTime();
            reading.run();
            nanosLeast = Math.min(nanosLeast, THREADS.getCurrentThreadCpuTime() - nanos);
            bytesLeast = Math.min(bytesLeast, THREADS.getCurrentThreadAllocatedBytes() - bytes);
            if (bytesLeast <= bytesMax && nanosLeast <= TIME_MAX.toNanos()) {
                return;
            }
        }
        throw new AssertionError("one input cost " + bytesLeast + " bytes of at most " + bytesMax + " and "
                + nanosLeast / 1_000 + " us of at most " + TIME_MAX.toMillis() + " ms");
    }
}
