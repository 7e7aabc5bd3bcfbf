package dev.switchboard.gateway.log;

import dev.switchboard.wire.Position;
import java.util.List;

/**
 * One lane of a conversation as Redis holds it.
 *
 * @param owner whose conversation it is
 * @param head the newest position
 * @param stored everything up to here is in MySQL
 * @param records serialized Publications of one Envelope each, in order
 */
public record LaneState(String owner, Position head, Position stored, Outcome outcome, List<byte[]> records) {

    /** Whether the records are all that lacks. */
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
