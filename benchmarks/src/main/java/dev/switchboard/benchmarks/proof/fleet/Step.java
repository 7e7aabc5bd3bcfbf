package dev.switchboard.benchmarks.proof.fleet;

/** One thing that somebody is to do at some instant. Immutable. */
sealed interface Step {
    /** Nanoseconds from the start of the talk. */
    long at();

    /**
     * Say something.
     *
     * @param speaker number of the user, or of the admin
     * @param about number of the user whose conversation it goes to
     */
    record Say(long at, int number, boolean admin, int speaker, int about, boolean staff) implements Step {}

    /** Send a message once more that was said before. */
    record Again(long at, int number, boolean otherGateway) implements Step {}

    /**
     * Leave the connection and come back.
     *
     * @param abruptly without a goodbye
     */
    record Reconnect(long at, boolean admin, int who, boolean abruptly, boolean otherGateway) implements Step {}
}
