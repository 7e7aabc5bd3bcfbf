package dev.switchboard.worker.store;

import com.mysql.cj.jdbc.exceptions.PacketTooBigException;
import java.sql.SQLException;
import java.util.Set;

/**
 * What to do about an error of the database. Only what is known to be the row's own fault is poison: taking an outage for
 * poison would empty the log into the dead letters, taking poison for an outage only waits for a person.
 */
sealed interface StoreFailure {
    SQLException cause();

    /** Connection, lock, deadlock, read-only, disk full, time-out, or unknown: back off, the same messages again. */
    record Transient(SQLException cause) implements StoreFailure {}

    /** The database will never take this value: set the message aside and go on. */
    record Poison(SQLException cause) implements StoreFailure {
        /** For operators. Without the driver's sentence, which may quote what was said. */
        String reason() {
            return "MySQL refuses the row: error " + cause.getErrorCode() + ", state " + cause.getSQLState();
        }
    }

    static StoreFailure of(SQLException cause) {
        // What the driver itself finds too big has no number; halves of it are not.
        boolean poison = cause instanceof PacketTooBigException || Codes.POISON.contains(cause.getErrorCode());
        return poison ? new Poison(cause) : new Transient(cause);
    }

    /** Error numbers, the same in MySQL and MariaDB where both have them. */
    final class Codes {
        private static final Set<Integer> POISON = Set.of(
                1048, // column cannot be null
                1153, // packet bigger than max_allowed_packet
                1264, // out of range
                1292, // incorrect date or number
                1300, // invalid utf8mb4 string
                1366, // incorrect string value
                1406, // data too long
                3819, // check constraint (MySQL)
                4025); // check constraint (MariaDB)

        private Codes() {}
    }
}
