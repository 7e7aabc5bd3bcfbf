package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.wire.Partition;
import dev.switchboard.worker.TestLog.Saying;
import io.lettuce.core.RedisException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TakeOverIT {
    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private TestSite site;

    @BeforeEach
    void start() {
        site = TestSite.migrated(dir);
    }

    @AfterEach
    void stop() {
        site.close();
    }

    @Test
    void sharesThePartitionsEvenly() {
        Worker first = site.worker();
        awaitShares(List.of(16L));
        Worker second = site.worker();
        awaitShares(List.of(8L, 8L));
        Worker third = site.worker();
        awaitShares(List.of(5L, 5L, 6L));

        third.close();
        awaitShares(List.of(8L, 8L));
        first.close();
        awaitShares(List.of(16L));
        second.close();

        assertEquals(Partition.COUNT, site.number("SELECT COUNT(*) FROM log_cursor WHERE owner = ''"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM worker"));
    }

    @Test
    @Tag("F15")
    void takesOverFromAWorkerThatVanishesUnderLoad() throws InterruptedException {
        Worker survivor = site.worker();
        Worker victim = site.worker();
        awaitShares(List.of(8L, 8L));
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger said = new AtomicInteger();
        Thread load = new Thread(() -> {
            try (TestLog log = new TestLog(site.redis.url())) {
                while (!enough.get()) {
                    String owner = "load-" + said.get() % 40;
                    log.append(Saying.of(TestLog.conversationOf(owner), owner, "word " + said.get()));
                    said.incrementAndGet();
                }
            }
        });
        load.start();
        TestSite.await(() -> said.get() > 200);

        victim.abandon();

        int before = said.get();
        TestSite.await(() -> said.get() > before + 200);
        awaitShares(List.of(16L));
        enough.set(true);
        load.join();
        site.awaitDrained();
        assertTrue(survivor.notReady().isEmpty());
        assertEquals(said.get(), site.number("SELECT COUNT(*) FROM message"));
        assertEquals(
                0,
                site.number("SELECT COUNT(*) FROM (SELECT conversation_id, MAX(seq) AS head, COUNT(*) AS said"
                        + " FROM message GROUP BY conversation_id) AS each_one WHERE head <> said"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
        assertEquals(0, site.log.backlog());
    }

    @Test
    @Tag("F18")
    void losesNothingWhenTheDatabaseIsKilledUnderLoad() throws InterruptedException {
        Worker worker = site.worker();
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger said = new AtomicInteger();
        Thread load = new Thread(() -> {
            try (TestLog log = new TestLog(site.redis.url())) {
                while (!enough.get()) {
                    String owner = "load-" + said.get() % 40;
                    log.append(Saying.of(TestLog.conversationOf(owner), owner, "word " + said.get()));
                    said.incrementAndGet();
                }
            }
        });
        load.start();
        TestSite.await(() -> said.get() > 200);

        site.database.kill();
        TestSite.await(() -> !worker.notReady().isEmpty());
        int before = said.get();
        TestSite.await(() -> said.get() > before + 100);
        site.database.restart();

        TestSite.await(() -> worker.notReady().isEmpty());
        enough.set(true);
        load.join();
        site.awaitDrained();
        assertEquals(said.get(), site.number("SELECT COUNT(*) FROM message"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
        assertEquals(0, site.log.backlog());
    }

    @Test
    @Tag("T20")
    void storesAfterRedisWasRestartedAndAfterItWasWiped() {
        Worker worker = site.worker();
        site.log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "before"));
        site.awaitDrained();
        Partition partition = Partition.ofOwner("ana");
        int epoch = site.log.epoch(partition);

        site.redis.kill();
        TestSite.await(() -> !worker.notReady().isEmpty());
        site.redis.restart();
        TestSite.await(() -> worker.notReady().isEmpty());
        try (TestLog log = new TestLog(site.redis.url())) {
            int raised = log.epoch(partition);
            assertTrue(Integer.compareUnsigned(raised, epoch) > 0, "a restart changes the replication id");
            log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "after the restart"));
            TestSite.await(() -> log.length() == 0);

            log.redis().flushall();
            TestSite.await(() -> log.epoch(partition) != 0);
            assertTrue(Integer.compareUnsigned(log.epoch(partition), raised) > 0, "an emptied Redis numbers anew");
            log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "after the wipe"));
            TestSite.await(() -> log.length() == 0);
        }
        assertEquals(
                List.of(List.of("before", "1"), List.of("after the restart", "2"), List.of("after the wipe", "3")),
                site.rows("SELECT body, seq FROM message ORDER BY epoch, seq"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
        assertFalse(worker.notReady().contains("stopped"));
    }

    @Test
    @Tag("T10")
    void drainsARedisThatIsFull() {
        site.worker();
        site.stopWorkers();
        site.log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "the last that fitted"));
        site.log.redis().configSet("maxmemory", "1");
        assertThrows(
                RedisException.class,
                () -> site.log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "one too many")));

        site.worker();
        site.awaitDrained();

        assertEquals(List.of(List.of("the last that fitted")), site.rows("SELECT body FROM message"));
    }

    @Test
    void goesOnWhenTheDatabaseWasMadeAnew() {
        for (int i = 0; i < 3; i++) {
            site.worker();
            site.stopWorkers();
        }
        site.change("DELETE FROM log_cursor");

        site.worker();
        site.log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "hello"));
        site.awaitDrained();

        assertEquals(1, site.number("SELECT COUNT(*) FROM message"));
        assertEquals(4, site.number("SELECT MIN(fence) FROM log_cursor"));
    }

    private void awaitShares(List<Long> expected) {
        TestSite.await(() -> site.rows(
                        "SELECT COUNT(*) FROM log_cursor WHERE owner <> '' GROUP BY owner ORDER BY COUNT(*)")
                .equals(expected.stream()
                        .map(share -> List.of(Long.toString(share)))
                        .toList()));
    }
}
