package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A ledger, gone through once: what became of each message, what each device shows, what history said. What the database has
 * and no device named is numbered behind what the ledger has. One thread.
 */
final class Replay {
    private final List<Device> devices;
    private final List<LaneKey> lanes;
    private final List<MessageKey> messages;
    private final Map<MessageKey, Integer> numbers = new HashMap<>();
    private final List<Fate> fates = new ArrayList<>();
    private final List<Map<Integer, View>> views = new ArrayList<>();
    private final List<Set<Integer>> followed = new ArrayList<>();
    private final Map<Integer, View> history = new HashMap<>();
    private final SendOrder sendOrder = new SendOrder();
    private final Set<Integer> left = new HashSet<>();
    private final List<Event> altered = new ArrayList<>();
    private final List<Event> elsewhere = new ArrayList<>();

    Replay(Ledger ledger, DatabaseLedger database) {
        // In this order: what is written meanwhile only adds to the lists.
        int size = ledger.size();
        devices = ledger.devices();
        Set<LaneKey> allLanes = new LinkedHashSet<>(ledger.lanes());
        Set<MessageKey> allMessages = new LinkedHashSet<>(ledger.messages());
        database.rows().forEach(row -> {
            allLanes.add(row.lane());
            allMessages.add(row.message());
        });
        lanes = List.copyOf(allLanes);
        messages = List.copyOf(allMessages);
        messages.forEach(message -> {
            numbers.put(message, numbers.size());
            fates.add(new Fate());
        });
        devices.forEach(device -> {
            views.add(new HashMap<>());
            followed.add(new HashSet<>());
        });
        int[] seen = {0};
        ledger.forEach(event -> {
            if (seen[0]++ < size) {
                add(event);
            }
        });
    }

    private void add(Event event) {
        sendOrder.add(event);
        switch (event.kind()) {
            case SHOWN -> view(event).show(event.message(), event.position());
            case RESYNC -> view(event).forget();
            case LOADED -> view(event).loadedFrom(event.position());
            case FOLLOW -> followed.get(event.device()).add(event.lane());
            case LEFT -> left.add(event.device());
            case ASKED_HISTORY -> history.put(event.lane(), new View());
            case HISTORY ->
                Objects.requireNonNull(history.get(event.lane()), "history that nobody asked for")
                        .show(event.message(), event.position());
            case ALTERED -> altered.add(event);
            case DOUBLE -> elsewhere.add(event);
            default -> {
                if (event.message() >= 0) {
                    fates.get(event.message()).add(event);
                }
            }
        }
    }

    private View view(Event event) {
        return views.get(event.device()).computeIfAbsent(event.lane(), lane -> new View());
    }

    List<Device> devices() {
        return devices;
    }

    LaneKey lane(int lane) {
        return lanes.get(lane);
    }

    MessageKey message(int message) {
        return messages.get(message);
    }

    /** Of a message that somebody named, or the database has. */
    int numberOf(MessageKey message) {
        return numbers.getOrDefault(message, Ledger.NONE);
    }

    List<Fate> fates() {
        return fates;
    }

    /** What a device shows, by lane. */
    Map<Integer, View> views(int device) {
        return views.get(device);
    }

    boolean names(int device, int lane) {
        return followed.get(device).contains(lane);
    }

    boolean left(int device) {
        return left.contains(device);
    }

    /** By lane; those lanes alone that history was asked for. */
    Map<Integer, View> history() {
        return history;
    }

    List<SendOrder.Overtaken> overtaken() {
        return sendOrder.overtaken();
    }

    List<Event> altered() {
        return altered;
    }

    /** Places at which a message was seen that is shown at another one. */
    List<Event> elsewhere() {
        return elsewhere;
    }

    int laneCount() {
        return lanes.size();
    }

    /** For findings. */
    String place(int lane, Position position) {
        return "%s at (%s, %s)"
                .formatted(
                        lanes.get(lane),
                        Integer.toUnsignedString(position.epoch()),
                        Integer.toUnsignedString(position.seq()));
    }
}
