package dev.switchboard.benchmarks.proof.report;

import java.time.Instant;
import java.util.List;

/**
 * What makes a report repeatable. Immutable.
 *
 * @param mode {@code short}, {@code usual} or {@code long}
 * @param machine processors, memory, system
 * @param versions of Java, Redis, the database and the libraries that matter
 */
public record ReportHead(
        String commit,
        String mainCodeTree,
        String mode,
        long seed,
        Instant startedAt,
        String command,
        String machine,
        List<String> versions) {}
