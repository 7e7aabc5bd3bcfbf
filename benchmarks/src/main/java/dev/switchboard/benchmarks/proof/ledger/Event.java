package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.wire.Position;

/**
 * One thing that happened to one device. Immutable.
 *
 * @param nanos since the ledger began
 * @param device its number in the ledger
 * @param message its number in the ledger; -1 where it is about none
 * @param lane its number in the ledger; -1 where it is about none
 * @param position where it happened; the start where it is about none
 * @param detail what the kind says it is
 */
public record Event(long nanos, Kind kind, int device, int message, int lane, Position position, int detail) {
    /** What happened. */
    public enum Kind {
        /** Asked for a connection. Detail: which gateway. */
        CONNECT,
        /** Was welcomed. Detail: which gateway. */
        WELCOME,
        /** A connection ended. Detail: its code, 1006 without one, or {@link Event#CLOSED_ITSELF}. */
        CLOSE,
        /** The person at the device said it; from here on the device owes it. */
        SAID,
        /** The device's outbox was full, and it took no more. */
        NOT_TAKEN,
        /** Wrote a message to a connection. Detail: 1 for its first try. */
        SEND,
        /** A try was accepted at that position. Detail: 1 for a duplicate. */
        ACCEPTED,
        /** A try was refused. Detail: the code. */
        REFUSED,
        /** A try got no answer: the connection ended, or 10 s passed. */
        UNKNOWN,
        /** Heard that an own message is stored. */
        STORED,
        /** Refused for good: the device does not send it again. */
        GAVE_UP,
        /** Too many wait for STORED: the device does not keep this one any longer. */
        AT_RISK,
        /** Showed a message at that position. Detail: {@link Event#OWN} and so on. */
        SHOWN,
        /** Got a message that it shows already, at another position. */
        DOUBLE,
        /** Got a message with another text than it was said with. */
        ALTERED,
        /** Has to load a lane anew, and forgot what it showed of it. */
        RESYNC,
        /** Loaded a lane from history, from that position on. */
        LOADED,
        /** Follows a lane from here on. */
        FOLLOW,
        /** Left for good, and is not owed anything from here on. */
        LEFT,
        /** The judge asked for the history of a lane; what it says of it from here on is the answer. */
        ASKED_HISTORY,
        /** History has a message at that position. */
        HISTORY
    }

    /** In the place of a code: the device left its connection by itself. */
    public static final int CLOSED_ITSELF = 0;

    /** Shown because it was accepted. */
    public static final int OWN = 0;

    /** Shown as it was said. */
    public static final int LIVE = 1;

    /** Shown while the device was asking for what it lacked. */
    public static final int RESUME = 2;

    /** Shown from history. */
    public static final int FROM_HISTORY = 3;

    /** The first of the codes that leave open whether the try was stored. */
    static final int FIRST_UNKNOWN_CODE = 30;

    /** Refused, and so certainly that the try is not in the log. */
    boolean refusedForSure() {
        return kind == Kind.REFUSED && detail < FIRST_UNKNOWN_CODE;
    }
}
