package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.session.Watches;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Follows a conversation, or all, and stops. For admins only. One for each event loop, confined to it. The filter is set before
 * the head is read, so that no message falls between the two.
 */
public final class WatchConversation {
    private final ResumeLanes lanes;

    public WatchConversation(ResumeLanes lanes) {
        this.lanes = lanes;
    }

    /**
     * Follows one conversation. Answers with what both lanes lack since the positions; the head alone where a position is the
     * start.
     */
    public void follow(
            Participant who,
            Watches watches,
            ConversationId conversation,
            Position publicPosition,
            Position staffPosition,
            Consumer<ResumeLanes.Answer> answer) {
        if (!who.isAdmin()) {
            answer.accept(new ResumeLanes.Answer.Refused(RefusalCode.FORBIDDEN));
            return;
        }
        OptionalLong request = watches.follow(conversation);
        if (request.isEmpty()) {
            answer.accept(new ResumeLanes.Answer.Refused(RefusalCode.TOO_MANY));
            return;
        }
        Consumer<ResumeLanes.Answer> checked = result -> {
            if (result instanceof ResumeLanes.Answer.Refused) {
                watches.refused(conversation, request.getAsLong());
            } else {
                watches.granted(conversation);
            }
            answer.accept(result);
        };
        if (publicPosition.equals(Position.START) && staffPosition.equals(Position.START)) {
            lanes.heads(conversation, List.of(Lane.PUBLIC, Lane.STAFF)).whenComplete((heads, error) -> {
                if (error != null) {
                    checked.accept(new ResumeLanes.Answer.Refused(RefusalCode.UNAVAILABLE));
                } else if (heads.isEmpty()) {
                    checked.accept(new ResumeLanes.Answer.Refused(RefusalCode.FORBIDDEN));
                } else {
                    checked.accept(new ResumeLanes.Answer.Lanes(heads));
                }
            });
        } else {
            lanes.run(
                    who,
                    List.of(
                            new ResumeLanes.At(conversation, Lane.PUBLIC, publicPosition),
                            new ResumeLanes.At(conversation, Lane.STAFF, staffPosition)),
                    checked);
        }
    }

    /** Follows everything. False: not an admin. */
    public boolean followAll(Participant who, Watches watches) {
        if (who.isAdmin()) {
            watches.followAll();
        }
        return who.isAdmin();
    }

    /** Follows one conversation, or everything, no more; what was not followed makes no difference. False: not an admin. */
    public boolean unfollow(
            Participant who, Watches watches, Optional<ConversationId> conversation, boolean everything) {
        if (who.isAdmin()) {
            if (everything) {
                watches.followAllNoMore();
            }
            conversation.ifPresent(watches::unfollow);
        }
        return who.isAdmin();
    }
}
