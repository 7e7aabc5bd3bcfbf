package dev.switchboard.benchmarks.proof.row.soak;

import dev.switchboard.benchmarks.proof.site.Metrics;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.Vitals;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What processes and Redis take while nobody is connected. Immutable.
 *
 * @param processes by service
 * @param redisBytes Redis' own count
 */
record Rest(long nanos, Map<Service, Taken> processes, long redisBytes) {
    /** What the JVM says of buffers outside of the heap, and what Netty says of its pool, which the JVM may not know. */
    private static final List<String> DIRECT =
            List.of("jvm_buffer_memory_used_bytes", "netty_allocator_memory_used_bytes");

    /** Of one process, after a collection. */
    record Taken(long pid, long heapBytes, long directBytes, int files) {}

    static Rest now(ProofSite site, List<Service> services) {
        Map<Service, Taken> processes = new LinkedHashMap<>();
        for (Service service : services) {
            Vitals vitals = service.vitals();
            processes.put(service, new Taken(service.pid(), vitals.heapBytes(), direct(service), vitals.files()));
        }
        try (RedisShell redis = RedisShell.open(site)) {
            return new Rest(System.nanoTime(), processes, Long.parseLong(redis.info("memory", "used_memory")));
        }
    }

    private static long direct(Service service) {
        Metrics metrics = service.metrics();
        return (long)
                DIRECT.stream().mapToDouble(name -> metrics.sum(name).orElse(0)).sum();
    }
}
