package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.TokenVerifier;
import dev.switchboard.gateway.auth.Verification;

/** Takes a newer token for an open connection. Any thread may call it. A connection never changes hands or rights. */
public final class RenewIdentity {
    private final TokenVerifier verifier;

    public RenewIdentity(TokenVerifier verifier) {
        this.verifier = verifier;
    }

    /** What came of it. */
    public sealed interface Result {
        record Renewed(Identity identity) implements Result {}

        /** The token is not good. The connection lives on until its old one expires. */
        record Rejected(Verification.Reason reason) implements Result {}

        /** The token is somebody else's, or the role is another: the connection must end. */
        record NotTheSame() implements Result {}
    }

    public Result run(Participant who, String token) {
        Verification verification = verifier.verify(token);
        if (verification instanceof Verification.Rejected rejected) {
            return new Result.Rejected(rejected.reason());
        }
        Identity identity = ((Verification.Accepted) verification).identity();
        boolean same = identity.user().equals(who.user()) && identity.isAdmin() == who.isAdmin();
        return same ? new Result.Renewed(identity) : new Result.NotTheSame();
    }
}
