package dev.switchboard.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.worker.TestLog.Saying;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that looks after dead letters, as an operator runs it. */
class DeadLettersIT {
    private static final String TOO_LONG = "x".repeat(70_000);
    private static final ConversationId ANA = TestLog.conversationOf("ana");

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private TestSite site;

    @BeforeEach
    void start() {
        site = TestSite.migrated(dir);
        site.worker();
    }

    @AfterEach
    void stop() {
        site.close();
    }

    @Test
    void putsAMessageBackInItsPlace() {
        site.log.append(
                Saying.of(ANA, "ana", "before"), Saying.of(ANA, "ana", TOO_LONG), Saying.of(ANA, "ana", "after"));
        site.log.append(Saying.of(ANA, "ana", TOO_LONG).by("sofia", Lane.STAFF));
        site.awaitDrained();
        List<List<String>> letters = site.rows("SELECT id FROM dead_letter ORDER BY id");
        assertEquals(2, letters.size());
        String first = letters.get(0).get(0);
        assertTrue(run(0, "list").contains(" MySQL refuses the row: error 1406"));
        String shown = run(0, "show", first);
        assertTrue(shown.contains("from ana to conversation") && shown.contains("PUBLIC "), shown);
        assertFalse(shown.contains("xxx"), "what was said only on request");
        assertTrue(run(0, "show", first, "--text").contains("text       xxx"));
        assertEquals(1, absent("va").size());

        // What made it impossible, and what makes it possible.
        assertTrue(run(1, "replay", first).contains(first + " kept: MySQL refuses the row: error 1406"));
        assertEquals(2, site.number("SELECT COUNT(*) FROM dead_letter"));
        site.change("ALTER TABLE message MODIFY body MEDIUMTEXT NOT NULL");
        assertTrue(run(0, "replay", first, "--by", "olga").contains(first + " replayed: PUBLIC "));

        assertEquals(
                List.of(List.of("1", "6"), List.of("2", "70000"), List.of("3", "5")),
                site.rows("SELECT seq, LENGTH(body) FROM message WHERE lane = 0 ORDER BY seq"));
        assertEquals(List.of(), absent("va"));
        assertEquals(1, absent("na").size());
        assertEquals(
                List.of(List.of(first, "replay", "olga")),
                site.rows("SELECT letter_id, action, actor FROM dead_letter_action"));
        assertTrue(run(1, "replay", first).contains(first + " is no dead letter"));
        assertTrue(run(0, "replay", "--all").contains("1 of 1, 0 letters are left"));
        assertEquals(4, site.number("SELECT COUNT(*) FROM message"));
        assertEquals(List.of(), absent("na"));
        assertEquals(1, site.number("SELECT COUNT(*) FROM message WHERE lane = 1 AND after_public = 3"));
    }

    @Test
    void keepsWhatStillCannotBeRead() {
        site.log.appendRaw(ANA.partition(), Map.of("e", "no protobuf at all".getBytes(UTF_8)));
        site.log.append(Saying.of(ANA, "ana", "hello"));
        site.awaitDrained();

        String said = run(1, "replay", "--all");
        assertTrue(said.contains(" kept: undecodable: ") && said.contains("0 of 1, 1 letters are left"), said);
        String letter = site.rows("SELECT id FROM dead_letter").get(0).get(0);
        assertTrue(run(0, "drop", letter).contains(letter + " dropped"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
        assertEquals(1, site.number("SELECT COUNT(*) FROM dead_letter_action WHERE action = 'drop'"));
        assertEquals(1, site.number("SELECT COUNT(*) FROM message"));
    }

    @Test
    void putsBackAWholeEntryThatWorkersDiedOf() {
        site.stopWorkers();
        site.log.append(Saying.of(ANA, "ana", "one"), Saying.of(ANA, "ana", "two"));
        Partition partition = ANA.partition();
        String entry = site.log
                .redis()
                .xrange(Keys.log(partition), io.lettuce.core.Range.unbounded())
                .get(0)
                .getId();
        site.change("UPDATE log_cursor SET deaths = 6, step_log_id = '%s', step_deaths = 3 WHERE partition_no = %d"
                .formatted(entry, partition.number()));
        site.worker();
        site.awaitDrained();
        assertEquals(0, site.number("SELECT COUNT(*) FROM message"));

        assertTrue(run(0, "list").contains("  all    workers died while they read this entry"));
        assertTrue(run(0, "replay", "--all").contains("1 of 1, 0 letters are left"));
        assertEquals(
                List.of(List.of("1", "one"), List.of("2", "two")),
                site.rows("SELECT seq, body FROM message ORDER BY seq"));
        assertEquals(2, site.number("SELECT public_seq FROM conversation"));
    }

    @Test
    void replaysBesideWorkersThatStore() throws InterruptedException {
        for (int i = 0; i < 50; i++) {
            site.log.append(Saying.of(ANA, "ana", TOO_LONG), Saying.of(ANA, "ana", "word " + i));
        }
        site.awaitDrained();
        assertEquals(50, site.number("SELECT COUNT(*) FROM dead_letter"));
        site.change("ALTER TABLE message MODIFY body MEDIUMTEXT NOT NULL");
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger said = new AtomicInteger(100);
        Thread load = new Thread(() -> {
            try (TestLog log = new TestLog(site.redis.url())) {
                while (!enough.get()) {
                    log.append(Saying.of(ANA, "ana", "live " + said.get()));
                    said.incrementAndGet();
                }
            }
        });
        load.start();
        TestSite.await(() -> said.get() > 150);

        assertTrue(run(0, "replay", "--all").contains("50 of 50, 0 letters are left"));

        enough.set(true);
        load.join();
        site.awaitDrained();
        assertEquals(said.get(), site.number("SELECT COUNT(*) FROM message"));
        assertEquals(said.get(), site.number("SELECT MAX(seq) FROM message"));
        assertEquals(said.get(), site.number("SELECT public_seq FROM conversation"));
    }

    @Test
    void saysWhatItIsFor() {
        assertTrue(run(0, "--help").contains("dead-letters replay ID... | --all"));
        assertEquals("", run(WorkerMain.MISCONFIGURED, "replay"));
    }

    private List<AbsentPositions.One> absent(String field) {
        byte[] packed = site.log.redis().hget(Keys.conversation(ANA), field);
        return packed == null ? List.of() : AbsentPositions.read(packed);
    }

    private String run(int status, String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "dead-letters";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        try {
            int actual = WorkerMain.run(
                    all, site.variables(), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
            assertEquals(status, actual, () -> out.toString(UTF_8) + err.toString(UTF_8));
            return out.toString(UTF_8);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
