package dev.switchboard.worker.store;

/** Another worker owns at least one partition of the batch by now. The transaction was rolled back as a whole. */
public final class OwnershipLostException extends Exception {
    private static final long serialVersionUID = 1L;

    OwnershipLostException(int expected, int owned) {
        super("of %d partitions in the batch only %d are ours".formatted(expected, owned));
    }
}
