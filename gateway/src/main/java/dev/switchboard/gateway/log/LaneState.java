package dev.switchboard.gateway.log;

import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import java.util.List;

/**
 * One lane of a conversation as Redis holds it.
 *
 * @param owner whose conversation it is
 * @param head the newest position
 * @param stored everything up to here is in MySQL
 * @param reads read marks; none in the STAFF lane
 * @param messages what the reader lacks, in order
 */
public record LaneState(
        String owner, Position head, Position stored, Outcome outcome, ReadState reads, List<RoutedFrame> messages) {

    /** Whether the messages are all that lacks. */
    public enum Outcome {
        COMPLETE,
        /** There are more; ask again from the last one. */
        MORE,
        /** The position is unknown, or older than what Redis keeps. */
        RESYNC;

        static Outcome of(String answer) {
            return switch (answer) {
                case "complete" -> COMPLETE;
                case "more" -> MORE;
                default -> RESYNC;
            };
        }
    }
}
