package dev.switchboard.benchmarks.proof.fleet.client;

import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import java.util.HashMap;
import java.util.Map;

/** Tries of one device on its present connection, and how often it has tried what. Confined to the event loop. */
final class Tries {
    private final Ledger ledger;
    private final int device;
    private final Map<Integer, Integer> unanswered = new HashMap<>();
    private final Map<Integer, Integer> counts = new HashMap<>();

    Tries(Ledger ledger, int device) {
        this.ledger = ledger;
        this.device = device;
    }

    void sent(int message) {
        unanswered.merge(message, 1, Integer::sum);
        ledger.recordMessage(Event.Kind.SEND, device, message, counts.merge(message, 1, Integer::sum));
    }

    void answered(int message) {
        unanswered.computeIfPresent(message, (same, count) -> count == 1 ? null : count - 1);
    }

    boolean isEmpty() {
        return unanswered.isEmpty();
    }

    /** The connection ended: nobody will answer these. */
    void lost() {
        unanswered.forEach((message, count) -> {
            for (int i = 0; i < count; i++) {
                ledger.recordMessage(Event.Kind.UNKNOWN, device, message, 0);
            }
        });
        unanswered.clear();
    }
}
