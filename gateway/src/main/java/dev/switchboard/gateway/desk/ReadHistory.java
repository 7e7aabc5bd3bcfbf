package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.history.ConversationHistory;
import dev.switchboard.gateway.history.ConversationList;
import dev.switchboard.gateway.history.HistoryPage;
import dev.switchboard.gateway.history.UserMessages;
import dev.switchboard.gateway.log.lane.Activity;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Reads what was said, as far as the reader may: an owner the PUBLIC lane of their own conversations, staff everything. One for
 * each event loop, confined to it.
 */
public final class ReadHistory {
    /** Conversations in one page. */
    public static final int PAGE_CONVERSATIONS_MAX = 100;

    private final ConversationHistory history;
    private final ConversationList list;
    private final UserMessages users;
    private final Page bounds;

    /**
     * Bounds of one page.
     *
     * @param bytesMax with more bytes of text it is shorter
     */
    public record Page(int messagesMax, long bytesMax) {}

    public ReadHistory(ConversationHistory history, ConversationList list, UserMessages users, Page bounds) {
        this.bounds = bounds;
        this.history = history;
        this.list = list;
        this.users = users;
    }

    /** Messages in one page. */
    public int pageMessagesMax() {
        return bounds.messagesMax();
    }

    /**
     * A page of a lane; empty if there is nothing of the kind for this reader, whether or not it exists.
     *
     * @param before exclusive; the start reads from the newest back
     */
    public CompletionStage<Optional<HistoryPage>> page(
            Identity who, ConversationId conversation, Lane lane, Position before, int max) {
        if (!who.isAdmin() && lane != Lane.PUBLIC) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return history.page(new ConversationHistory.Asked(
                conversation, lane, before, max, bounds.bytesMax(), who.isAdmin() ? null : who.user()));
    }

    /** A page of the reader's conversations, or of all of them for staff. */
    public CompletionStage<ConversationList.Page> conversations(Identity who, @Nullable Activity before, int max) {
        return list.page(new ConversationList.Asked(who.isAdmin() ? null : who.user(), before, max));
    }

    /** What somebody wrote or got. For staff, and for themself: as an owner, who sees only conversations of their own. */
    public CompletionStage<UserMessages.Answer> messagesOf(
            Identity who, String user, UserMessages.@Nullable At before) {
        if (!who.isAdmin() && !who.user().equals(user)) {
            throw new IllegalArgumentException("only staff read what others wrote");
        }
        return users.messages(user, who.isAdmin(), before);
    }

    /** Who has conversations with staff. For staff: the route sees to that. */
    public CompletionStage<UserMessages.Users> users(@Nullable Activity before) {
        return users.users(before);
    }
}
