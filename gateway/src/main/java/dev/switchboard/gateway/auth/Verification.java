package dev.switchboard.gateway.auth;

/** What came of verifying a token. */
public sealed interface Verification {
    /** The token is good. */
    record Accepted(Identity identity) implements Verification {}

    /** It is not. The reason is for meters and for us; outside there is only {@link Refusal#of}. */
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
        USER,
        REVOKED,
        /** Nothing is wrong with it, but whether it was revoked can't be told now. */
        UNCONFIRMED;

        /**
         * Whether nobody of ours issued the token, as far as can be told: a count against whoever sent it. What was good once is
         * not, nor a key that may be new.
         */
        boolean isForgery() {
            return switch (this) {
                case UNKNOWN_KEY, EXPIRED, NOT_YET, REVOKED, UNCONFIRMED -> false;
                default -> true;
            };
        }
    }
}
