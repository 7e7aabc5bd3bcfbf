package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.worker.TestLog.Saying;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The statements of the first system, letter by letter, on the views and as the gateway's user. */
@ExtendWith(SharedSite.class)
class DocumentSqlIT {
    private static final String HISTORY = """
            SELECT de_usuario, para_usuario, mensaje, fecha
            FROM mensajes
            WHERE (de_usuario = ? OR para_usuario = ?)
            ORDER BY fecha ASC
            """;

    private static final String USERS = """
            SELECT DISTINCT usuario
            FROM (
              SELECT de_usuario AS usuario FROM mensajes
              WHERE para_usuario IN (SELECT usuario FROM usuarios WHERE rol = 'admin')

              UNION

              SELECT para_usuario AS usuario FROM mensajes
              WHERE de_usuario IN (SELECT usuario FROM usuarios WHERE rol = 'admin')
            ) AS conversaciones
            WHERE usuario NOT IN (SELECT usuario FROM usuarios WHERE rol = 'admin')
            """;

    private final TestSite site;
    private final ConversationId ofAna = TestLog.conversationOf("ana");
    private final ConversationId ofJose = TestLog.conversationOf("José");

    DocumentSqlIT(TestSite site) {
        this.site = site;
    }

    @BeforeEach
    void talk() {
        site.worker();
        site.log.append(Saying.of(ofAna, "ana", "¿hay alguien? 😀"));
        site.log.append(Saying.of(ofAna, "ana", "sí").by("sofia", Lane.PUBLIC));
        // A note of its own millisecond, so that what the owner may see is older.
        long said = redisMillis();
        TestSite.await(() -> redisMillis() > said);
        site.log.append(Saying.of(ofAna, "ana", "nota interna").by("sofia", Lane.STAFF));
        site.log.append(Saying.of(ofJose, "José", "hola"));
        site.awaitDrained();
    }

    @Test
    @Tag("S0.3")
    @Tag("S0.24")
    @Tag("S0.28")
    @Tag("S0.29")
    @Tag("S0.30")
    @Tag("S0.34")
    @Tag("S1.18")
    void answersTheHistoryOfAUserWithoutNotes() {
        List<List<String>> rows = query(HISTORY, "ana", "ana");
        assertEquals(List.of("ana", "admin", "¿hay alguien? 😀"), rows.get(0).subList(0, 3));
        assertEquals(List.of("sofia", "ana", "sí"), rows.get(1).subList(0, 3));
        assertEquals(2, rows.size());
        assertEquals(List.of("José"), names(query(HISTORY, "José", "José")));
        // Not the default collation's idea of equal.
        assertEquals(List.of(), query(HISTORY, "Jose", "Jose"));
        assertEquals(List.of("ana", "José"), names(query(HISTORY, "admin", "admin")));
        assertEquals(List.of("sofia"), names(query(HISTORY, "sofia", "sofia")));
    }

    @Test
    @Tag("S0.38")
    void answersTheUsersWithConversations() {
        site.log.append(Saying.of(TestLog.conversationOf("sofia"), "sofia", "as a user, long ago"));
        site.awaitDrained();
        site.change("UPDATE account SET role = 1 WHERE user = 'sofia'");
        Set<String> users = new TreeSet<>();
        query(USERS).forEach(row -> users.add(row.get(0)));
        assertEquals(Set.of("José", "ana"), users);
    }

    @Test
    @Tag("S0.32")
    void knowsEverybodySeenAndSupportItself() {
        site.change("DELETE FROM account WHERE user = 'José'");
        List<List<String>> rows = query("SELECT usuario, rol FROM usuarios ORDER BY usuario");
        assertEquals(
                Set.of(
                        List.of("admin", "admin"),
                        List.of("ana", "user"),
                        List.of("sofia", "admin"),
                        // Written to, or known by the conversation alone.
                        List.of("José", "user")),
                Set.copyOf(rows));
        assertEquals(4, rows.size());
        assertEquals(
                List.of(List.of("admin")),
                query("SELECT usuario FROM usuarios WHERE rol = ? AND usuario = ?", "admin", "admin"));
    }

    @Test
    @Tag("S0.31")
    void hasDocumentedColumnTypes() throws SQLException {
        try (Connection connection = site.connect(site.database.gateway());
                PreparedStatement statement = connection.prepareStatement("SELECT * FROM mensajes");
                ResultSet found = statement.executeQuery()) {
            assertEquals(Types.VARCHAR, found.getMetaData().getColumnType(1));
            assertEquals(Types.VARCHAR, found.getMetaData().getColumnType(2));
            assertEquals(Types.LONGVARCHAR, found.getMetaData().getColumnType(3));
            assertEquals(Types.TIMESTAMP, found.getMetaData().getColumnType(4));
        }
        assertEquals(
                0,
                site.number(
                        "SELECT COUNT(*) FROM mensajes WHERE ABS(TIMESTAMPDIFF(SECOND, fecha, UTC_TIMESTAMP())) > 60"));
    }

    @Test
    void storesReadMarksOnceAndOnlyUpwards() {
        Saying ana = Saying.of(ofAna, "ana", "");
        assertEquals('o', site.log.read(ana, false, 2));
        assertEquals('o', site.log.read(ana.by("sofia", Lane.PUBLIC), true, 1));
        site.awaitDrained();
        String marks =
                "SELECT owner_read_seq, staff_read_seq, last_owner_seq, last_admin_seq, owner_read_epoch = public_epoch,"
                        + " last_public_at < last_message_at, public_seq FROM conversation WHERE owner = 'ana'";
        assertEquals(List.of(List.of("2", "1", "1", "2", "1", "1", "2")), site.rows(marks));
        assertEquals(0, site.log.backlog());
        // Read again, as after a take-over, an older entry changes nothing.
        site.change("UPDATE conversation SET owner_read_seq = 9 WHERE owner = 'ana'");
        site.log.redis().hdel(dev.switchboard.wire.Keys.conversation(ofAna), "ore", "ors");
        assertEquals('o', site.log.read(ana, false, 1));
        site.awaitDrained();
        assertEquals("9", site.rows(marks).get(0).get(0));
    }

    private long redisMillis() {
        List<byte[]> time = site.log.redis().time();
        String seconds = new String(time.get(0), StandardCharsets.US_ASCII);
        String micros = new String(time.get(1), StandardCharsets.US_ASCII);
        return Long.parseLong(seconds) * 1_000 + Long.parseLong(micros) / 1_000;
    }

    private static List<String> names(List<List<String>> rows) {
        return rows.stream().map(row -> row.get(0)).toList();
    }

    private List<List<String>> query(String sql, String... values) {
        try (Connection connection = site.connect(site.database.gateway());
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            List<List<String>> rows = new ArrayList<>();
            try (ResultSet found = statement.executeQuery()) {
                while (found.next()) {
                    List<String> row = new ArrayList<>();
                    for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
                        row.add(found.getString(i));
                    }
                    rows.add(row);
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
