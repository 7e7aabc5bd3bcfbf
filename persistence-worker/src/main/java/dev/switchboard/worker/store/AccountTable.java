package dev.switchboard.worker.store;

import dev.switchboard.worker.log.LoggedMessage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Identities seen. Confined to its connection's thread. */
final class AccountTable implements AutoCloseable {
    /** {@code last_seen} is that exact; writing it for every message would double the work. */
    private static final long EXACT_TO_MILLIS = 60_000;

    private static final int REMEMBERED_MAX = 20_000;

    private final MultiRowStatement upsert;
    private final SqlTime time = new SqlTime();
    /** What this connection wrote lately. Dropped with the connection, so a rollback can't leave it wrong. */
    private final Map<String, Seen> written = new LinkedHashMap<>(256, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Seen> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    AccountTable(Connection connection) {
        // The role before last_seen: assignments see what those before them have changed.
        upsert = new MultiRowStatement(
                connection,
                "INSERT INTO account (user, role, first_seen, last_seen) VALUES ",
                "(?, ?, ?, ?)",
                " ON DUPLICATE KEY UPDATE role = IF(VALUES(last_seen) >= last_seen, VALUES(role), role),"
                        + " first_seen = LEAST(first_seen, VALUES(first_seen)),"
                        + " last_seen = GREATEST(last_seen, VALUES(last_seen))");
    }

    void upsert(List<LoggedMessage> messages) throws SQLException {
        // Sorted: an admin writes in many partitions, and two workers must lock the same accounts in the same order.
        Map<String, Seen> fresh = new TreeMap<>();
        for (LoggedMessage message : messages) {
            int role = message.message().getSenderRoleValue();
            long now = message.message().getTime();
            Seen known = written.get(message.sender());
            if (known == null || known.role != role || now - known.last > EXACT_TO_MILLIS) {
                fresh.merge(message.sender(), new Seen(role, now, now), Seen::and);
            }
        }
        if (fresh.isEmpty()) {
            return;
        }
        upsert.update(new ArrayList<>(fresh.entrySet()), (statement, first, row) -> {
            statement.setString(first, row.getKey());
            statement.setInt(first + 1, row.getValue().role);
            statement.setString(first + 2, time.text(row.getValue().first));
            statement.setString(first + 3, time.text(row.getValue().last));
        });
        written.putAll(fresh);
    }

    @Override
    public void close() throws SQLException {
        upsert.close();
    }

    private record Seen(int role, long first, long last) {
        Seen and(Seen later) {
            return new Seen(
                    later.last >= last ? later.role : role, Math.min(first, later.first), Math.max(last, later.last));
        }
    }
}
