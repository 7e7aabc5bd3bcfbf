package dev.switchboard.gateway.log.lane;

import dev.switchboard.wire.ConversationId;
import java.util.Arrays;

/**
 * When something was said in a conversation last. In the order of lists: newest first, and at the same millisecond by the id, as
 * Redis' sorted sets and MySQL's index have it. Immutable.
 *
 * @param time in milliseconds
 */
public record Activity(long time, ConversationId conversation) implements Comparable<Activity> {
    @Override
    public int compareTo(Activity other) {
        int byTime = Long.compare(other.time, time);
        return byTime != 0 ? byTime : Arrays.compareUnsigned(other.conversation.bytes(), conversation.bytes());
    }
}
