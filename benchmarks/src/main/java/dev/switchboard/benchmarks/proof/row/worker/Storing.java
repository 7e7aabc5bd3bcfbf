package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.benchmarks.proof.ledger.MessageKey;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** When messages were accepted and when their senders heard that they are stored, as nanoseconds of the ledger. One thread. */
final class Storing {
    private final List<MessageKey> messages;
    private final Map<Integer, Long> accepted = new HashMap<>();
    private final Map<Integer, Long> stored = new HashMap<>();

    private Storing(Ledger ledger) {
        this.messages = ledger.messages();
        ledger.forEach(event -> {
            if (event.kind() == Event.Kind.ACCEPTED) {
                accepted.putIfAbsent(event.message(), event.nanos());
            } else if (event.kind() == Event.Kind.STORED) {
                stored.putIfAbsent(event.message(), event.nanos());
            }
        });
    }

    static Storing of(Ledger ledger) {
        return new Storing(ledger);
    }

    /** When the message of that id was accepted; throws if it was not. */
    long accepted(UUID id) {
        return accepted.entrySet().stream()
                .filter(entry -> messages.get(entry.getKey()).clientMsgId().equals(id))
                .mapToLong(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("never accepted: " + id));
    }

    /** Of what was accepted between two instants: the longest time until it was stored. */
    Duration slowest(long from, long to) {
        return Duration.ofNanos(accepted.entrySet().stream()
                .filter(entry -> entry.getValue() >= from && entry.getValue() <= to)
                .mapToLong(entry -> stored.containsKey(entry.getKey())
                        ? stored.getOrDefault(entry.getKey(), 0L) - entry.getValue()
                        : Timings.ENDLESS.toNanos())
                .max()
                .orElse(Timings.ENDLESS.toNanos()));
    }

    /** How long after an instant the last of what was accepted between two others was stored; nothing if all of it was before. */
    Duration storedAfter(long instant, long from, long to) {
        return Duration.ofNanos(accepted.entrySet().stream()
                .filter(entry -> entry.getValue() >= from && entry.getValue() <= to)
                .mapToLong(entry -> stored.containsKey(entry.getKey())
                        ? Math.max(0, stored.getOrDefault(entry.getKey(), 0L) - instant)
                        : Timings.ENDLESS.toNanos())
                .max()
                .orElse(Timings.ENDLESS.toNanos()));
    }
}
