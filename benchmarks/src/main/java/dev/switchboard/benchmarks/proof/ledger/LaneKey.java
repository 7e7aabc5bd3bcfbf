package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.proto.v1.Lane;
import java.util.UUID;

/** A lane of a conversation. Immutable. */
public record LaneKey(UUID conversation, Lane lane) {
    @Override
    public String toString() {
        return lane == Lane.STAFF ? conversation + " (STAFF)" : conversation.toString();
    }
}
