package dev.switchboard.gateway.api.http;

/** Who may call a route. What a caller may see behind it, the endpoint decides. */
public enum Access {
    /** Anybody; credentials are not looked at. */
    OPEN,
    /** Whoever has a good token. */
    AUTHENTICATED,
    /** Administrators. */
    ADMIN
}
