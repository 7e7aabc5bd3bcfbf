package dev.switchboard.gateway.session;

import java.util.Locale;

/**
 * Every reason for which a WebSocket is closed. What a client does next follows from the code: reconnect and resume, reload, or
 * stay away until something changes.
 */
public enum Disconnect {
    /** The client asked for it, or its end of the connection is gone. */
    NORMAL(1000, "bye", Next.STOP),
    /** Frames that break RFC 6455. */
    PROTOCOL_ERROR(1002, "protocol error", Next.STOP),
    /** Text on the binary subprotocol, binary on the JSON one. */
    WRONG_FRAME_TYPE(1003, "wrong frame type for this subprotocol", Next.STOP),
    /** A payload that is not what its type says. */
    INVALID_PAYLOAD(1007, "invalid payload", Next.STOP),
    /** Floods of control frames or fragments, or again and again requests that make no sense. */
    POLICY(1008, "policy violation", Next.STOP),
    TOO_BIG(1009, "message too big", Next.STOP),
    INTERNAL_ERROR(1011, "internal error", Next.RECONNECT),
    /** This gateway is going away; another takes over. */
    GOING_AWAY(1012, "service restart", Next.RECONNECT),
    /** Redis can't be asked right now. */
    TRY_AGAIN_LATER(1013, "try again later", Next.RECONNECT),
    TOKEN_EXPIRED(4001, "token expired", Next.STOP),
    /** A renewed token that is refused or belongs to somebody else. */
    NOT_ALLOWED(4003, "not allowed", Next.STOP),
    /** It did not answer heartbeats. */
    SILENT(4007, "no answer to heartbeats", Next.RECONNECT),
    /** It did not read. Nothing is lost: it resumes. */
    SLOW_CONSUMER(4008, "slow consumer", Next.RECONNECT),
    /** The same user opened more connections than allowed; the oldest goes. */
    REPLACED(4009, "too many connections of this user", Next.STOP),
    TOO_FAST(4029, "rate limit ignored", Next.STOP);

    /** What a client should do. */
    public enum Next {
        RECONNECT,
        STOP
    }

    private final int code;
    private final String reason;
    private final Next next;

    Disconnect(int code, String reason, Next next) {
        this.code = code;
        this.reason = reason;
        this.next = next;
    }

    public int code() {
        return code;
    }

    /** Goes over the wire, in English, without details. */
    public String reason() {
        return reason;
    }

    public Next next() {
        return next;
    }

    /** For logs and metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
