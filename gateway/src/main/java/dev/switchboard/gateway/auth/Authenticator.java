package dev.switchboard.gateway.auth;

import dev.switchboard.gateway.auth.Credentials.Headers;
import dev.switchboard.gateway.auth.Credentials.Presented;
import dev.switchboard.gateway.auth.Credentials.Source;
import dev.switchboard.gateway.auth.Verification.Reason;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** Decides from a request's headers who sends it. Any thread, event loops too: it never waits. */
public final class Authenticator {
    private final Origins origins;
    private final String cookieName;
    private final TokenVerifier verifier;
    private final ForgedTokens forged;
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
    public Authenticator(AuthConfig config, TokenVerifier verifier, ForgedTokens forged, Consumer<Reason> rejected) {
        this.forged = forged;
        this.origins = config.origins();
        this.cookieName = config.cookieName();
        this.verifier = verifier;
        this.rejected = rejected;
    }

    /** For how long whoever comes from this address is to be refused unheard; zero for not at all. */
    public Duration refusedFor(String address) {
        return forged.refusedFor(address);
    }

    /**
     * For a WebSocket handshake and for requests that change something. With a cookie the Origin must be there and allowed;
     * with a token that was put there on purpose it may be absent, but a wrong one is refused too.
     *
     * @param address forged tokens are counted under; empty where it is not known
     */
    public Outcome authenticateWithOrigin(Headers headers, String address) {
        Credentials credentials = Credentials.find(headers, cookieName);
        boolean needed = credentials instanceof Presented presented && presented.source() == Source.COOKIE;
        return mayCome(headers.origin(), needed) ? verified(credentials, address) : new Outcome.Refused(Refusal.ORIGIN);
    }

    /** For requests that only read, which a browser sends to its own origin without naming it. */
    public Outcome authenticate(Headers headers, String address) {
        return verified(Credentials.find(headers, cookieName), address);
    }

    private boolean mayCome(List<String> origin, boolean needed) {
        return origin.isEmpty() ? !needed : origin.size() == 1 && origins.check(origin.get(0));
    }

    private Outcome verified(Credentials credentials, String address) {
        if (credentials instanceof Credentials.Lacking lacking) {
            return new Outcome.Refused(lacking.refusal());
        }
        Presented presented = (Presented) credentials;
        Verification verification = verifier.verify(presented.token());
        if (verification instanceof Verification.Rejected rejection) {
            rejected.accept(rejection.reason());
            if (rejection.reason().isForgery()) {
                forged.failed(address);
            }
            return new Outcome.Refused(Refusal.of(rejection.reason()));
        }
        return new Outcome.Known(((Verification.Accepted) verification).identity(), presented.source());
    }
}
