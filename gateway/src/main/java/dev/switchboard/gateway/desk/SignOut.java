package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.room.SessionNotes;
import java.util.concurrent.CompletionStage;

/**
 * Ends what one token has opened, on all gateways. Any thread may call it. Other devices of the user, with tokens of their own,
 * go on.
 */
public final class SignOut {
    private final SessionNotes notes;

    public SignOut(SessionNotes notes) {
        this.notes = notes;
    }

    /** Fails if other gateways can't be told: then connections there may live on. */
    public CompletionStage<Void> run(Identity identity) {
        return notes.signOut(identity);
    }
}
