package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether first tries of one connection in one lane were accepted in the order sent. A message that was tried again, or that
 * another device's try got in, stands wherever that was accepted. One thread.
 */
final class SendOrder {
    private final Map<Key, Try> firstTries = new HashMap<>();
    private final List<Try> inOrder = new ArrayList<>();
    private final Map<Integer, Integer> connections = new HashMap<>();

    private record Key(int device, int message) {}

    private record Street(int device, int connection, int lane) {}

    /** Two messages of which the later one stands first. */
    record Overtaken(int earlier, int later, int lane, Position position) {}

    private static final class Try {
        private final int device;
        private final int connection;
        private final int message;
        private boolean again;
        private int lane = Ledger.NONE;
        private Position position = Position.START;

        Try(int device, int connection, int message) {
            this.device = device;
            this.connection = connection;
            this.message = message;
        }
    }

    void add(Event event) {
        Key key = new Key(event.device(), event.message());
        @Nullable Try known = firstTries.get(key);
        switch (event.kind()) {
            case WELCOME -> connections.merge(event.device(), 1, Integer::sum);
            case SEND -> {
                if (known == null) {
                    known = new Try(event.device(), connections.getOrDefault(event.device(), 0), event.message());
                    firstTries.put(key, known);
                    inOrder.add(known);
                } else {
                    known.again = true;
                }
            }
            case ACCEPTED -> {
                boolean byFirstTry = known != null && !known.again && event.detail() == 0;
                if (byFirstTry && known != null) {
                    known.lane = event.lane();
                    known.position = event.position();
                }
            }
            default -> {}
        }
    }

    List<Overtaken> overtaken() {
        Map<Street, Try> last = new HashMap<>();
        List<Overtaken> found = new ArrayList<>();
        for (Try one : inOrder) {
            if (one.lane == Ledger.NONE) {
                continue;
            }
            Try before = last.put(new Street(one.device, one.connection, one.lane), one);
            if (before != null && before.position.compareTo(one.position) >= 0) {
                found.add(new Overtaken(before.message, one.message, one.lane, before.position));
            }
        }
        return found;
    }
}
