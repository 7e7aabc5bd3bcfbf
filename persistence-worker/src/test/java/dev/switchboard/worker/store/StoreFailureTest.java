package dev.switchboard.worker.store;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreFailureTest {
    @ParameterizedTest
    @Tag("T7")
    @ValueSource(
            ints = {
                0, // connection lost, as the driver reports it
                1021, // disk full
                1040, // too many connections
                1045, // access denied
                1053, // shutting down
                1114, // table full
                1146, // table missing
                1205, // lock wait
                1213, // deadlock
                1290, // read-only option
                1836, // read-only mode
                2013, // lost while asking
                3024, // statement timed out
                99_999, // whatever comes next
            })
    void takesAnOutageForAnOutage(int code) {
        assertInstanceOf(StoreFailure.Transient.class, StoreFailure.of(new SQLException("any", "HY000", code)));
    }

    @ParameterizedTest
    @Tag("T6")
    @ValueSource(ints = {1048, 1153, 1264, 1292, 1300, 1366, 1406, 3819, 4025})
    void takesABadValueForPoison(int code) {
        assertInstanceOf(StoreFailure.Poison.class, StoreFailure.of(new SQLException("any", "22001", code)));
    }

    @Test
    @Tag("SEC36")
    void keepsWhatWasSaidOutOfTheReason() {
        StoreFailure.Poison poison =
                new StoreFailure.Poison(new SQLException("Incorrect string value: 'hush'", "HY000", 1366));
        assertFalse(poison.reason().contains("hush"));
    }
}
