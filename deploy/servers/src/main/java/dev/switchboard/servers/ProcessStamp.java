package dev.switchboard.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One process for all time: its id, which the system gives out again, and the clock ticks since boot at which it started, which
 * tell it from a later one with that id.
 */
record ProcessStamp(long pid, long startTicks) {
    private static final int STATE = 0;
    private static final int START_TICKS = 19;
    private static final long GONE = -1;

    static ProcessStamp of(long pid) {
        return new ProcessStamp(pid, readStartTicks(pid));
    }

    static ProcessStamp parse(String pid, String startTicks) {
        return new ProcessStamp(Long.parseLong(pid), Long.parseLong(startTicks));
    }

    boolean isAlive() {
        return startTicks != GONE && readStartTicks(pid) == startTicks;
    }

    /** Ends the process at once, if it is still the same one. */
    void kill() {
        if (isAlive()) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    private static long readStartTicks(long pid) {
        String stat;
        try {
            stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        } catch (IOException e) {
            return GONE;
        }
        // The second field is the program's name in brackets and may hold blanks: count from behind it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        boolean dead = fields[STATE].equals("Z") || fields[STATE].equals("X");
        return dead ? GONE : Long.parseLong(fields[START_TICKS]);
    }
}
