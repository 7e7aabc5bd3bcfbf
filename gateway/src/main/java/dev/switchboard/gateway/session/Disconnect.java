package dev.switchboard.gateway.session;

import java.util.Locale;

/**
 * Every reason for which a WebSocket is closed. What a client does next follows from the code: the README of {@code proto} has
 * the table, and a test compares.
 */
public enum Disconnect {
    /** The client asked for it, or its end of the connection is gone. */
    NORMAL(1000, "bye", Grade.RECONNECT),
    /** Frames that break RFC 6455. */
    PROTOCOL_ERROR(1002, "protocol error", Grade.TERMINAL),
    /** Text on the binary subprotocol, binary on the JSON one. */
    WRONG_FRAME_TYPE(1003, "wrong frame type for this subprotocol", Grade.TERMINAL),
    /** A payload that is not what its type says. */
    INVALID_PAYLOAD(1007, "invalid payload", Grade.TERMINAL),
    /** Floods of control frames or fragments, or again and again requests that make no sense. */
    POLICY(1008, "policy violation", Grade.TERMINAL),
    TOO_BIG(1009, "message too big", Grade.DROP),
    INTERNAL_ERROR(1011, "internal error", Grade.RECONNECT),
    /** This gateway is going away; another takes over. */
    GOING_AWAY(1012, "service restart", Grade.RECONNECT),
    /** Redis can't be asked right now, about conversations or about what was revoked. */
    TRY_AGAIN_LATER(1013, "try again later", Grade.RECONNECT),
    TOKEN_EXPIRED(4001, "token expired", Grade.RENEW),
    /** A token that was revoked, or a renewed one that belongs to somebody else. */
    NOT_ALLOWED(4003, "not allowed", Grade.TERMINAL),
    /** It did not answer heartbeats. */
    SILENT(4007, "no answer to heartbeats", Grade.RECONNECT),
    /** It did not read. Nothing is lost: it resumes. */
    SLOW_CONSUMER(4008, "slow consumer", Grade.RECONNECT),
    /** The same user opened more connections than allowed; the oldest goes. */
    REPLACED(4009, "too many connections of this user", Grade.TERMINAL),
    TOO_FAST(4029, "rate limit ignored", Grade.PAUSE);

    private final int code;
    private final String reason;
    private final Grade grade;

    Disconnect(int code, String reason, Grade grade) {
        this.code = code;
        this.reason = reason;
        this.grade = grade;
    }

    /**
     * What a client does about it. None asks for history to be loaded anew: whether that is needed, the answer to a resume tells.
     */
    public enum Grade {
        /** Reconnects with back-off, and resumes. */
        RECONNECT,
        /** The same, but a minute later. */
        PAUSE,
        /** Reconnects without the message that caused it. */
        DROP,
        /** Gets a new token, then reconnects and resumes. */
        RENEW,
        /** Does not come back by itself. */
        TERMINAL
    }

    public int code() {
        return code;
    }

    /** Goes over the wire, in English, without details. */
    public String reason() {
        return reason;
    }

    public Grade grade() {
        return grade;
    }

    /** For logs and metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
