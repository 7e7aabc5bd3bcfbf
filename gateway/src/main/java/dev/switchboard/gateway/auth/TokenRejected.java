package dev.switchboard.gateway.auth;

/** Ends the verification of a token. Without a stack trace: anyone may send bad tokens, so they must be cheap. */
final class TokenRejected extends Exception {
    private static final long serialVersionUID = 1;

    private final Verification.Reason reason;

    TokenRejected(Verification.Reason reason) {
        super(reason.name(), null, false, false);
        this.reason = reason;
    }

    Verification.Reason reason() {
        return reason;
    }
}
