package dev.switchboard.gateway.history;

import dev.switchboard.gateway.log.ReadState;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.util.List;
import java.util.Optional;

/**
 * A conversation as lists show it. Immutable.
 *
 * @param activity when something was said last that the reader may know of, in milliseconds
 * @param head the newest position of the PUBLIC lane
 * @param last the newest message of the PUBLIC lane, where a source had it
 */
public record ConversationSummary(
        ConversationId id,
        String owner,
        int statusNumber,
        long activity,
        Position head,
        Position stored,
        ReadState reads,
        Optional<HistoryMessage> last) {
    private static final List<String> STATUSES = List.of("OPEN", "IN_PROGRESS", "ON_HOLD", "RESOLVED", "CLOSED");

    public String status() {
        return STATUSES.get(Math.min(Math.max(0, statusNumber), STATUSES.size() - 1));
    }

    ConversationSummary with(Optional<HistoryMessage> found) {
        return last.isPresent()
                ? this
                : new ConversationSummary(id, owner, statusNumber, activity, head, stored, reads, found);
    }
}
