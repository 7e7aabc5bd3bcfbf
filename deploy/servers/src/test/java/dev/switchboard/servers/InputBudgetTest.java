package dev.switchboard.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.junit.jupiter.api.Test;

class InputBudgetTest {
    private byte[] kept = {};

    @Test
    void letsCheapInputsPass() {
        int[] reads = {0};
        InputBudget.spend(() -> {
            reads[0]++;
            kept = new byte[1_000];
        });
        assertEquals(1, reads[0]);
    }

    @Test
    void refusesWhatAllocatesTooMuchEveryTime() {
        assertThrows(AssertionError.class, () -> InputBudget.spend(() -> kept = new byte[2 << 20]));
    }

    @Test
    void refusesWhatTakesTooLongEveryTime() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        assertThrows(
                AssertionError.class,
                () -> InputBudget.spend(() -> {
                    long start = threads.getCurrentThreadCpuTime();
                    while (threads.getCurrentThreadCpuTime() - start < 120_000_000) {
                        Thread.onSpinWait();
                    }
                }));
    }

    @Test
    void forgivesTheFirstReader() {
        int[] reads = {0};
        InputBudget.spend(() -> kept = new byte[reads[0]++ == 0 ? 2 << 20 : 10]);
        assertEquals(2, reads[0]);
    }
}
