package dev.switchboard.webbuild;

/** The build can't go on; the message says why and what to do. */
final class WebBuildFailedException extends RuntimeException {
    WebBuildFailedException(String message) {
        super(message);
    }
}
