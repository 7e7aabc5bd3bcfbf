package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.wire.ConversationId;
import java.util.Optional;

/**
 * Who does something, seen from a use case.
 *
 * @param connection the connection that gets the answer and therefore no copy; 0 for none
 * @param ownConversation the participant's open conversation as far as is known; saves a second try, decides nothing
 */
public record Participant(Identity identity, long connection, Optional<ConversationId> ownConversation) {
    String user() {
        return identity.user();
    }

    boolean isAdmin() {
        return identity.isAdmin();
    }
}
