package dev.switchboard.gateway.log;

import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import java.util.List;

/**
 * One lane of a conversation, and what a reader lacks of it. Immutable.
 *
 * @param owner whose conversation it is
 * @param head the newest position; its epoch is the one in force, also where nothing was said in it
 * @param stored everything up to here is in MySQL
 * @param reads read marks; none in the STAFF lane
 * @param messages what the reader lacks, in order
 * @param tailFrom where the outcome is STORED, the seq from which on Redis has what lacks; else 0
 * @param absent the newest positions of the lane at which no message stands
 */
public record LaneState(
        String owner,
        Position head,
        Position stored,
        Outcome outcome,
        ReadState reads,
        List<RoutedFrame> messages,
        int tailFrom,
        List<AbsentPositions.One> absent) {

    /** Whether the messages are all that lacks. */
    public enum Outcome {
        COMPLETE,
        /** There are more; ask again from the last one. */
        MORE,
        /** The position is unknown. */
        RESYNC,
        /** What comes next has left Redis; there are no messages. */
        STORED,
        /** The same, and MySQL can't be asked now. */
        LATER;

        static Outcome of(String answer) {
            return switch (answer) {
                case "complete" -> COMPLETE;
                case "more" -> MORE;
                case "stored" -> STORED;
                default -> RESYNC;
            };
        }
    }

    /** The lane alone, with another answer to what the reader lacks. */
    public LaneState with(Outcome other, List<RoutedFrame> lacking) {
        return new LaneState(owner, head, stored, other, reads, List.copyOf(lacking), 0, absent);
    }
}
