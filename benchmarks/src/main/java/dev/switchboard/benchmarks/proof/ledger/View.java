package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What one device shows of one lane, in the order in which it came to show it. One thread. */
final class View {
    private final List<Shown> shown = new ArrayList<>();
    private final Set<Integer> messages = new HashSet<>();
    private final List<Shown> twice = new ArrayList<>();
    private Position floor = Position.START;

    /** One message at its place. */
    record Shown(int message, Position position) {}

    void show(int message, Position position) {
        Shown one = new Shown(message, position);
        if (messages.add(message)) {
            shown.add(one);
        } else {
            twice.add(one);
        }
    }

    /** It forgot everything, and begins anew. What it had shown twice stays a fault. */
    void forget() {
        shown.clear();
        messages.clear();
        floor = Position.START;
    }

    /** History vouches for nothing before this position, and was not asked for it. */
    void loadedFrom(Position position) {
        floor = position;
    }

    List<Shown> shown() {
        return shown;
    }

    List<Shown> twice() {
        return twice;
    }

    /** The first position it has to show. */
    Position floor() {
        return floor;
    }
}
