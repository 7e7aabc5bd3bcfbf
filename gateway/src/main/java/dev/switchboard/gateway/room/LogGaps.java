package dev.switchboard.gateway.room;

import dev.switchboard.wire.LogStep;
import java.util.HashMap;
import java.util.Map;

/**
 * Notices that a publication was missed although the connection never broke: each publication in an admins' room names the log
 * entry before its own, and that must be the one known here. Confined to the subscribing event loop. Invariant: what it knows of
 * a room arrived in this subscription of it.
 *
 * <p>What is too large for one publication comes in two, the step in the second; the first alone may be lost unseen, until a beacon
 * tells.
 */
final class LogGaps {
    private final Map<String, String> lastEntries = new HashMap<>();

    /** A subscription begins: what was published before is nothing to it. */
    void subscribed(String room) {
        lastEntries.remove(room);
    }

    /** False: between this publication and the last one of the room another was missed. */
    boolean follows(String room, LogStep step) {
        String before = lastEntries.put(room, step.entry());
        return before == null || before.equals(step.previous());
    }
}
