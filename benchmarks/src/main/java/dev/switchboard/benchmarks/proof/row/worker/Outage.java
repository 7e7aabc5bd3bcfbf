package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.row.BacklogWatch;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.servers.Await;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * A time in which MySQL takes nothing, as F18 and F28 saw it. Immutable. Instants are nanoseconds of the ledger.
 *
 * @param from when sends begin to count
 * @param gone when MySQL began to take nothing
 * @param back when it took rows again
 * @param memoryBytes that Redis keeps since {@code gone}, at {@code back}
 * @param drain of what waited then; {@link Timings#ENDLESS} if that took too long
 */
record Outage(long from, long gone, long back, long memoryBytes, Duration drain) {
    static final double PER_SECOND = 300;
    private static final int BODY_BYTES = 250;
    private static final Duration ACCEPT_P99_MAX = Duration.ofMillis(100);
    private static final double P99 = 0.99;
    /** As the operations page has it: log, tail and ids, for a message of 250 bytes that shares its entry with none. */
    private static final double BYTES_A_MESSAGE = 0.9 * 1024;

    private static final double FORMULA_MARGIN = 1.2;
    private static final double DRAIN_ROWS_MIN = 1_500;
    private static final Duration DRAIN_TIMEOUT = Duration.ofMinutes(5);
    private static final double MIB = 1 << 20;

    /** The load to which the formula for Redis' memory belongs. */
    static FleetPlan load(long seed, Duration lasts) {
        FleetPlan plan = FleetPlan.usual(seed, lasts);
        return plan.with(plan.talk().of(PER_SECOND, lasts).withBytes(BODY_BYTES, BODY_BYTES));
    }

    /** Waits until no more is in the log than comes in a second; how long that took. */
    static Duration drain(ProofSite site) {
        long began = System.nanoTime();
        boolean drained = Await.until(DRAIN_TIMEOUT, () -> BacklogWatch.entries(site) < PER_SECOND);
        return drained ? Duration.ofNanos(System.nanoTime() - began) : Timings.ENDLESS;
    }

    /** What Redis keeps: the formula is not about what it is about to write to a client or to its file. */
    static long keptBytes(RedisShell redis) {
        String info = redis.text("INFO", "memory");
        return field(info, "used_memory") - field(info, "mem_clients_normal") - field(info, "mem_aof_buffer");
    }

    private static long field(String info, String name) {
        return info.lines()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(
                        line -> Long.parseLong(line.substring(name.length() + 1).strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("Redis tells no " + name));
    }

    /** Adds what F18 demands to the evidence of a trial that has ended. */
    Evidence judge(Evidence evidence, Trial trial) throws SQLException {
        boolean drained = !drain.equals(Timings.ENDLESS);
        long waited = accepted(trial);
        double rate = waited / Math.max(0.001, drain.toMillis() / 1000.0);
        double allowed = waited * BYTES_A_MESSAGE * FORMULA_MARGIN;
        int letters = trial.rows().deadLetters().size() + trial.rows().unreadable();
        return sends(evidence, "sends meanwhile", trial.timings(), from, back)
                .check(
                        "Redis' memory",
                        "%.1f MiB at most for %d messages".formatted(allowed / MIB, waited),
                        "%.1f MiB".formatted(memoryBytes / MIB),
                        memoryBytes <= allowed)
                .check(
                        "drain",
                        "%.0f rows a second or more".formatted(DRAIN_ROWS_MIN),
                        drained ? "%.0f in %s".formatted(rate, Numbers.seconds(drain)) : "not done",
                        drained && rate >= DRAIN_ROWS_MIN)
                .check("dead letters", "none", Integer.toString(letters), letters == 0)
                .number("waiting at the end", Long.toString(waited))
                .number("drained at", "%.0f rows/s".formatted(rate));
    }

    /** What was said between two instants was accepted as if nothing were. */
    static Evidence sends(Evidence evidence, String what, Timings timings, long from, long to) {
        Optional<Duration> p99 = timings.acceptedWithin(P99, from, to);
        return evidence.check(
                what,
                "accepted with p99 up to " + Numbers.seconds(ACCEPT_P99_MAX),
                Numbers.seconds(p99),
                p99.isPresent() && p99.get().compareTo(ACCEPT_P99_MAX) <= 0);
    }

    private long accepted(Trial trial) {
        long[] count = {0};
        trial.ledger().forEach(event -> {
            if (event.kind() == Event.Kind.ACCEPTED && event.nanos() >= gone && event.nanos() <= back) {
                count[0]++;
            }
        });
        return count[0];
    }
}
