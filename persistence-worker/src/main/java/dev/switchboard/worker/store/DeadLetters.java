package dev.switchboard.worker.store;

import com.google.protobuf.ByteString;
import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.LogId;
import dev.switchboard.worker.log.LoggedMark;
import dev.switchboard.worker.log.LoggedMessage;
import dev.switchboard.worker.log.Unreadable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dead letters as people handle them: read, put back, or given up. Each change is one transaction with a row that says who made it,
 * and may run while workers do: rows are unique by id and by position, whoever writes them. One thread.
 */
public final class DeadLetters implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(DeadLetters.class);
    /** Workers write the same tables; the database then refuses one of two. */
    private static final int ATTEMPTS_MAX = 5;

    private static final String COLUMNS =
            "SELECT id, partition_no, log_id, item, bytes, encoding, fingerprint, reason, created_at FROM dead_letter";

    private final DatabaseConfig config;
    private Connection connection;
    private MessageWriter writer;

    /** What became of a letter that was to be put back. */
    public sealed interface Outcome {
        /**
         * Its messages stand in their places, or had stood there already.
         *
         * @param rows messages that were not there before
         */
        record Replayed(List<LoggedMessage> messages, int rows) implements Outcome {}

        /** There is no such letter, or no longer. */
        record Gone() implements Outcome {}

        /** It stays a letter. */
        record Kept(String reason) implements Outcome {}
    }

    private DeadLetters(DatabaseConfig config, Connection connection) {
        this.config = config;
        this.connection = connection;
        writer = newWriter();
    }

    /** Connects and checks, as a worker does. */
    public static DeadLetters open(DatabaseConfig config) throws SQLException {
        return new DeadLetters(config, Database.open(config));
    }

    /** The oldest ones behind this id. */
    public List<Letter> list(long afterId, int max) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS + " WHERE id > ? ORDER BY id LIMIT ?")) {
            statement.setLong(1, afterId);
            statement.setInt(2, max);
            List<Letter> letters = read(statement);
            connection.commit();
            return letters;
        }
    }

    public long count() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT COUNT(*) FROM dead_letter");
                ResultSet found = statement.executeQuery()) {
            long count = found.next() ? found.getLong(1) : 0;
            connection.commit();
            return count;
        }
    }

    public Optional<Letter> find(long id) throws SQLException {
        Optional<Letter> letter = find(id, "");
        connection.commit();
        return letter;
    }

    /** Puts a letter back in its place. May be repeated. */
    public Outcome replay(long id, String actor) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                return replayOnce(id, actor);
            } catch (SQLException e) {
                startOver();
                if (attempt == ATTEMPTS_MAX || e.getErrorCode() == 0) {
                    throw e;
                }
                LOGGER.debug("dead letter not replayed, trying again code={}", e.getErrorCode());
            }
        }
    }

    /** Gives a letter up; false if there is none. */
    public boolean drop(long id, String actor) throws SQLException {
        Optional<Letter> letter = find(id, " FOR UPDATE");
        letter.ifPresent(one -> LOGGER.warn("dead letter dropped {} by={}", place(one), actor));
        if (letter.isPresent()) {
            remove(letter.get(), "drop", actor);
        }
        connection.commit();
        return letter.isPresent();
    }

    @Override
    public void close() {
        Database.closeQuietly(connection);
    }

    private Outcome replayOnce(long id, String actor) throws SQLException {
        Optional<Letter> found = find(id, " FOR UPDATE");
        if (found.isEmpty()) {
            connection.rollback();
            return new Outcome.Gone();
        }
        Letter letter = found.get();
        LetterContent content = LetterContent.of(letter);
        if (content.fault().isPresent()) {
            connection.rollback();
            return new Outcome.Kept(content.fault().get());
        }
        MessageWriter.Tally tally = new MessageWriter.Tally();
        List<LoggedMessage> messages = content.messages();
        List<LoggedMark> marks = content.marks();
        writer.write(messages, tally);
        writer.mark(marks);
        Optional<Unreadable> refused = tally.letters().stream().findFirst();
        if (refused.isPresent()) {
            // What the tables remember is only right as long as nothing is rolled back.
            startOver();
            return new Outcome.Kept(refused.get().reason());
        }
        remove(letter, "replay", actor);
        connection.commit();
        int rows = tally.committed().rows();
        // Not those whose message stands at an earlier position.
        List<LoggedMessage> there = new ArrayList<>(messages);
        there.removeAll(tally.notSaved());
        LOGGER.info("dead letter replayed {} rows={} by={}", place(letter), rows, actor);
        return new Outcome.Replayed(there, rows);
    }

    private Optional<Letter> find(long id, String lock) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS + " WHERE id = ?" + lock)) {
            statement.setLong(1, id);
            return read(statement).stream().findFirst();
        }
    }

    private static List<Letter> read(PreparedStatement statement) throws SQLException {
        List<Letter> letters = new ArrayList<>();
        try (ResultSet found = statement.executeQuery()) {
            while (found.next()) {
                byte[] kept = found.getBytes(5);
                ByteString bytes = ByteString.copyFrom(
                        found.getInt(6) == DeadLetterTable.BASE64
                                ? Base64.getDecoder().decode(kept)
                                : kept);
                letters.add(new Letter(
                        found.getLong(1),
                        Partition.all().get(found.getInt(2)),
                        LogId.parse(found.getString(3)),
                        (int) found.getLong(4),
                        bytes,
                        Arrays.equals(DeadLetterTable.fingerprint(bytes), found.getBytes(7)),
                        found.getString(8),
                        found.getString(9)));
            }
        }
        return letters;
    }

    private void remove(Letter letter, String action, String actor) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO dead_letter_action (letter_id, action, actor, at, log_id, item, fingerprint)"
                        + " VALUES (?, ?, ?, UTC_TIMESTAMP(3), ?, ?, ?)")) {
            statement.setLong(1, letter.id());
            statement.setString(2, action);
            statement.setString(3, actor);
            statement.setString(4, letter.entry().toString());
            statement.setInt(5, letter.item());
            statement.setBytes(6, DeadLetterTable.fingerprint(letter.bytes()));
            statement.executeUpdate();
        }
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM dead_letter WHERE id = ?")) {
            statement.setLong(1, letter.id());
            statement.executeUpdate();
        }
    }

    private void startOver() throws SQLException {
        Database.closeQuietly(connection);
        connection = Database.open(config);
        writer = newWriter();
    }

    private MessageWriter newWriter() {
        // Letters are not made here: one that is refused again stays what it is.
        return new MessageWriter(connection, Optional.empty());
    }

    private static String place(Letter letter) {
        return "letter=%d partition=%d entry=%s item=%d"
                .formatted(letter.id(), letter.partition().number(), letter.entry(), letter.item());
    }
}
