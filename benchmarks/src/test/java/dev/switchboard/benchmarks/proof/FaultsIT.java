package dev.switchboard.benchmarks.proof;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The rows that {@code -Pfaults} adds. */
@Tag("faults")
class FaultsIT {
    @RegisterExtension
    static final Proof PROOF = new Proof("faults");

    @Test
    @Tag("F06")
    void onlySyncsOnEveryWriteKeepWhatWasAccepted() {
        PROOF.holds("F06");
    }

    @Test
    @Tag("F14")
    void aWorkerKilledBetweenCommitAndMarkDoublesNothing() {
        PROOF.holds("F14");
    }

    @Test
    @Tag("F16")
    void aWorkerThatWakesUpLateChangesNothing() {
        PROOF.holds("F16");
    }

    @Test
    @Tag("F23")
    void pagesThatLoadWhileMuchIsSaidShowAll() {
        PROOF.holds("F23");
    }
}
