package dev.switchboard.benchmarks.proof.ledger;

import java.util.UUID;

/** What makes a message one message: who sent it and the id they gave it. Immutable. */
public record MessageKey(UUID clientMsgId, String sender) {
    @Override
    public String toString() {
        return sender + "/" + clientMsgId;
    }
}
