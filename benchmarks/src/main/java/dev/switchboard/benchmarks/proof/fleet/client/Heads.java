package dev.switchboard.benchmarks.proof.fleet.client;

import dev.switchboard.wire.Position;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;

/** Where lanes stand by the answers to all clients of a fleet, and whose conversation is which. Confined to the event loop. */
public final class Heads {
    private final Map<Integer, Position> byLane = new HashMap<>();
    private final Map<String, UUID> conversations = new HashMap<>();
    private final BiConsumer<String, UUID> opened;

    /** @param opened hears of an owner's conversation, once for each */
    public Heads(BiConsumer<String, UUID> opened) {
        this.opened = opened;
    }

    void accepted(int lane, Position position) {
        byLane.merge(lane, position, (a, b) -> a.compareTo(b) >= 0 ? a : b);
    }

    void conversation(String owner, UUID conversation) {
        if (conversations.put(owner, conversation) == null) {
            opened.accept(owner, conversation);
        }
    }

    public Map<String, UUID> conversations() {
        return conversations;
    }

    /** By the number of the lane. */
    Map<Integer, Position> byLane() {
        return byLane;
    }
}
