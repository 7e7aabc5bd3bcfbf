package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.List;

/** What became of one message by the words of those who sent it. One thread. */
final class Fate {
    private final List<Place> places = new ArrayList<>(1);
    private int refusedForSure;
    private int unknown;
    private boolean saidStored;
    private boolean sent;

    /** Where a try was accepted. */
    record Place(int lane, Position position, boolean duplicate) {}

    void add(Event event) {
        switch (event.kind()) {
            case SEND -> sent = true;
            case ACCEPTED -> places.add(new Place(event.lane(), event.position(), event.detail() == 1));
            case REFUSED -> {
                if (event.refusedForSure()) {
                    refusedForSure++;
                } else {
                    unknown++;
                }
            }
            case UNKNOWN -> unknown++;
            case STORED -> saidStored = true;
            default -> {}
        }
    }

    boolean sent() {
        return sent;
    }

    boolean accepted() {
        return !places.isEmpty();
    }

    List<Place> places() {
        return places;
    }

    boolean saidStored() {
        return saidStored;
    }

    /** Every try was refused, and none can be in the log. */
    boolean certainlyRefused() {
        return refusedForSure > 0 && unknown == 0 && places.isEmpty();
    }
}
