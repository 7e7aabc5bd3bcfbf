package dev.switchboard.benchmarks.proof.row.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SoakFaultsTest {
    private static final int MANY = 30;

    @Test
    void followTheSeed() {
        List<SoakFault> once = SoakFaults.drawn(MANY, new Random(1));
        List<SoakFault> again = SoakFaults.drawn(MANY, new Random(1));

        assertEquals(once, again);
        assertNotEquals(once, SoakFaults.drawn(MANY, new Random(2)));
    }

    @Test
    void comeOnceBeforeOneComesTwice() {
        List<SoakFault> drawn = SoakFaults.drawn(MANY, new Random(1));

        long different = drawn.stream().distinct().count();
        assertEquals(different, drawn.stream().limit(different).distinct().count());
    }

    @Test
    void leaveTimeToMend() {
        SoakFaults.drawn(MANY, new Random(1))
                .forEach(fault -> assertTrue(fault.lasts().compareTo(Duration.ofSeconds(20)) <= 0, fault.label()));
    }
}
