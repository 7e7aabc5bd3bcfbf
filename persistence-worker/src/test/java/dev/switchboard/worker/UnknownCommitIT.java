package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.worker.TestLog.Saying;
import dev.switchboard.worker.TestProxy.Verdict;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The connection to the database breaks while a transaction is being committed: nobody tells the worker how that went. */
@ExtendWith(SharedSite.class)
class UnknownCommitIT {
    private static final int CUTS = 5;

    @SuppressWarnings("NullAway.Init")
    private TestSite site;

    @BeforeEach
    void start(TestSite renewed) {
        site = renewed;
    }

    @AfterEach
    void stop() {
        site.stopWorkers();
    }

    @ParameterizedTest
    @EnumSource(
            value = Verdict.class,
            names = {"CUT_BEFORE", "CUT_AFTER"})
    @Tag("T7")
    @Tag("T8")
    void storesOnceWhetherTheCommitArrivedOrNot(Verdict cut) {
        AtomicInteger toCut = new AtomicInteger();
        AtomicInteger cuts = new AtomicInteger();
        try (TestProxy proxy = new TestProxy(site.database.port(), sent -> {
            if (TestProxy.isCommit(sent) && toCut.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                cuts.incrementAndGet();
                return cut;
            }
            return Verdict.PASS;
        })) {
            Worker worker = site.worker(site.configThrough(proxy));
            toCut.set(CUTS);
            for (int i = 0; i < 100; i++) {
                String owner = "user-" + i % 7;
                site.log.append(Saying.of(TestLog.conversationOf(owner), owner, "word " + i));
            }
            site.awaitDrained();
            TestSite.await(() -> worker.notReady().isEmpty());

            assertEquals(CUTS, cuts.get(), "cuts");
            assertEquals(100, site.number("SELECT COUNT(*) FROM message"));
            assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
            assertEquals(0, site.number("SELECT COUNT(*) FROM void_position"));
            assertEquals(0, site.log.backlog());
            assertEquals(1, site.number("SELECT COUNT(DISTINCT fence) FROM log_cursor"), "nobody took over");
            List<List<String>> heads = site.rows(
                    "SELECT c.public_seq, COUNT(*) FROM conversation c JOIN message m ON m.conversation_id = c.id"
                            + " GROUP BY c.id, c.public_seq");
            assertTrue(heads.stream().allMatch(row -> row.get(0).equals(row.get(1))), heads::toString);
        }
    }
}
