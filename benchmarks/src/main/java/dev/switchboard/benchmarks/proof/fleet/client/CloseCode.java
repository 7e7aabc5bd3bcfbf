package dev.switchboard.benchmarks.proof.fleet.client;

import dev.switchboard.benchmarks.proof.ledger.Event;

/** Close codes that a client treats in a way of their own. Constants. */
final class CloseCode {
    /** Not on the wire: the device left by itself. */
    static final int OWN = Event.CLOSED_ITSELF;

    static final int NORMAL = 1000;
    static final int ABNORMAL = 1006;
    static final int TOO_FAST = 4029;

    private static final int PROTOCOL_ERROR = 1002;
    private static final int WRONG_FRAME_TYPE = 1003;
    private static final int INVALID_PAYLOAD = 1007;
    private static final int POLICY = 1008;
    private static final int TOO_BIG = 1009;
    private static final int NOT_ALLOWED = 4003;
    private static final int REPLACED = 4009;

    private CloseCode() {}

    /** A client that hears this does not come back by itself. */
    static boolean isTerminal(int code) {
        return switch (code) {
            case PROTOCOL_ERROR, WRONG_FRAME_TYPE, INVALID_PAYLOAD, POLICY, TOO_BIG, NOT_ALLOWED, REPLACED -> true;
            default -> false;
        };
    }
}
