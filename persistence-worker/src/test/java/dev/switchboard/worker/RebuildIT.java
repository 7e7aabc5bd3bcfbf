package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import dev.switchboard.worker.TestLog.Saying;
import dev.switchboard.worker.log.Preparation;
import dev.switchboard.worker.log.Preparation.Owned;
import dev.switchboard.worker.log.Preparation.Stage;
import dev.switchboard.worker.log.RedisLog;
import dev.switchboard.worker.log.RememberedConversation;
import dev.switchboard.worker.store.MessageStore;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a worker does with a Redis that was wiped: open conversations come back from MySQL before anything else happens. */
@ExtendWith(SharedSite.class)
class RebuildIT {
    /** Several pages, and a last one that is not full. */
    private static final int CONVERSATIONS = Integer.getInteger("conversations", 5_000);

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final ConversationId CONVERSATION = TestLog.conversationOf("ana");
    private static final Partition PARTITION = CONVERSATION.partition();

    @Test
    void goesOnWithTheSameNumbersAndLosesNothingThatWasStored(TestSite site) {
        site.worker();
        Saying reader = Saying.of(CONVERSATION, "ana", "");
        say(site, "1", "2", "3");
        site.log.append(Saying.of(CONVERSATION, "ana", "note").by("root", Lane.STAFF));
        site.log.append(Saying.of(CONVERSATION, "ana", "4").by("root", Lane.PUBLIC));
        site.log.read(reader, false, 4);
        site.log.read(reader.by("root", Lane.PUBLIC), true, 3);
        site.awaitDrained();
        TestSite.await(() -> site.number("SELECT MAX(staff_read_seq) FROM conversation") == 3);
        int epoch = site.log.epoch(PARTITION);
        String activity = text(site, "lt");

        site.log.redis().flushall();
        TestSite.await(() -> site.log.epoch(PARTITION) != 0);

        int later = site.log.epoch(PARTITION);
        assertTrue(Integer.compareUnsigned(later, epoch) > 0);
        assertEquals("4", text(site, "s"));
        assertEquals("1", text(site, "n"));
        assertEquals("4", text(site, "ps"));
        assertEquals("4", text(site, "ors"));
        assertEquals("3", text(site, "srs"));
        assertEquals("3", text(site, "los"));
        assertEquals("4", text(site, "las"));
        assertEquals(activity, text(site, "lt"));
        assertArrayEquals(CONVERSATION.bytes(), site.log.redis().get(Keys.openOf("ana")));
        assertEquals(1, site.log.redis().zcard(Keys.open(PARTITION)));
        assertEquals(0, site.log.length());
        // Who had seen what is stored goes on; who had seen more loads anew.
        assertEquals("stored", site.log.resume(CONVERSATION, new Position(epoch, 2)));
        assertEquals("complete", site.log.resume(CONVERSATION, new Position(epoch, 4)));
        assertEquals("resync", site.log.resume(CONVERSATION, new Position(epoch, 5)));

        assertEquals(List.of(5), site.log.append(Saying.of(CONVERSATION, "ana", "5")));
        assertEquals("complete", site.log.resume(CONVERSATION, new Position(epoch, 4)));
        assertEquals("resync", site.log.resume(CONVERSATION, new Position(epoch, 5)));
        site.awaitDrained();
        assertEquals(
                List.of("1", "2", "3", "4", "5"),
                site.rows("SELECT seq FROM message WHERE lane = 0 ORDER BY epoch, seq").stream()
                        .map(row -> row.get(0))
                        .toList());
    }

