package dev.switchboard.worker.store;

import dev.switchboard.worker.log.Absent;
import java.util.List;

/**
 * What one transaction did.
 *
 * @param rows messages that were not there before
 * @param voids positions whose message stands at another one
 * @param deadLetters set aside for the first time
 * @param absent positions of this batch at which no message stands, set aside now or before
 */
public record Committed(int rows, int voids, int deadLetters, List<Absent> absent) {
    public Committed {
        absent = List.copyOf(absent);
    }
}
