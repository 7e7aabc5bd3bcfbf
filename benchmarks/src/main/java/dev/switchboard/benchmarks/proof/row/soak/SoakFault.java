package dev.switchboard.benchmarks.proof.row.soak;

import dev.switchboard.benchmarks.proof.site.ProofSite;
import java.time.Duration;

/**
 * Something that another row breaks on its own, for a shorter while. Immutable.
 *
 * @param row which one
 * @param what in few words: thirty of them share a picture
 */
record SoakFault(String row, String what, Duration lasts, Break breaks) {
    /** Breaks something, and answers what mends it. */
    @FunctionalInterface
    interface Break {
        Runnable of(ProofSite site);
    }

    String label() {
        return row + " " + what;
    }
}
