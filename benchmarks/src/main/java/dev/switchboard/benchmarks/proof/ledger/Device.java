package dev.switchboard.benchmarks.proof.ledger;

/** One device of somebody. Immutable. */
public record Device(String name, String user, Follows follows) {
    /** What it has to show. */
    public enum Follows {
        /** The conversations of its user, what the owner may see. */
        OWN,
        /** Everything. */
        ALL,
        /** Lanes that it names in the ledger. */
        NAMED,
        /** Nothing: it only sends, or looks on. */
        NOTHING
    }
}
