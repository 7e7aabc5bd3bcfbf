package dev.switchboard.gateway.session;

import dev.switchboard.wire.ConversationId;
import java.util.HashSet;
import java.util.Set;

/** What one admin connection follows. Confined to its event loop. */
public final class Watches {
    private final Set<ConversationId> conversations = new HashSet<>();
    private boolean all;

    public boolean follows(ConversationId conversation) {
        return all || conversations.contains(conversation);
    }

    public void followAll() {
        all = true;
    }

    /** Ends {@link #followAll}; what is followed one by one stays. */
    public void followAllNoMore() {
        all = false;
    }

    /** False at the bound. */
    public boolean follow(ConversationId conversation) {
        return conversations.contains(conversation)
                || (conversations.size() < SessionLimits.WATCHES_MAX && conversations.add(conversation));
    }

    public void unfollow(ConversationId conversation) {
        conversations.remove(conversation);
    }
}
