package dev.switchboard.worker.batch;

import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.Preparation;
import dev.switchboard.worker.log.Preparation.Outcome;
import dev.switchboard.worker.log.Preparation.Owned;
import dev.switchboard.worker.log.RedisLog;
import dev.switchboard.worker.log.RememberedConversation;
import dev.switchboard.worker.store.MessageStore;
import dev.switchboard.worker.store.OpenConversationTable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes over the open conversations of partitions whose epoch rose, or that are empty, a page at a time, and brings Redis up to what
 * MySQL holds. Nothing of such a partition is stored before it is through: until then the rows say what the epochs before had.
 * Outlives connections. Confined to the worker's thread.
 */
final class Comparison {
    private static final Logger LOGGER = LoggerFactory.getLogger(Comparison.class);

    /** Names the passes of this worker: one that died and came back must not go on with those of before. */
    private final String pass;

    /** Those the pass under way is about. */
    private final Set<Partition> compared = new TreeSet<>();
    /** Those that came later, for the next pass. */
    private final Set<Partition> waiting = new TreeSet<>();
    /** Rows of conversations that collide, to be settled at the end. No more than there are conversations. */
    private final Map<Partition, List<Long>> collisions = new TreeMap<>();

    private long before = Long.MAX_VALUE;
    private final Map<Outcome, Integer> tally = new HashMap<>();
    private long begunNanos;

    Comparison(RandomGenerator random) {
        byte[] name = new byte[8];
        random.nextBytes(name);
        pass = HexFormat.of().formatHex(name);
    }

    /** Whether there is something to compare. */
    boolean isUnderWay() {
        return !compared.isEmpty() || !waiting.isEmpty();
    }

    /** Asks where partitions are, and notes what has to be compared. */
    Map<Partition, Preparation.Answer> survey(RedisLog log, List<Owned> partitions) {
        forgetAllBut(partitions.stream().map(Owned::partition).toList());
        Map<Partition, Preparation.Answer> found = new Preparation(log, pass).prepare(partitions, false);
        note(found);
        return found;
    }

    private void note(Map<Partition, Preparation.Answer> found) {
        found.forEach((partition, answer) -> {
            switch (answer.stage()) {
                case READY, FENCED -> forget(partition);
                case GOING -> {
                    if (!compared.contains(partition)) {
                        waiting.add(partition);
                    }
                }
                case BEGUN -> {
                    forget(partition);
                    waiting.add(partition);
                }
            }
        });
    }

    void forget(Partition partition) {
        compared.remove(partition);
        waiting.remove(partition);
        collisions.remove(partition);
    }

    /**
     * One page.
     *
     * @param owned with their fences, among others those it is about
     * @return what became ready with it
     */
    Map<Partition, Preparation.Answer> step(RedisLog log, MessageStore store, Collection<Owned> owned)
            throws SQLException {
        if (compared.isEmpty()) {
            compared.addAll(waiting);
            waiting.clear();
            before = Long.MAX_VALUE;
            tally.clear();
            begunNanos = System.nanoTime();
        }
        Preparation redis = new Preparation(log, pass);
        Map<Partition, Owned> about = new TreeMap<>();
        owned.stream()
                .filter(one -> compared.contains(one.partition()))
                .forEach(one -> about.put(one.partition(), one));
        compared.retainAll(about.keySet());
        if (compared.isEmpty()) {
            return Map.of();
        }
        OpenConversationTable.Page page = store.openConversations().page(compared, before);
        restore(redis, about, page.conversations());
        before = page.next();
        return before == 0 ? finish(redis, store, about) : Map.of();
    }

    private void restore(Preparation redis, Map<Partition, Owned> about, List<RememberedConversation> conversations) {
        Map<Owned, List<RememberedConversation>> sorted = new HashMap<>();
        for (RememberedConversation one : conversations) {
            Owned owned = about.get(one.id().partition());
            if (owned != null) {
                sorted.computeIfAbsent(owned, any -> new ArrayList<>()).add(one);
            }
        }
        Map<Partition, List<Outcome>> outcomes = redis.restore(sorted);
        sorted.forEach((owned, its) -> {
            List<Outcome> answers = outcomes.getOrDefault(owned.partition(), List.of());
            if (answers.isEmpty()) {
                // The next survey says why.
                forget(owned.partition());
            }
            for (int i = 0; i < answers.size(); i++) {
                tally.merge(answers.get(i), 1, Integer::sum);
                if (answers.get(i) == Outcome.COLLIDES) {
                    collisions
                            .computeIfAbsent(owned.partition(), any -> new ArrayList<>())
                            .add(its.get(i).row());
                }
            }
        });
    }

    private Map<Partition, Preparation.Answer> finish(
            Preparation redis, MessageStore store, Map<Partition, Owned> about) throws SQLException {
        for (Owned owned : about.values()) {
            settle(redis, store, owned, collisions.getOrDefault(owned.partition(), List.of()));
        }
        Map<Partition, Preparation.Answer> ready = redis.prepare(
                about.values().stream()
                        .filter(one -> compared.contains(one.partition()))
                        .toList(),
                true);
        LOGGER.info(
                "open conversations compared partitions={} created={} put_back={} kept={} renumbered={} millis={}",
                ready.keySet().stream().map(Partition::number).toList(),
                tally.getOrDefault(Outcome.CREATED, 0),
                tally.getOrDefault(Outcome.PUT_BACK, 0),
                tally.getOrDefault(Outcome.KEPT, 0),
                tally.getOrDefault(Outcome.COLLIDES, 0),
                (System.nanoTime() - begunNanos) / 1_000_000);
        compared.clear();
        collisions.clear();
        note(ready);
        return ready;
    }

    private void settle(Preparation redis, MessageStore store, Owned owned, List<Long> rows) throws SQLException {
        for (int from = 0; from < rows.size(); from += OpenConversationTable.PAGE_ROWS_MAX) {
            List<Long> some = rows.subList(from, Math.min(rows.size(), from + OpenConversationTable.PAGE_ROWS_MAX));
            List<RememberedConversation> found = store.openConversations().find(some);
            if (!found.isEmpty() && !redis.settle(owned, found)) {
                forget(owned.partition());
                return;
            }
        }
    }

    private void forgetAllBut(Collection<Partition> partitions) {
        compared.retainAll(partitions);
        waiting.retainAll(partitions);
        collisions.keySet().retainAll(partitions);
    }
}
