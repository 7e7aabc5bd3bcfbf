package dev.switchboard.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.worker.TestLog.Saying;
import dev.switchboard.worker.TestProxy.Verdict;
import dev.switchboard.worker.store.Trouble;
import io.lettuce.core.Range;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An entry that kills whoever stores it, and other reasons for workers to die. */
@ExtendWith(SharedSite.class)
class KillerIT {
    private static final String MARKER = "last-words";
    private static final int RESTARTS_MAX = 8;

    @SuppressWarnings("NullAway.Init")
    private TestSite site;

    private final AtomicReference<@Nullable Worker> running = new AtomicReference<>();
    private final AtomicInteger deaths = new AtomicInteger();

    @BeforeEach
    void start(TestSite renewed) {
        site = renewed;
        // Once, so that the partitions are prepared.
        site.worker();
        site.stopWorkers();
    }

    @AfterEach
    void stop() {
        site.stopWorkers();
    }

    @Test
    @Tag("T6")
    void findsTheEntryThatKillsWorkersAndStoresAllOthers() {
        ConversationId conversation = TestLog.conversationOf("ana");
        site.log.append(
                Saying.of(conversation, "ana", "before"),
                Saying.of(conversation, "ana", MARKER + " of a worker"),
                Saying.of(conversation, "ana", "after"));
        site.log.append(Saying.of(conversation, "ana", "later"));
        site.log.append(Saying.of(TestLog.conversationOf("bob"), "bob", "elsewhere"));

        try (TestProxy proxy = new TestProxy(site.database.port(), this::killAtTheMarker);
                TestRoom room = new TestRoom(site, "ana")) {
            restartUntilDrained(proxy);

            assertTrue(deaths.get() >= 3 && deaths.get() <= RESTARTS_MAX, "deaths: " + deaths.get());
            assertEquals(
                    List.of(List.of("before"), List.of("after"), List.of("later")),
                    site.rows("SELECT body FROM message WHERE sender = 'ana' ORDER BY seq"));
            assertEquals(1, site.number("SELECT COUNT(*) FROM message WHERE sender = 'bob'"));
            List<List<String>> letters =
                    site.rows("SELECT item, seq, reason, encoding, CAST(bytes AS CHAR) FROM dead_letter ORDER BY id");
            assertEquals(1, letters.size(), letters::toString);
            assertEquals(
                    List.of("1", "2", "workers died while they stored this", "1"),
                    letters.get(0).subList(0, 4));
            byte[] kept = Base64.getDecoder().decode(letters.get(0).get(4));
            assertTrue(TestProxy.holds(kept, MARKER), "the letter is whole");
            assertEquals(4, site.number("SELECT public_seq FROM conversation WHERE owner = 'ana'"));
            assertEquals(0, site.number("SELECT SUM(step_deaths) FROM log_cursor"));
            TestSite.await(() -> room.absent().contains("PUBLIC 2 dead"));
        }
    }

    @Test
    @Tag("T7")
    void setsNothingAsideWhenWorkersDieOfSomethingElse() {
        AtomicInteger toKill = new AtomicInteger(6);
        try (TestProxy proxy = new TestProxy(
                site.database.port(),
                sent -> TestProxy.holds(sent, "word ") && toKill.getAndUpdate(n -> Math.max(0, n - 1)) > 0
                        ? kill()
                        : Verdict.PASS)) {
            for (int i = 0; i < 40; i++) {
                String owner = "user-" + i;
                site.log.append(Saying.of(TestLog.conversationOf(owner), owner, "word " + i));
            }
            restartUntilDrained(proxy);

            assertEquals(40, site.number("SELECT COUNT(*) FROM message"));
            assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
        }
    }

    @Test
    void countsOnlyOwnersThatWentWithoutAWord() {
        for (int i = 0; i < 4; i++) {
            site.worker();
            site.stopWorkers();
        }
        assertEquals(0, site.number("SELECT MAX(deaths) FROM log_cursor"));
        site.worker().abandon();
        site.worker();
        TestSite.await(() -> site.number("SELECT MIN(deaths) FROM log_cursor") == 1);
        site.log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "hello"));
        site.awaitDrained();
        assertEquals(0, site.number("SELECT MIN(deaths) FROM log_cursor"));
    }

    @Test
    @Tag("T6")
    void setsAsideAnEntryThatKillsWhoeverReadsIt() {
        Partition partition = Partition.ofOwner("ana");
        String killer = site.log.appendRaw(partition, Map.of("e", "nobody survives this".getBytes(UTF_8)));
        site.log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "after"));
        noteDeaths(partition, killer, Trouble.Step.WHOLE);

        site.worker();
        site.awaitDrained();

        assertEquals(1, site.number("SELECT COUNT(*) FROM message"));
        List<List<String>> letters = site.rows("SELECT reason, CAST(bytes AS CHAR) FROM dead_letter");
        assertEquals(1, letters.size(), letters::toString);
        assertEquals("workers died while they read this entry", letters.get(0).get(0));
        byte[] kept = Base64.getDecoder().decode(letters.get(0).get(1));
        assertEquals("nobody survives this", new String(kept, UTF_8));
        assertEquals(0, site.log.backlog());
    }

    @Test
    @Tag("T6")
    void keepsTheMessagesOfAnEntryWhoseRestKills() {
        Saying hello = Saying.of(TestLog.conversationOf("ana"), "ana", "hello");
        Partition partition = hello.conversation().partition();
        site.log.append(hello);
        String entry = site.log
                .redis()
                .xrange(Keys.log(partition), Range.unbounded())
                .get(0)
                .getId();
        noteDeaths(partition, entry, Trouble.Step.REST);

        site.worker();
        site.awaitDrained();

        assertEquals(List.of(List.of("hello")), site.rows("SELECT body FROM message"));
        assertEquals(1, site.number("SELECT COUNT(*) FROM dead_letter WHERE encoding = 1"));
    }

    /** As owners that died leave it. */
    private void noteDeaths(Partition partition, String entry, int item) {
        site.change(
                "UPDATE log_cursor SET deaths = 6, step_log_id = '%s', step_item = %d, step_deaths = 3 WHERE partition_no = %d"
                        .formatted(entry, item, partition.number()));
    }

    /** As whoever runs workers does: another one whenever one has died. */
    private void restartUntilDrained(TestProxy proxy) {
        while (site.log.length() > 0 && deaths.get() <= RESTARTS_MAX) {
            int before = deaths.get();
            running.set(site.workerThatMayDie(site.configThrough(proxy)));
            TestSite.await(() -> site.log.length() == 0 || deaths.get() > before);
        }
        assertFalse(site.log.length() > 0, "not isolated after " + deaths.get() + " deaths");
    }

    private Verdict killAtTheMarker(byte[] sent) {
        return TestProxy.holds(sent, MARKER) ? kill() : Verdict.PASS;
    }

    /** The worker is gone and so is its connection; nothing of what it was sending arrives. */
    private Verdict kill() {
        Worker worker = running.getAndSet(null);
        if (worker != null) {
            worker.die();
            deaths.incrementAndGet();
        }
        return Verdict.CUT_BEFORE;
    }
}
