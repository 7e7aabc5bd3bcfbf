package dev.switchboard.gateway.session;

import dev.switchboard.wire.ConversationId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What one admin connection follows. Confined to its event loop. A request to follow counts from the moment it is made; if it is
 * refused later, {@link #refused} takes back that request and no newer one.
 */
public final class Watches {
    private final Map<ConversationId, Following> conversations = new HashMap<>();
    private boolean all;
    private long requests;

    /** The latest request to follow, and whether one of them was granted. */
    private record Following(long request, boolean granted) {}

    public boolean follows(ConversationId conversation) {
        return all || conversations.containsKey(conversation);
    }

    public boolean followsAll() {
        return all;
    }

    /** Those followed one by one. */
    public List<ConversationId> conversations() {
        return List.copyOf(conversations.keySet());
    }

    public void followAll() {
        all = true;
    }

    /** Ends {@link #followAll}; what is followed one by one stays. */
    public void followAllNoMore() {
        all = false;
    }

    /** The number of this request; empty at the bound. */
    public OptionalLong follow(ConversationId conversation) {
        Following before = conversations.get(conversation);
        if (before == null && conversations.size() >= SessionLimits.WATCHES_MAX) {
            return OptionalLong.empty();
        }
        conversations.put(conversation, new Following(++requests, before != null && before.granted()));
        return OptionalLong.of(requests);
    }

    /** The conversation may be followed; nothing happens if it is not any more. */
    public void granted(ConversationId conversation) {
        conversations.computeIfPresent(conversation, (same, following) -> new Following(following.request(), true));
    }

    /** A request failed: it follows nothing, unless an older one was granted or a newer one came. */
    public void refused(ConversationId conversation, long request) {
        Following following = conversations.get(conversation);
        if (following != null && following.request() == request && !following.granted()) {
            conversations.remove(conversation);
        }
    }

    public void unfollow(ConversationId conversation) {
        conversations.remove(conversation);
    }
}
