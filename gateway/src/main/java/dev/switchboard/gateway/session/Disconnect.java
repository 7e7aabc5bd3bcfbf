package dev.switchboard.gateway.session;

import java.util.Locale;

/**
 * Every reason for which a WebSocket is closed. What a client does next follows from the code; the README of
 * {@code proto} tells.
 */
public enum Disconnect {
    /** The client asked for it, or its end of the connection is gone. */
    NORMAL(1000, "bye"),
    /** Frames that break RFC 6455. */
    PROTOCOL_ERROR(1002, "protocol error"),
    /** Text on the binary subprotocol, binary on the JSON one. */
    WRONG_FRAME_TYPE(1003, "wrong frame type for this subprotocol"),
    /** A payload that is not what its type says. */
    INVALID_PAYLOAD(1007, "invalid payload"),
    /** Floods of control frames or fragments, or again and again requests that make no sense. */
    POLICY(1008, "policy violation"),
    TOO_BIG(1009, "message too big"),
    INTERNAL_ERROR(1011, "internal error"),
    /** This gateway is going away; another takes over. */
    GOING_AWAY(1012, "service restart"),
    /** Redis can't be asked right now. */
    TRY_AGAIN_LATER(1013, "try again later"),
    TOKEN_EXPIRED(4001, "token expired"),
    /** A renewed token that is refused or belongs to somebody else. */
    NOT_ALLOWED(4003, "not allowed"),
    /** It did not answer heartbeats. */
    SILENT(4007, "no answer to heartbeats"),
    /** It did not read. Nothing is lost: it resumes. */
    SLOW_CONSUMER(4008, "slow consumer"),
    /** The same user opened more connections than allowed; the oldest goes. */
    REPLACED(4009, "too many connections of this user"),
    TOO_FAST(4029, "rate limit ignored");

    private final int code;
    private final String reason;

    Disconnect(int code, String reason) {
        this.code = code;
        this.reason = reason;
    }

    public int code() {
        return code;
    }

    /** Goes over the wire, in English, without details. */
    public String reason() {
        return reason;
    }

    /** For logs and metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
