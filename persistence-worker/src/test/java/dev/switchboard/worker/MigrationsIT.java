package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.servers.Login;
import java.util.List;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rows that an older version of the tables left, as the newest one shows them. */
@ExtendWith(SharedSite.class)
class MigrationsIT {
    /**
     * In V1's shape. Ana and an administrator spoke in turn over two epochs, and staff noted something later; José has no answer
     * yet; of Eva, who is no account, there is a note alone, and nothing at all of Luis.
     */
    private static final List<String> LEFT_BY_V1 = List.of("""
            INSERT INTO account (user, role, first_seen, last_seen) VALUES
              ('ana', 0, '2026-01-01', '2026-01-01'),
              ('José', 0, '2026-01-01', '2026-01-01'),
              ('sofia', 1, '2026-01-01', '2026-01-01')
            """, """
            INSERT INTO conversation (id, public_id, owner, opened_at, public_epoch, public_seq, staff_epoch, staff_seq,
              last_message_at) VALUES
              (1, UNHEX(REPEAT('11', 16)), 'ana', '2026-01-01 10:00:00', 6, 4, 6, 9, '2026-01-01 10:09:00'),
              (2, UNHEX(REPEAT('22', 16)), 'José', '2026-01-01 11:00:00', 5, 2, 0, 0, '2026-01-01 11:01:00'),
              (3, UNHEX(REPEAT('33', 16)), 'Eva', '2026-01-01 12:00:00', 0, 0, 5, 1, '2026-01-01 12:00:00'),
              (4, UNHEX(REPEAT('44', 16)), 'Luis', '2026-01-01 13:00:00', 0, 0, 0, 0, '2026-01-01 13:00:00')
            """, """
            INSERT INTO message (id, message_id, client_msg_id, sender, sender_role, conversation_id, lane, epoch, seq,
              after_public, body, sent_at)
            SELECT id, UNHEX(LPAD(id, 32, '0')), UNHEX(LPAD(id, 32, '0')), sender, sender = 'sofia', conversation_id, lane,
              epoch, seq, IF(lane = 1, 0, NULL), body, sent_at FROM (
              SELECT 1 AS id, 'ana' AS sender, 1 AS conversation_id, 0 AS lane, 5 AS epoch, 1 AS seq, 'hola' AS body,
                     '2026-01-01 10:01:00' AS sent_at
              UNION ALL SELECT 2, 'sofia', 1, 0, 5, 2, 'buenas', '2026-01-01 10:02:00'
              UNION ALL SELECT 3, 'ana', 1, 0, 6, 3, 'gracias', '2026-01-01 10:03:00'
              UNION ALL SELECT 4, 'sofia', 1, 0, 6, 4, 'de nada', '2026-01-01 10:04:00.567'
              UNION ALL SELECT 5, 'sofia', 1, 1, 6, 9, 'nota', '2026-01-01 10:09:00'
              UNION ALL SELECT 6, 'José', 2, 0, 5, 1, '¿hay alguien?', '2026-01-01 11:00:00'
              UNION ALL SELECT 7, 'José', 2, 0, 5, 2, '😀', '2026-01-01 11:01:00'
              UNION ALL SELECT 8, 'sofia', 3, 1, 5, 1, 'llamar', '2026-01-01 12:00:00') said
            """);

    private final TestSite site;

    MigrationsIT(TestSite site) {
        this.site = site;
    }

    @BeforeEach
    void leaveAndMigrate() {
        site.dropTables();
        migrateTo("1");
        LEFT_BY_V1.forEach(site::change);
        site.migrate();
    }

    /** Whoever comes next finds no half of a migration. */
    @AfterEach
    void dropTables() {
        site.dropTables();
    }

    private void migrateTo(String version) {
        Login login = site.database.migration();
        Flyway.configure()
                .dataSource(site.database.jdbcUrl(), login.user(), login.password())
                .jdbcProperties(Map.of("sslMode", "DISABLED"))
                .locations("classpath:db/migration")
                .target(version)
                .load()
                .migrate();
    }

    @Test
    void tellsWhoSaidTheLastWordAndWhen() {
        assertEquals(
                List.of(
                        List.of("ana", "3", "4", "2026-01-01 10:04:00.567"),
                        List.of("José", "2", "0", "2026-01-01 11:01:00.000"),
                        List.of("Eva", "0", "0", "null"),
                        List.of("Luis", "0", "0", "null")),
                site.rows("SELECT owner, last_owner_seq, last_admin_seq, CAST(last_public_at AS CHAR) FROM conversation"
                        + " ORDER BY id"));
    }

    @Test
    void keepsWhatStoodThereAndKnowsNobodyWhoHasRead() {
        assertEquals(
                List.of(
                        List.of("6", "4", "6", "9", "2026-01-01 10:09:00.000", "0"),
                        List.of("5", "2", "0", "0", "2026-01-01 11:01:00.000", "0"),
                        List.of("0", "0", "5", "1", "2026-01-01 12:00:00.000", "0"),
                        List.of("0", "0", "0", "0", "2026-01-01 13:00:00.000", "0")),
                site.rows("SELECT public_epoch, public_seq, staff_epoch, staff_seq, CAST(last_message_at AS CHAR),"
                        + " owner_read_epoch + owner_read_seq + staff_read_epoch + staff_read_seq FROM conversation"
                        + " ORDER BY id"));
    }

    @Test
    void namesTheAdministratorOfEachMessage() {
        assertEquals(
                List.of(
                        List.of("1", "null"),
                        List.of("2", "sofia"),
                        List.of("3", "null"),
                        List.of("4", "sofia"),
                        List.of("5", "sofia"),
                        List.of("6", "null"),
                        List.of("7", "null"),
                        List.of("8", "sofia")),
                site.rows("SELECT id, admin_sender FROM message ORDER BY id"));
    }

    @Test
    void showsTheFirstSystemsTables() {
        assertEquals(
                List.of(
                        List.of("ana", "admin", "hola", "2026-01-01 10:01:00.000"),
                        List.of("sofia", "ana", "buenas", "2026-01-01 10:02:00.000"),
                        List.of("ana", "admin", "gracias", "2026-01-01 10:03:00.000"),
                        List.of("sofia", "ana", "de nada", "2026-01-01 10:04:00.567"),
                        List.of("José", "admin", "¿hay alguien?", "2026-01-01 11:00:00.000"),
                        List.of("José", "admin", "😀", "2026-01-01 11:01:00.000")),
                site.rows(
                        "SELECT de_usuario, para_usuario, mensaje, CAST(fecha AS CHAR) FROM mensajes ORDER BY fecha"));
        assertEquals(
                List.of(
                        List.of("Eva", "user"),
                        List.of("José", "user"),
                        List.of("Luis", "user"),
                        List.of("admin", "admin"),
                        List.of("ana", "user"),
                        List.of("sofia", "admin")),
                site.rows("SELECT usuario, rol FROM usuarios ORDER BY usuario"));
    }
}
