package dev.switchboard.benchmarks.load.client;

/**
 * One end of a conversation hears what its gateway says. Called on the connection's event loop. What an end does not override
 * must not come to it.
 */
public interface FrameListener {
    /** Bytes have come; what they say follows. */
    void heard(long nanos);

    void welcome();

    default void accepted(long idHigh, long idLow, int seq, boolean duplicate) {
        unexpected("Accepted");
    }

    /** The text stands in {@code bytes}, which are only good during the call. */
    default void message(long idHigh, long idLow, int seq, byte[] bytes, int textFrom, int textTo) {
        unexpected("Message");
    }

    default void refused(long idLow, int code, int retryAfterMillis) {
        unexpected("Refused with code " + code);
    }

    default void stored(int seq) {
        unexpected("Stored");
    }

    default void notice() {
        unexpected("Notice");
    }

    /** A frame that has no place here. */
    void unexpected(String frame);

    /** All that came at once has been told. */
    default void turnEnded() {}

    /** The connection is gone, and not by our wish. */
    void lost(String why);
}
