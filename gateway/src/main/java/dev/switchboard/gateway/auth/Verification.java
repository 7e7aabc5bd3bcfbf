package dev.switchboard.gateway.auth;

/** What came of verifying a token. */
public sealed interface Verification {
    /** The token is good. */
    record Accepted(Identity identity) implements Verification {}

    /** It is not. The reason is for meters and for us; outside there is only {@link Refusal#TOKEN_INVALID}. */
    record Rejected(Reason reason) implements Verification {}

    /** Why a token was rejected. A closed set, fit to be the label of a meter. */
    enum Reason {
        TOO_LARGE,
        MALFORMED,
        ALGORITHM,
        HEADER,
        UNKNOWN_KEY,
        SIGNATURE,
        EXPIRED,
        NOT_YET,
        CLAIMS,
        ISSUER,
        AUDIENCE,
        USER
    }
}
