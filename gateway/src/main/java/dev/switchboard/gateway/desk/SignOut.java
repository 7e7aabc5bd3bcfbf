package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.room.SessionNotes;
import java.util.concurrent.CompletionStage;

/**
 * Ends one token and what it has opened, on all gateways. Any thread may call it. Other devices of the user, with tokens of their
 * own, go on.
 */
public final class SignOut {
    private final SessionNotes notes;
    private final RevokeAccess revoke;

    public SignOut(SessionNotes notes, RevokeAccess revoke) {
        this.notes = notes;
        this.revoke = revoke;
    }

    /** Fails if Redis can't be asked: then the token is good still, and connections on other gateways may live on. */
    public CompletionStage<Void> run(Identity identity) {
        CompletionStage<Void> recorded = revoke.run(identity);
        // For speed alone: whoever does not hear the note closes by the record, some seconds later.
        notes.signOut(identity).exceptionally(unheard -> null);
        return recorded;
    }
}
