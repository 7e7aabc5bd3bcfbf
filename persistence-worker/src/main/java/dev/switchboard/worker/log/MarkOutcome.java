package dev.switchboard.worker.log;

/** What the mark script answered. */
public enum MarkOutcome {
    /** Noted and trimmed. */
    MARKED,
    /** Another worker owns the partition by now: forget it. */
    FENCED,
    /** Redis may have lost a suffix since the log was read: prepare the partition and read it from the beginning. */
    EPOCH_CHANGED
}
