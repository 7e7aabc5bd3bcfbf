package dev.switchboard.gateway;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the tests share that are about clients of two gateways over one Redis: both, on a rig of the class's own, ready before its
 * first test and closed after its last, and that neither left a buffer unreleased. For JUnit's thread. One instance runs all
 * tests of a class: it keeps nothing else.
 */
@ExtendWith(LeakCheck.class)
@TestInstance(Lifecycle.PER_CLASS)
abstract class BetweenTwoGateways {
    GatewayRig rig;
    Gateway a;
    Gateway b;

    @BeforeAll
    void start() throws IOException {
        rig = new GatewayRig();
        a = rig.gateway();
        b = rig.gateway();
    }

    @AfterAll
    void stop() {
        rig.close();
    }
}
