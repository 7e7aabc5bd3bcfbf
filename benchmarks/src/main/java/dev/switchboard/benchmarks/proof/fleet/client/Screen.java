package dev.switchboard.benchmarks.proof.fleet.client;

import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one device shows, each message once. Confined to the event loop. */
final class Screen {
    private final Ledger ledger;
    private final int device;
    private final BitSet shown = new BitSet();
    private final Map<Integer, List<Integer>> byLane = new HashMap<>();

    Screen(Ledger ledger, int device) {
        this.ledger = ledger;
        this.device = device;
    }

    void show(int lane, int message, Position position, int how) {
        if (shown.get(message)) {
            ledger.record(Event.Kind.DOUBLE, device, message, lane, position, how);
            return;
        }
        shown.set(message);
        byLane.computeIfAbsent(lane, none -> new ArrayList<>()).add(message);
        ledger.record(Event.Kind.SHOWN, device, message, lane, position, how);
    }

    /** The lane is loaded anew. */
    void forget(int lane) {
        List<Integer> messages = byLane.remove(lane);
        if (messages != null) {
            messages.forEach(shown::clear);
        }
        ledger.record(Event.Kind.RESYNC, device, Ledger.NONE, lane, Position.START, 0);
    }
}
