package dev.switchboard.gateway.auth;

import dev.switchboard.gateway.auth.Credentials.Headers;
import dev.switchboard.gateway.auth.Credentials.Presented;
import dev.switchboard.gateway.auth.Credentials.Source;
import dev.switchboard.gateway.auth.Verification.Reason;
import java.util.List;
import java.util.function.Consumer;

/** Decides from a request's headers who sends it. Any thread, event loops too: it never waits. */
public final class Authenticator {
    private final Origins origins;
    private final String cookieName;
    private final TokenVerifier verifier;
    private final Consumer<Reason> rejected;

    /** What came of it. */
    public sealed interface Outcome {
        /** Somebody, by the token that stood there. */
        record Known(Identity identity, Source source) implements Outcome {}

        record Refused(Refusal refusal) implements Outcome {}
    }

    /**
     * One for all doors.
     *
     * @param rejected counts why tokens are rejected; called on the caller's thread
     */
    public Authenticator(AuthConfig config, TokenVerifier verifier, Consumer<Reason> rejected) {
        this.origins = config.origins();
        this.cookieName = config.cookieName();
        this.verifier = verifier;
        this.rejected = rejected;
    }

    /**
     * For a WebSocket handshake and for requests that change something. With a cookie the Origin must be there and allowed;
     * with a token that was put there on purpose it may be absent, but a wrong one is refused too.
     */
    public Outcome authenticateWithOrigin(Headers headers) {
        Credentials credentials = Credentials.find(headers, cookieName);
        boolean needed = credentials instanceof Presented presented && presented.source() == Source.COOKIE;
        return mayCome(headers.origin(), needed) ? verified(credentials) : new Outcome.Refused(Refusal.ORIGIN);
    }

    /** For requests that only read, which a browser sends to its own origin without naming it. */
    public Outcome authenticate(Headers headers) {
        return verified(Credentials.find(headers, cookieName));
    }

    private boolean mayCome(List<String> origin, boolean needed) {
        return origin.isEmpty() ? !needed : origin.size() == 1 && origins.check(origin.get(0));
    }

    private Outcome verified(Credentials credentials) {
        if (credentials instanceof Credentials.Lacking lacking) {
            return new Outcome.Refused(lacking.refusal());
        }
        Presented presented = (Presented) credentials;
        Verification verification = verifier.verify(presented.token());
        if (verification instanceof Verification.Rejected rejection) {
            rejected.accept(rejection.reason());
            return new Outcome.Refused(Refusal.TOKEN_INVALID);
        }
        return new Outcome.Known(((Verification.Accepted) verification).identity(), presented.source());
    }
}
