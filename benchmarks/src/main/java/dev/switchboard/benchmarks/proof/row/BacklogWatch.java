package dev.switchboard.benchmarks.proof.row;

import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import java.time.Duration;

/** How much of the log is not stored yet, asked of Redis itself. Has no state. */
public final class BacklogWatch {
    private BacklogWatch() {}

    /** Entries of all partitions. */
    public static long entries(ProofSite site) {
        try (RedisShell redis = RedisShell.open(site)) {
            return Partition.all().stream()
                    .mapToLong(partition -> Long.parseLong(redis.text("XLEN", Keys.log(partition))))
                    .sum();
        }
    }

    /** Waits until nothing in the log is older than that: whoever owns a partition keeps up with it. */
    public static boolean awaitYounger(ProofSite site, Duration age, Duration timeout) {
        return Await.until(timeout, () -> oldest(site).compareTo(age) < 0);
    }

    private static Duration oldest(ProofSite site) {
        try (RedisShell redis = RedisShell.open(site)) {
            long now = Long.parseLong(redis.list("TIME").get(0)) * 1_000;
            long oldest = now;
            for (Partition partition : Partition.all()) {
                String first = redis.first("XRANGE", Keys.log(partition), "-", "+", "COUNT", "1");
                if (!first.isEmpty()) {
                    oldest = Math.min(oldest, Long.parseLong(first.substring(0, first.indexOf('-'))));
                }
            }
            return Duration.ofMillis(now - oldest);
        }
    }

    /** False if something is left after that time. */
    public static boolean awaitEmpty(ProofSite site, Duration timeout) {
        return Await.until(timeout, () -> entries(site) == 0);
    }
}
