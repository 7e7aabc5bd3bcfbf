package dev.switchboard.gateway.history;

import dev.switchboard.wire.Position;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Some messages of one lane, and what the answer vouches for. Immutable.
 *
 * @param messages in order
 * @param older the position before which there are more; empty if there are none
 * @param head the newest position of the lane, as far as is known
 * @param stored everything up to here is in MySQL
 * @param from the first position vouched for: between it and {@code to} nothing lacks
 * @param complete false: something within the range may lack, or a source is missing
 * @param missing sources that could not be asked and would have been needed
 */
public record HistoryPage(
        List<HistoryMessage> messages,
        Optional<Position> older,
        Position head,
        Position stored,
        Position from,
        Position to,
        boolean complete,
        Set<Source> missing) {
    public HistoryPage {
        messages = List.copyOf(messages);
        missing = Set.copyOf(missing);
    }
}
