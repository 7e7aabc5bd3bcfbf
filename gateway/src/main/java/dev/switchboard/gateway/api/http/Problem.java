package dev.switchboard.gateway.api.http;

/** Why a request is not answered as asked. Names are codes on the wire, so they never change. */
public enum Problem {
    BAD_REQUEST(400, "Bad request"),
    UNAUTHENTICATED(401, "Not authenticated"),
    FORBIDDEN(403, "Forbidden"),
    /** A request that another site's page may have caused. */
    CSRF(403, "Forbidden for other sites"),
    NOT_FOUND(404, "Not found"),
    METHOD(405, "Method not allowed"),
    TOO_LARGE(413, "Too large"),
    UNSUPPORTED_MEDIA(415, "Unsupported media type"),
    RATE_LIMITED(429, "Too many requests"),
    INTERNAL(500, "Internal error"),
    UNAVAILABLE(503, "Unavailable");

    private final int status;
    private final String title;

    Problem(int status, String title) {
        this.status = status;
        this.title = title;
    }

    public int status() {
        return status;
    }

    String title() {
        return title;
    }
}
