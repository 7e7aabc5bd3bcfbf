package dev.switchboard.benchmarks.proof.row.soak;

import dev.switchboard.benchmarks.proof.site.Service;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Heaps of processes after collections, over time. One thread. A process that was started anew is another one: it begins at its own
 * start.
 */
final class Growth {
    private static final double NANOS_A_MINUTE = Duration.ofMinutes(1).toNanos();
    private static final double MIB = 1 << 20;

    private final Map<Life, List<Sample>> lives = new LinkedHashMap<>();

    /** One process. */
    private record Life(String name, long pid) {}

    private record Sample(long nanos, long bytes) {}

    /** Collects the garbage of all that run, and takes note of what is left. */
    void sample(List<Service> services) {
        for (Service service : services) {
            if (service.isAlive()) {
                add(
                        service.name(),
                        service.pid(),
                        System.nanoTime(),
                        service.vitals().heapBytes());
            }
        }
    }

    void add(String name, long pid, long nanos, long heapBytes) {
        lives.computeIfAbsent(new Life(name, pid), life -> new ArrayList<>()).add(new Sample(nanos, heapBytes));
    }

    /** How many samples there are of that process. */
    int samples(String name, long pid) {
        return of(name, pid).size();
    }

    /**
     * MiB a minute of that process: the middle one of the slopes between any two samples, so that what one fault
     * leaves for a minute does not count. Empty if there are fewer than two.
     */
    OptionalDouble slope(String name, long pid) {
        List<Sample> samples = of(name, pid);
        double[] slopes = new double[samples.size() * (samples.size() - 1) / 2];
        int next = 0;
        for (int i = 0; i < samples.size(); i++) {
            for (int j = i + 1; j < samples.size(); j++) {
                double minutes = (samples.get(j).nanos - samples.get(i).nanos) / NANOS_A_MINUTE;
                slopes[next++] = (samples.get(j).bytes - samples.get(i).bytes) / MIB / minutes;
            }
        }
        Arrays.sort(slopes);
        if (slopes.length == 0) {
            return OptionalDouble.empty();
        }
        int middle = slopes.length / 2;
        return OptionalDouble.of(slopes.length % 2 == 1 ? slopes[middle] : (slopes[middle - 1] + slopes[middle]) / 2);
    }

    private List<Sample> of(String name, long pid) {
        return lives.getOrDefault(new Life(name, pid), List.of());
    }
}
