package dev.switchboard.worker.store;

import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.Batch;
import dev.switchboard.worker.log.LogId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who owns which partition and how far its log is stored. Every time in it is the database's, so clocks of workers don't matter.
 * Confined to its connection's thread.
 */
final class CursorTable {
    private static final String LEASE_END = "UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND";

    private final Connection connection;
    private final String owner;
    private final long leaseMicros;

    CursorTable(Connection connection, String owner, Duration lease) {
        this.connection = connection;
        this.owner = owner;
        this.leaseMicros = lease.toNanos() / 1000;
    }

    /** Adds the rows that are missing and forgets workers that are long gone. */
    void initialise() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO log_cursor (partition_no) VALUES (?) ON DUPLICATE KEY UPDATE partition_no = partition_no")) {
            for (Partition partition : Partition.all()) {
                statement.setInt(1, partition.number());
                statement.executeUpdate();
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(
                "DELETE FROM worker WHERE seen_until < UTC_TIMESTAMP(3) - INTERVAL 1 DAY")) {
            statement.executeUpdate();
        }
    }

    /** The last step of a batch's transaction: fails it as a whole if another worker took one of the partitions. */
    void advance(List<Batch.Slice> slices) throws SQLException, OwnershipLostException {
        String whens = " WHEN ? THEN ?".repeat(slices.size());
        String pairs = "(?, ?), ".repeat(slices.size() - 1) + "(?, ?)";
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE log_cursor SET log_id = CASE partition_no"
                        + whens + " END, epoch = GREATEST(epoch, CASE partition_no" + whens + " END), lease_until = "
                        + LEASE_END
                        + ", deaths = 0, step_log_id = '', step_item = -1, step_deaths = 0, step_open = 0"
                        + " WHERE owner = ? AND (partition_no, fence) IN (" + pairs + ")")) {
            int at = 1;
            for (Batch.Slice slice : slices) {
                statement.setInt(at++, slice.partition().number());
                statement.setString(at++, slice.last().toString());
            }
            for (Batch.Slice slice : slices) {
                statement.setInt(at++, slice.partition().number());
                statement.setLong(at++, Integer.toUnsignedLong(slice.epochMax()));
            }
            statement.setLong(at++, leaseMicros);
            statement.setString(at++, owner);
            for (Batch.Slice slice : slices) {
                statement.setInt(at++, slice.partition().number());
                statement.setLong(at++, slice.fence());
            }
            int ours = statement.executeUpdate();
            if (ours != slices.size()) {
                throw new OwnershipLostException(slices.size(), ours);
            }
        }
    }

    /** Says that this worker is alive and renews what it owns. */
    void renew() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO worker (id, seen_until) VALUES (?, "
                + LEASE_END + ") ON DUPLICATE KEY UPDATE seen_until = VALUES(seen_until)")) {
            statement.setString(1, owner);
            statement.setLong(2, leaseMicros);
            statement.executeUpdate();
        }
        try (PreparedStatement statement =
                connection.prepareStatement("UPDATE log_cursor SET lease_until = " + LEASE_END + " WHERE owner = ?")) {
            statement.setLong(1, leaseMicros);
            statement.setString(2, owner);
            statement.executeUpdate();
        }
    }

    List<CursorRow> rows() throws SQLException {
        List<CursorRow> rows = new ArrayList<>();
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT partition_no, fence, epoch, owner, lease_until <"
                                + " UTC_TIMESTAMP(3), deaths, step_log_id, step_item,"
                                + " step_deaths, step_open FROM log_cursor"
                                + " ORDER BY partition_no");
                ResultSet found = statement.executeQuery()) {
            while (found.next()) {
                int number = found.getInt(1);
                if (number < Partition.COUNT) {
                    String holder = found.getString(4);
                    rows.add(new CursorRow(
                            Partition.all().get(number),
                            found.getLong(2),
                            (int) found.getLong(3),
                            holder.equals(owner),
                            holder.isEmpty() || found.getBoolean(5),
                            trouble(found, !holder.isEmpty())));
                }
            }
        }
        return rows;
    }

    /** As it is for whoever takes the partition now. */
    private static Trouble trouble(ResultSet found, boolean ownerDied) throws SQLException {
        int more = ownerDied ? 1 : 0;
        String entry = found.getString(7);
        Trouble.Step step = entry.isEmpty()
                ? null
                : new Trouble.Step(
                        LogId.parse(entry), found.getInt(8), (int) found.getLong(9) + more * found.getInt(10));
        return new Trouble((int) found.getLong(6) + more, step);
    }

    /** Workers alive, in an order that is the same for all of them. */
    List<String> workers() throws SQLException {
        List<String> ids = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(
                        "SELECT id FROM worker WHERE seen_until > UTC_TIMESTAMP(3) ORDER BY id");
                ResultSet found = statement.executeQuery()) {
            while (found.next()) {
                ids.add(found.getString(1));
            }
        }
        return ids;
    }

    /** Takes a partition; false if another worker was faster. */
    boolean take(CursorRow row) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                // Assignments see what those before them have changed: the owner last. One that left in order leaves
                // none.
                "UPDATE log_cursor SET deaths = deaths + (owner <> ''),"
                        + " step_deaths = step_deaths + (owner <> '' AND step_open = 1), step_open = 0,"
                        + " owner = ?, fence = fence + 1, lease_until = " + LEASE_END
                        + " WHERE partition_no = ? AND fence = ? AND (owner = '' OR lease_until < UTC_TIMESTAMP(3))")) {
            statement.setString(1, owner);
            statement.setLong(2, leaseMicros);
            statement.setInt(3, row.partition().number());
            statement.setLong(4, row.fence());
            return statement.executeUpdate() == 1;
        }
    }

    /** Raises the fence of what this worker owns; false if it doesn't any more. */
    boolean raise(Partition partition, long fence, long higher) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "UPDATE log_cursor SET fence = ? WHERE partition_no = ? AND owner = ? AND fence = ?")) {
            statement.setLong(1, higher);
            statement.setInt(2, partition.number());
            statement.setString(3, owner);
            statement.setLong(4, fence);
            return statement.executeUpdate() == 1;
        }
    }

    void release(Partition partition, long fence) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("UPDATE log_cursor SET owner = '', lease_until ="
                + " UTC_TIMESTAMP(3), step_open = 0 WHERE partition_no = ? AND owner = ? AND fence = ?")) {
            statement.setInt(1, partition.number());
            statement.setString(2, owner);
            statement.setLong(3, fence);
            statement.executeUpdate();
        }
    }

    /**
     * Notes what is about to be done on its own, so that the next owner knows what this one died of; without a step only asks.
     *
     * @throws OwnershipLostException another worker owns the partition by now
     */
    void step(Partition partition, long fence, Trouble.@Nullable Step step)
            throws SQLException, OwnershipLostException {
        String sql = "UPDATE log_cursor SET lease_until = " + LEASE_END
                + (step == null ? "" : ", step_log_id = ?, step_item = ?, step_deaths = ?, step_open = 1")
                + " WHERE partition_no = ? AND owner = ? AND fence = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int at = 1;
            statement.setLong(at++, leaseMicros);
            if (step != null) {
                statement.setString(at++, step.entry().toString());
                statement.setInt(at++, step.item());
                statement.setInt(at++, step.deaths());
            }
            statement.setInt(at++, partition.number());
            statement.setString(at++, owner);
            statement.setLong(at, fence);
            // Nothing may have changed: the lease may end at the same millisecond as before.
            if (statement.executeUpdate() == 0 && !owns(partition, fence)) {
                throw new OwnershipLostException(1, 0);
            }
        }
    }

    private boolean owns(Partition partition, long fence) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT 1 FROM log_cursor WHERE partition_no = ? AND owner = ? AND fence = ? FOR UPDATE")) {
            statement.setInt(1, partition.number());
            statement.setString(2, owner);
            statement.setLong(3, fence);
            try (ResultSet found = statement.executeQuery()) {
                return found.next();
            }
        }
    }

    /** This worker leaves: the others need not wait for its leases. */
    void leave() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM worker WHERE id = ?")) {
            statement.setString(1, owner);
            statement.executeUpdate();
        }
    }

    /**
     * One partition as the database sees it.
     *
     * @param epoch the highest that is stored
     * @param ours held by this worker
     * @param free held by nobody, or the lease is over
     * @param trouble what its owners died of
     */
    record CursorRow(Partition partition, long fence, int epoch, boolean ours, boolean free, Trouble trouble) {}
}
