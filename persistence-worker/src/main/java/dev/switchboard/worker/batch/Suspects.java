package dev.switchboard.worker.batch;

import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.PartitionLog;
import dev.switchboard.worker.store.Trouble;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Partitions whose owners die without getting anywhere: something in their logs may be what kills them. Their first entries are
 * stored one by one, until as many went through as one batch could have held. Confined to the worker's thread.
 */
final class Suspects {
    /** Owners that died since the cursor moved; so many in a row are no accident. */
    static final int DEATHS_MIN = 3;

    /** Owners that died at the same single step; then it is set aside. */
    static final int STEP_DEATHS_MAX = 3;

    /** Entries that one batch takes from a partition at most, and more: a killer is among the first. */
    private static final int STEPS = 128;

    private static final Logger LOGGER = LoggerFactory.getLogger(Suspects.class);

    private final Map<Partition, Suspect> suspects = new TreeMap<>();
    private int next;

    /** Takes note of a partition that this worker has just taken. */
    void taken(PartitionLog log, Trouble trouble) {
        suspects.remove(log.partition());
        if (trouble.deaths() >= DEATHS_MIN || trouble.step() != null) {
            suspects.put(log.partition(), new Suspect(log, trouble.step()));
            LOGGER.warn(
                    "partition suspected partition={} deaths={}: its entries are stored one by one",
                    log.partition().number(),
                    trouble.deaths());
        }
    }

    /** Another worker owns it by now. */
    void forget(Partition partition) {
        suspects.remove(partition);
    }

    /** The same partition under another fence. */
    void raised(PartitionLog log) {
        suspects.computeIfPresent(log.partition(), (partition, suspect) -> suspect.with(log));
    }

    /** Some of them can be read. */
    boolean areReady() {
        return suspects.values().stream().anyMatch(suspect -> suspect.log.isReady());
    }

    /** Those of these partitions that are read as usual. */
    Collection<PartitionLog> trusted(Collection<PartitionLog> owned) {
        if (suspects.isEmpty()) {
            return owned;
        }
        List<PartitionLog> trusted = new ArrayList<>(owned);
        trusted.removeIf(log -> suspects.containsKey(log.partition()));
        return trusted;
    }

    /**
     * Whose turn it is, of those that can be read; there must be one. Those at which an owner died come last: if this worker is to die of something else, then
     * at another step, so that no step is blamed for it again and again.
     */
    Suspect next() {
        List<Suspect> all = new ArrayList<>(suspects.values());
        all.removeIf(suspect -> !suspect.log.isReady());
        if (all.stream().anyMatch(suspect -> suspect.fatal == null)) {
            all.removeIf(suspect -> suspect.fatal != null);
        }
        return all.get(next++ % all.size());
    }

    /** One entry went through, or there is none; enough of them make the partition one like others. */
    void stepped(Suspect suspect, boolean logEmpty) {
        suspect.stepsLeft--;
        if (logEmpty || suspect.stepsLeft <= 0) {
            suspects.remove(suspect.log.partition());
            suspect.log.rewind(suspect.log.epoch());
            LOGGER.info(
                    "partition trusted again partition={}",
                    suspect.log.partition().number());
        }
    }

    /** One of them. */
    static final class Suspect {
        private final PartitionLog log;
        private final Trouble.@Nullable Step fatal;
        private int stepsLeft = STEPS;

        private Suspect(PartitionLog log, Trouble.@Nullable Step fatal) {
            this.log = log;
            this.fatal = fatal;
        }

        PartitionLog log() {
            return log;
        }

        /** What the last owner was doing when it died; null if it was nothing in particular. */
        Trouble.@Nullable Step fatal() {
            return fatal;
        }

        private Suspect with(PartitionLog raised) {
            Suspect same = new Suspect(raised, fatal);
            same.stepsLeft = stepsLeft;
            return same;
        }
    }
}
