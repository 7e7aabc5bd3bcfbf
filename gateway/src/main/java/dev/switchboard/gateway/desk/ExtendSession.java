package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.room.SessionNotes;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Lets an open connection live as long as a newer token of the same user and role. Any thread may call it. A browser can't send
 * its cookie over an open connection, so it comes here with it, and perhaps to another gateway.
 */
public final class ExtendSession {
    private final SessionNotes notes;

    public ExtendSession(SessionNotes notes) {
        this.notes = notes;
    }

    /**
     * Until when it lives now; empty if this person has no such connection. Fails if other gateways can't be asked.
     *
     * @param identity of the newer token
     */
    public CompletionStage<Optional<Instant>> run(Identity identity, long connection) {
        return notes.extend(connection, identity);
    }
}
