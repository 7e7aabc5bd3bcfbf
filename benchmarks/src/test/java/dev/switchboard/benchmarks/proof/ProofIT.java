package dev.switchboard.benchmarks.proof;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The rows that every build runs. */
class ProofIT {
    @RegisterExtension
    static final Proof PROOF = new Proof("every-build");

    @Test
    @Tag("F01")
    void aKilledGatewayLosesNothingAndItsClientsGoOn() {
        PROOF.holds("F01");
    }

    @Test
    @Tag("F04")
    void aKilledRedisLosesNothingAndSendsAreRefusedMeanwhile() {
        PROOF.holds("F04");
    }

    @Test
    @Tag("F09")
    void aGatewayCutOffFromRedisCatchesUp() {
        PROOF.holds("F09");
    }

    @Test
    @Tag("F21")
    void aMessageThroughTwoGatewaysStandsOnce() {
        PROOF.holds("F21");
    }
}
