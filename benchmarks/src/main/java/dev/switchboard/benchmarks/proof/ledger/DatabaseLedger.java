package dev.switchboard.benchmarks.proof.ledger;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.servers.Login;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What the database holds at the end of a run. Immutable.
 *
 * @param rows of the table of messages
 * @param deadLetters those that could be decoded
 * @param unreadable dead letters that could not
 */
public record DatabaseLedger(List<Row> rows, List<Row> deadLetters, int unreadable) {
    private static final String HEAD = "switchboard database ledger\t1";
    private static final String MESSAGES =
            "SELECT c.public_id, c.owner, m.lane, m.epoch, m.seq, m.client_msg_id, m.sender"
                    + " FROM message m JOIN conversation c ON c.id = m.conversation_id ORDER BY m.id";
    private static final String DEAD_LETTERS = "SELECT bytes, encoding FROM dead_letter ORDER BY id";
    /** How the worker keeps what killed others of its kind. */
    private static final int BASE64 = 1;

    /** Where one message stands. */
    public record Row(LaneKey lane, String owner, Position position, MessageKey message) {}

    public DatabaseLedger {
        rows = List.copyOf(rows);
        deadLetters = List.copyOf(deadLetters);
    }

    /** Asks the database itself. */
    public static DatabaseLedger query(String jdbcUrl, Login login) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", login.user());
        properties.setProperty("password", login.password());
        properties.setProperty("sslMode", "DISABLED");
        try (Connection connection = DriverManager.getConnection(jdbcUrl, properties);
                Statement statement = connection.createStatement()) {
            List<Row> rows = new ArrayList<>();
            try (ResultSet found = statement.executeQuery(MESSAGES)) {
                while (found.next()) {
                    rows.add(row(found));
                }
            }
            List<Row> letters = new ArrayList<>();
            int unreadable = 0;
            try (ResultSet found = statement.executeQuery(DEAD_LETTERS)) {
                while (found.next()) {
                    byte[] kept = found.getBytes(1);
                    Optional<Row> letter = letter(
                            found.getInt(2) == BASE64 ? Base64.getDecoder().decode(kept) : kept);
                    letter.ifPresent(letters::add);
                    unreadable += letter.isPresent() ? 0 : 1;
                }
            }
            return new DatabaseLedger(rows, letters, unreadable);
        }
    }

    /** The same without conversations of other owners. */
    public DatabaseLedger only(Predicate<String> owner) {
        return new DatabaseLedger(
                rows.stream().filter(row -> owner.test(row.owner())).toList(),
                deadLetters.stream().filter(row -> owner.test(row.owner())).toList(),
                unreadable);
    }

    /** Lanes in which something stands. */
    public Set<LaneKey> lanes() {
        return rows.stream().map(Row::lane).collect(Collectors.toSet());
    }

    /** Reads what {@link #write} wrote. */
    public static DatabaseLedger read(Path file) throws IOException {
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            if (!HEAD.equals(in.readLine())) {
                throw new IOException(file + " is no ledger of a database");
            }
            List<Row> rows = new ArrayList<>();
            List<Row> letters = new ArrayList<>();
            int unreadable = 0;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                List<String> fields = List.of(line.split("\t", -1));
                switch (fields.get(0)) {
                    case "R" -> rows.add(row(fields));
                    case "D" -> letters.add(row(fields));
                    default -> unreadable++;
                }
            }
            return new DatabaseLedger(rows, letters, unreadable);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException(file + " is a damaged ledger of a database", e);
        }
    }

    /** For replay: {@code R} rows, {@code D} dead letters, {@code U} dead letters that could not be decoded. */
    public void write(Path file) throws IOException {
        try (BufferedWriter out = new BufferedWriter(
                new OutputStreamWriter(new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8))) {
            out.write(HEAD + "\n");
            for (Row row : rows) {
                out.write(line("R", row));
            }
            for (Row letter : deadLetters) {
                out.write(line("D", letter));
            }
            for (int i = 0; i < unreadable; i++) {
                out.write("U\n");
            }
        }
    }

    private static String line(String type, Row row) {
        return String.join(
                "\t",
                type,
                row.lane().conversation().toString(),
                row.lane().lane().name(),
                row.owner(),
                Integer.toUnsignedString(row.position().epoch()),
                Integer.toUnsignedString(row.position().seq()),
                row.message().clientMsgId().toString(),
                row.message().sender() + "\n");
    }

    private static Row row(List<String> fields) {
        return new Row(
                new LaneKey(UUID.fromString(fields.get(1)), Lane.valueOf(fields.get(2))),
                fields.get(3),
                new Position(Integer.parseUnsignedInt(fields.get(4)), Integer.parseUnsignedInt(fields.get(5))),
                new MessageKey(UUID.fromString(fields.get(6)), fields.get(7)));
    }

    private static Row row(ResultSet found) throws SQLException {
        Lane lane = found.getInt(3) == Lane.STAFF_VALUE ? Lane.STAFF : Lane.PUBLIC;
        return new Row(
                new LaneKey(WireUuid.of(found.getBytes(1)), lane),
                found.getString(2),
                new Position((int) found.getLong(4), (int) found.getLong(5)),
                new MessageKey(WireUuid.of(found.getBytes(6)), found.getString(7)));
    }

    /** The message in a dead letter; empty if its bytes hold none. */
    private static Optional<Row> letter(byte[] bytes) {
        try {
            Envelope envelope = Envelope.parseFrom(bytes);
            ServerFrame frame = ServerFrame.parseFrom(envelope.getFrame());
            Message message = frame.getMessage();
            if (!frame.hasMessage()
                    || message.getConversation().size() != WireUuid.BYTES
                    || message.getClientMsgId().size() != WireUuid.BYTES) {
                return Optional.empty();
            }
            Lane lane = message.getLane() == Lane.STAFF ? Lane.STAFF : Lane.PUBLIC;
            return Optional.of(new Row(
                    new LaneKey(WireUuid.of(message.getConversation().toByteArray()), lane),
                    envelope.getOwner(),
                    new Position(message.getEpoch(), message.getSeq()),
                    new MessageKey(WireUuid.of(message.getClientMsgId().toByteArray()), message.getSender())));
        } catch (InvalidProtocolBufferException e) {
            return Optional.empty();
        }
    }
}
