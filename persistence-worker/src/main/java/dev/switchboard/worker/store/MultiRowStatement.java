package dev.switchboard.worker.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * One statement over any number of rows. Prepared once for each power of two, so that a batch of any size needs few
 * statements and none is parsed twice: preparing per batch cost more than executing. Confined to its connection's thread.
 */
final class MultiRowStatement implements AutoCloseable {
    /** Rows in one statement; beyond that the gain is gone and the statement only grows. */
    static final int ROWS_MAX = 1024;

    private final Connection connection;
    private final String head;
    private final String row;
    private final String tail;
    private final int columns;
    private final List<PreparedStatement> statements = new ArrayList<>();

    /**
     * Prepares nothing yet.
     *
     * @param row with one question mark a column, such as {@code (?, ?)}
     */
    MultiRowStatement(Connection connection, String head, String row, String tail) {
        this.connection = connection;
        this.head = head;
        this.row = row;
        this.tail = tail;
        this.columns = (int) row.chars().filter(c -> c == '?').count();
    }

    /** Sets the columns of one row. */
    @FunctionalInterface
    interface Binder<T> {
        /**
         * Sets the columns.
         *
         * @param first index of the row's first column
         */
        void bind(PreparedStatement statement, int first, T row) throws SQLException;
    }

    /** Takes what one statement, with these rows, changed or found. */
    @FunctionalInterface
    interface Execution<T> {
        void execute(PreparedStatement statement, List<T> rows) throws SQLException;
    }

    /** Executes over all rows, in chunks and in order. */
    <T> void forEachChunk(List<T> rows, Binder<T> binder, Execution<T> execution) throws SQLException {
        int from = 0;
        while (from < rows.size()) {
            int size = Integer.highestOneBit(Math.min(ROWS_MAX, rows.size() - from));
            List<T> chunk = rows.subList(from, from + size);
            PreparedStatement statement = statement(size);
            int first = 1;
            for (T one : chunk) {
                binder.bind(statement, first, one);
                first += columns;
            }
            execution.execute(statement, chunk);
            from += size;
        }
    }

    /** Executes an update over all rows. */
    <T> void update(List<T> rows, Binder<T> binder) throws SQLException {
        forEachChunk(rows, binder, (statement, chunk) -> statement.executeUpdate());
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : statements) {
            if (statement != null) {
                statement.close();
            }
        }
        statements.clear();
    }

    private PreparedStatement statement(int rows) throws SQLException {
        int power = Integer.numberOfTrailingZeros(rows);
        while (statements.size() <= power) {
            int size = 1 << statements.size();
            String values = (row + ", ").repeat(size - 1) + row;
            statements.add(connection.prepareStatement(head + values + tail));
        }
        return statements.get(power);
    }
}
