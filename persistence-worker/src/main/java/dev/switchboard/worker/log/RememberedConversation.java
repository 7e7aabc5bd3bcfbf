package dev.switchboard.worker.log;

import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;

/**
 * A conversation as MySQL holds it, with all that Redis holds of it, too. Immutable.
 *
 * @param row its row number
 * @param publicHead up to where the PUBLIC lane is stored, and so on for what follows
 * @param lastMillis time of the last message of the PUBLIC lane, 0 for none
 * @param activeMillis time of the last message of either lane
 */
public record RememberedConversation(
        long row,
        ConversationId id,
        String owner,
        Status status,
        Position publicHead,
        Position staffHead,
        Position ownerRead,
        Position staffRead,
        int lastOwnerSeq,
        int lastAdminSeq,
        long lastMillis,
        long activeMillis) {
    /**
     * Its status.
     *
     * @param setAt the position that set it; the start if it is still that of the opening
     */
    public record Status(int number, Position setAt) {}
}
