package dev.switchboard.benchmarks.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final long START = -5_000_000_000L; // nanoTime may be anything.

    @Test
    void spreadsMessagesEvenlyOverTimeAndUsers() {
        Schedule schedule = new Schedule(START, 5_000, 100);

        assertEquals(START, schedule.instant(0));
        assertEquals(START + 200_000, schedule.instant(1));
        assertEquals(START + 3_600_000_000_000L, schedule.instant(18_000_000));
        assertEquals(schedule.instant(307), schedule.instant(7, 3));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 5_000, 333_333, 1_000_000})
    void aMessageIsDueFromItsInstantOn(int rate) {
        Schedule schedule = new Schedule(START, rate, 10);
        assertEquals(0, schedule.dueBy(START - 1));
        for (long index : new long[] {0, 1, 2, 999, 1_000_000}) {
            long instant = schedule.instant(index);
            assertTrue(schedule.dueBy(instant + 1) > index, "due at its instant, to the nanosecond");
            assertTrue(index == 0 || schedule.dueBy(instant - 1) <= index, "not before");
        }
    }

    @Test
    void everyDueMessageIsSomebodys() {
        Schedule schedule = new Schedule(START, 1_000, 7);
        for (long due = 0; due < 50; due++) {
            long sum = 0;
            for (int user = 0; user < 7; user++) {
                sum += schedule.shareOf(user, due);
            }
            assertEquals(due, sum);
        }
        assertEquals(1, schedule.shareOf(0, 1));
        assertEquals(0, schedule.shareOf(1, 1));
    }

    @Test
    void aBacklogGrowsOnlyIfItStaysHigher() {
        Backlog stalled = backlog(10, 10, 10, 900, 10, 10, 10, 10);
        assertFalse(stalled.grows());
        assertEquals(900, stalled.max());
        assertFalse(backlog(10, 20, 30, 40, 50, 60, 70, 80).grows(), "less than a tenth of a second");
        assertTrue(backlog(10, 100, 200, 300, 400, 500, 600, 700).grows());
        assertFalse(backlog(700, 600, 500, 400, 300, 200, 100, 0).grows());
        assertFalse(backlog(5_000).grows(), "one look shows no growth");
    }

    private static Backlog backlog(long... looks) {
        Backlog backlog = new Backlog(1_000);
        for (long look : looks) {
            backlog.look(look + 100, 100);
        }
        return backlog;
    }
}
