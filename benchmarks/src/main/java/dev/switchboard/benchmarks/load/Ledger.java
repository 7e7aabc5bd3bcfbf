package dev.switchboard.benchmarks.load;

import java.util.Arrays;

/**
 * What became of each message of one user: sent, answered, delivered at the other device. Finds what is lost, doubled, reordered
 * or changed. One byte a message. Confined to one event loop.
 */
final class Ledger {
    private static final byte ACCEPTED = 1;
    private static final byte REFUSED = 2;
    /** Refused with a code that leaves open whether it was stored: delivery is neither owed nor forbidden. */
    private static final byte UNKNOWN = 4;

    private static final byte DELIVERED = 8;
    private static final int FIRST_CAPACITY = 1_024;

    private final String user;
    private final Faults faults;
    private byte[] states = new byte[FIRST_CAPACITY];
    private int sent;
    private int answered;
    private int acceptedSeq;
    private int deliveredSeq;
    private long deliveredNumber = -1;
    private long unknown;

    Ledger(String user, Faults faults) {
        this.user = user;
        this.faults = faults;
    }

    /** The number of the next message, which is sent now. */
    long send() {
        if (sent == states.length) {
            states = Arrays.copyOf(states, 2 * states.length);
        }
        return sent++;
    }

    int sent() {
        return sent;
    }

    /** Sends without an answer. */
    int underWay() {
        return sent - answered;
    }

    /** Position of the last accepted message. */
    int acceptedSeq() {
        return acceptedSeq;
    }

    /** Messages of which nobody knows whether they are stored. */
    long unknown() {
        return unknown;
    }

    /** The gateway has accepted a message. False: it wasn't asked to. */
    boolean accepted(long number, int seq, boolean duplicate) {
        if (!answer(number, ACCEPTED)) {
            return false;
        }
        if (duplicate) {
            faults.add(Faults.Kind.STRAY, "%s, message %d accepted as a duplicate".formatted(user, number));
        }
        if (seq <= acceptedSeq) {
            faults.add(
                    Faults.Kind.REORDERED,
                    "%s, message %d accepted at %d after %d".formatted(user, number, seq, acceptedSeq));
        }
        acceptedSeq = Math.max(acceptedSeq, seq);
        return true;
    }

    /** The gateway has refused a message. False: it wasn't asked. */
    boolean refused(long number, boolean isFinal) {
        if (!isFinal) {
            unknown++;
        }
        return answer(number, isFinal ? REFUSED : UNKNOWN);
    }

    /** The other device has got a message. */
    void delivered(long number, int seq, boolean textIsRight) {
        if (number < 0 || number >= sent) {
            faults.add(Faults.Kind.STRAY, "%s got message %d of %d".formatted(user, number, sent));
            return;
        }
        if ((states[(int) number] & DELIVERED) != 0) {
            faults.add(Faults.Kind.DOUBLED, "%s, message %d".formatted(user, number));
            return;
        }
        states[(int) number] |= DELIVERED;
        if (!textIsRight) {
            faults.add(Faults.Kind.WRONG_TEXT, "%s, message %d".formatted(user, number));
        }
        if (number < deliveredNumber || seq <= deliveredSeq) {
            faults.add(
                    Faults.Kind.REORDERED,
                    "%s, message %d at %d after %d at %d".formatted(user, number, seq, deliveredNumber, deliveredSeq));
        } else if (seq != deliveredSeq + 1) {
            faults.add(Faults.Kind.HOLE, "%s, message %d at %d after %d".formatted(user, number, seq, deliveredSeq));
        }
        deliveredNumber = Math.max(deliveredNumber, number);
        deliveredSeq = Math.max(deliveredSeq, seq);
    }

    /** Call when nothing more will come: what lacks is lost now. */
    void finish() {
        for (int number = 0; number < sent; number++) {
            int state = states[number];
            if ((state & (ACCEPTED | REFUSED | UNKNOWN)) == 0) {
                faults.add(Faults.Kind.UNANSWERED, "%s, message %d".formatted(user, number));
            } else if (state == ACCEPTED) {
                faults.add(Faults.Kind.LOST, "%s, message %d".formatted(user, number));
            } else if (state == (REFUSED | DELIVERED)) {
                faults.add(Faults.Kind.STRAY, "%s got message %d, which was refused".formatted(user, number));
            }
        }
    }

    private boolean answer(long number, byte state) {
        if (number < 0 || number >= sent || (states[(int) number] & (ACCEPTED | REFUSED | UNKNOWN)) != 0) {
            faults.add(Faults.Kind.STRAY, "%s, an answer to message %d of %d".formatted(user, number, sent));
            return false;
        }
        states[(int) number] |= state;
        answered++;
        return true;
    }
}
