package dev.switchboard.servers;

/** A server that didn't come up. Nothing of it is left running; the message says why, with the end of its log. */
public final class ServerStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ServerStartException(String message) {
        super(message);
    }

    public ServerStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
