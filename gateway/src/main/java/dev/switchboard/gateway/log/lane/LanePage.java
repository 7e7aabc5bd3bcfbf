package dev.switchboard.gateway.log.lane;

import dev.switchboard.gateway.log.ReadState;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import java.util.ArrayList;
import java.util.List;

/**
 * One lane of a conversation as Redis holds it, with the newest messages before some position.
 *
 * @param owner whose conversation it is
 * @param status number of its status
 * @param head the newest position
 * @param stored everything up to here is in MySQL
 * @param tailFrom seq of the oldest message in the tail; 0 if the tail is empty
 * @param mixed MySQL may have messages between those of the tail, because two orders were settled after a fail-over: what is stored of
 *     the epochs before that is to be read there, and is not among the messages
 * @param messages in order; those before the position that are not here stand in the tail before the first of these, or in MySQL
 */
public record LanePage(
        String owner,
        int status,
        Position head,
        Position stored,
        ReadState reads,
        int tailFrom,
        boolean mixed,
        List<RoutedFrame> messages) {
    /** This page with newer ones behind it, which were read before it: nothing is vouched for but what was there then. */
    public LanePage before(LanePage newer) {
        List<RoutedFrame> all = new ArrayList<>(messages);
        all.addAll(newer.messages);
        return new LanePage(owner, status, newer.head, stored, reads, tailFrom, mixed, List.copyOf(all));
    }

    /** Of a conversation of somebody else: whose it is, and nothing more. */
    static LanePage foreign(String owner) {
        return new LanePage(owner, 0, Position.START, Position.START, ReadState.NONE, 0, false, List.of());
    }
}
