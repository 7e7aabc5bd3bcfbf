package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.servers.Await;
import dev.switchboard.worker.TestLog.Saying;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that is there and can't write, and one that comes back after long. */
class OutageIT {
    private static final int BACKLOG = 30_000;
    private static final int ROWS_A_SECOND_MIN = 1_500;
    private static final int MESSAGES_AN_ENTRY = 20;

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private TestSite site;

    @AfterEach
    void stop() {
        site.close();
    }

    @Test
    @Tag("T7")
    void waitsForADatabaseThatIsReadOnly() {
        site = TestSite.migrated(dir);
        Worker worker = site.worker();
        site.restartDatabase("--read-only=1");
        Saying hello = Saying.of(TestLog.conversationOf("ana"), "ana", "hello");
        site.log.append(hello);

        TestSite.await(() -> worker.notReady().toString().contains("1290"));
        assertEquals(1, site.log.length());
        site.restartDatabase("--read-only=0");
        site.awaitDrained();

        assertEquals(List.of(List.of("hello")), site.rows("SELECT body FROM message"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
    }

    /** All tables in one file that may not grow: the server runs out of space as on a full disk. */
    @Test
    @Tag("T7")
    void waitsForADatabaseThatIsFull() {
        site = new TestSite(dir, "--innodb-file-per-table=0", "--innodb-data-file-path=ibdata1:12M:autoextend:max:20M");
        site.migrate();
        Worker worker = site.worker();
        String word = "x".repeat(4_000);
        int said = 0;
        while (worker.notReady().isEmpty() && said < 20_000) {
            String owner = "user-" + said % 10;
            site.log.append(
                    Saying.of(TestLog.conversationOf(owner), owner, word),
                    Saying.of(TestLog.conversationOf(owner), owner, word));
            said += 2;
        }
        TestSite.await(() -> worker.notReady().toString().contains("mysql is away: code=1114"));
        site.log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "accepted all the same"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
        assertTrue(site.log.length() > 0);

        site.restartDatabase("--innodb-file-per-table=0", "--innodb-data-file-path=ibdata1:12M:autoextend:max:400M");
        site.awaitDrained();

        assertEquals(said + 1, site.number("SELECT COUNT(*) FROM message"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
    }

    @Test
    @Tag("T10")
    void catchesUpAfterTheDatabaseWasAwayForLong() {
        site = TestSite.migrated(dir);
        Worker worker = site.worker();
        site.database.kill();
        TestSite.await(() -> !worker.notReady().isEmpty());
        for (int i = 0; i < BACKLOG; i += MESSAGES_AN_ENTRY) {
            String owner = "user-" + i / MESSAGES_AN_ENTRY % 200;
            Saying[] sayings = new Saying[MESSAGES_AN_ENTRY];
            for (int k = 0; k < sayings.length; k++) {
                sayings[k] = Saying.of(TestLog.conversationOf(owner), owner, "word " + (i + k) + " ".repeat(200) + ".");
            }
            site.log.append(sayings);
        }
        assertEquals(BACKLOG, site.log.backlog());
        site.database.restart();

        TestSite.await(() -> worker.notReady().isEmpty());
        long before = site.number("SELECT COUNT(*) FROM message");
        long start = System.nanoTime();
        assertTrue(Await.until(Duration.ofSeconds(BACKLOG / ROWS_A_SECOND_MIN), () -> site.log.length() == 0));
        double seconds = (System.nanoTime() - start) / 1e9;

        assertEquals(BACKLOG, site.number("SELECT COUNT(*) FROM message"));
        assertTrue((BACKLOG - before) / seconds >= ROWS_A_SECOND_MIN, "drained in " + seconds + " s");
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
        assertEquals(
                0,
                site.number("SELECT COUNT(*) FROM (SELECT MAX(seq) AS head, COUNT(*) AS said FROM message"
                        + " GROUP BY conversation_id) AS each_one WHERE head <> said"));
    }

    @Test
    @Tag("T17")
    void refusesADatabaseThatWouldLoseWhatItCommitted() {
        site = new TestSite(dir, "--innodb-flush-log-at-trx-commit=2");
        site.migrate();
        site.assertRefused(site.config(), "innodb_flush_log_at_trx_commit is 2");
    }
}
