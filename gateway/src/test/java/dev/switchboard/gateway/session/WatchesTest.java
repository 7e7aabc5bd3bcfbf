package dev.switchboard.gateway.session;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.wire.ConversationId;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class WatchesTest {
    private final Watches watches = new Watches();
    private final ConversationId conversation = ConversationId.openedBy("ana", UUID.randomUUID());

    @Test
    void aLateRefusalLeavesANewerRequestAlone() {
        long first = watches.follow(conversation).orElseThrow();
        watches.unfollow(conversation);
        long second = watches.follow(conversation).orElseThrow();
        watches.refused(conversation, first);
        assertTrue(watches.follows(conversation));
        watches.refused(conversation, second);
        assertFalse(watches.follows(conversation));
    }

    @Test
    void aRefusalTakesNothingAwayThatWasGranted() {
        watches.follow(conversation);
        watches.granted(conversation);
        watches.refused(conversation, watches.follow(conversation).orElseThrow());
        assertTrue(watches.follows(conversation));
    }

    @Test
    void followingAllGrantsNothingElse() {
        watches.followAll();
        watches.refused(conversation, watches.follow(conversation).orElseThrow());
        watches.followAllNoMore();
        assertFalse(watches.follows(conversation));
    }
}