    @Test
    void isThroughBeforeAnybodyMaySayAnything(TestSite site) throws Exception {
        fill(site, CONVERSATIONS);
        long start = System.nanoTime();
        try (Worker worker = Worker.start(site.config())) {
            worker.awaitReady(PATIENCE);
            System.out.printf(
                    "%d conversations compared in %d ms%n",
                    CONVERSATIONS, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
            assertEquals(CONVERSATIONS, open(site));
            goesOn(site);
        }
    }

    private static void goesOn(TestSite site) {
        for (int i = 0; i < CONVERSATIONS; i += CONVERSATIONS / 10) {
            String owner = "owner-" + i;
            assertEquals(
                    List.of(8), site.log.append(Saying.of(TestLog.conversationOf(owner), owner, "goes on")), owner);
        }
        site.awaitDrained();

        site.log.redis().flushall();
        ConversationId first = TestLog.conversationOf("owner-0");
        assertTrue(Await.until(PATIENCE, () -> site.log.epoch(first.partition()) != 0));
        assertEquals(List.of(9), site.log.append(Saying.of(first, "owner-0", "and on")));
    }

    @Test
    void beginsAgainWhenAWorkerDiesOrRedisIsWipedInTheMiddle(TestSite site) throws SQLException {
        fill(site, 300);
        ClientResources resources =
                DefaultClientResources.builder().ioThreadPoolSize(2).build();
        WorkerConfig config = site.config();
        try (RedisLog log = RedisLog.open(config.redis(), resources);
                MessageStore store = MessageStore.open(config.database(), "dead", Duration.ofMillis(300))) {
            Preparation dead = new Preparation(log, "dead");
            List<Owned> owned = new ArrayList<>();
            store.leases()
                    .settle(Map.of())
                    .forEach((partition, held) -> owned.add(new Owned(partition, held.fence(), held.epoch())));
            assertTrue(dead.prepare(owned, false).values().stream().allMatch(one -> one.stage() == Stage.BEGUN));
            List<RememberedConversation> half = store.openConversations()
                    .page(Partition.all(), Long.MAX_VALUE)
                    .conversations()
                    .subList(0, 150);
            assertEquals(150, restore(dead, owned, half));
            assertEquals(150, open(site));
            assertThrows(IllegalStateException.class, () -> say(site, "nobody may speak yet"));

            site.log.redis().flushall();
            assertEquals(0, restore(dead, owned, half), "the pass is over");
            assertTrue(dead.prepare(owned, true).values().stream().allMatch(one -> one.stage() == Stage.BEGUN));
            assertEquals(150, restore(dead, owned, half));

            // It says nothing any more; somebody else takes over, and begins from the beginning.
            site.worker();
            TestSite.await(() -> open(site) == 300);
            assertTrue(dead.prepare(owned, true).values().stream().allMatch(one -> one.stage() == Stage.FENCED));
            assertEquals(0, restore(dead, owned, half));
        } finally {
            resources.shutdown(0, 1, TimeUnit.SECONDS);
        }
        assertEquals(300, open(site));
        assertEquals(List.of(8), site.log.append(Saying.of(TestLog.conversationOf("owner-7"), "owner-7", "goes on")));
        site.awaitDrained();
    }

    private static int restore(Preparation worker, List<Owned> owned, List<RememberedConversation> conversations) {
        Map<Owned, List<RememberedConversation>> sorted = new HashMap<>();
        for (Owned one : owned) {
            sorted.put(
                    one,
                    conversations.stream()
                            .filter(each -> each.id().partition().equals(one.partition()))
                            .toList());
        }
        return worker.restore(sorted).values().stream().mapToInt(List::size).sum();
    }

    /** As many open conversations at their seventh message, which nobody looks at. */
    private static void fill(TestSite site, int conversations) throws SQLException {
        try (Connection connection = site.connect(site.database.migration())) {
            connection.setAutoCommit(false);
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO conversation (public_id, owner, opened_at, public_epoch, public_seq, last_message_at,"
                            + " last_public_at) VALUES (?, ?, '2026-01-01', 1700000000, 7, '2026-01-02', '2026-01-02')")) {
                for (int i = 0; i < conversations; i++) {
                    insert.setBytes(1, TestLog.conversationOf("owner-" + i).bytes());
                    insert.setString(2, "owner-" + i);
                    insert.addBatch();
                    if (i % 1_000 == 999) {
                        insert.executeBatch();
                    }
                }
                insert.executeBatch();
            }
            connection.commit();
        }
    }

    private static long open(TestSite site) {
        return Partition.all().stream()
                .mapToLong(partition -> site.log.redis().zcard(Keys.open(partition)))
                .sum();
    }

    private static void say(TestSite site, String... texts) {
        for (String text : texts) {
            site.log.append(Saying.of(CONVERSATION, "ana", text));
        }
    }

    private static String text(TestSite site, String field) {
        byte[] value = site.log.redis().hget(Keys.conversation(CONVERSATION), field);
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }
}
