package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.servers.Forwarder;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.settings.Environment;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import dev.switchboard.worker.TestLog.Saying;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A primary, a replica that follows it over a link of its own, and an address that leads to whichever is in charge. */
class FailOverIT {
    private static final ConversationId CONVERSATION = TestLog.conversationOf("ana");
    private static final Partition PARTITION = CONVERSATION.partition();

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private TestSite site;

    @SuppressWarnings("NullAway.Init")
    private Forwarder link;

    @SuppressWarnings("NullAway.Init")
    private Forwarder address;

    @SuppressWarnings("NullAway.Init")
    private RedisServer replica;

    @SuppressWarnings("NullAway.Init")
    private TestLog behind;

    @BeforeEach
    void start() {
        site = TestSite.migrated(dir);
        // Else the first synchronisation waits five seconds for more replicas.
        site.log.redis().configSet("repl-diskless-sync-delay", "0");
        link = new Forwarder(site.redis.port());
        address = new Forwarder(site.redis.port());
        replica =
                RedisServer.start(RedisServer.Options.in(dir.resolve("replica")).replicaOf(site.redis, link.port()));
        behind = new TestLog(replica.url());
    }

    @AfterEach
    void stop() {
        site.stopWorkers();
        behind.close();
        replica.close();
        address.close();
        link.close();
        site.close();
    }

    @Test
    @Tag("T3")
    void whatAFailOverLostIsSentAgainAndStoredOnce() {
        Worker worker = worker();
        say("1", "2", "3");
        site.awaitDrained();
        awaitReplicated(3);
        int epoch = site.log.epoch(PARTITION);
        // From here on nothing is stored, and nothing reaches the replica. WAIT would say so, but undoes nothing.
        worker.close();
        link.cut();
        Saying four = Saying.of(CONVERSATION, "ana", "4").withId(new UUID(1, 4));
        Saying five = Saying.of(CONVERSATION, "ana", "5").withId(new UUID(1, 5));
        assertEquals(List.of(4, 5), site.log.append(four, five));
        assertEquals(0, site.log.redis().waitForReplication(1, 200));

        failOver();
        worker();
        int later = behind.epoch(PARTITION);
        assertTrue(Integer.compareUnsigned(later, epoch) > 0);
        assertEquals("resync", behind.resume(CONVERSATION, new Position(epoch, 5)));
        assertEquals("complete", behind.resume(CONVERSATION, new Position(epoch, 3)));
        assertEquals(List.of(4, 5), behind.append(four, five), "the same ids go out again");
        TestSite.await(() -> behind.length() == 0);

        assertEquals(
                List.of("1 1", "2 2", "3 3", "4 4", "5 5"),
                site.rows("SELECT CONCAT(seq, ' ', body) FROM message ORDER BY epoch, seq").stream()
                        .map(row -> row.get(0))
                        .toList());
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
        assertEquals("resync", behind.resume(CONVERSATION, new Position(epoch, 5)), "it may be another message");
        assertEquals("complete", behind.resume(CONVERSATION, new Position(later, 5)));
    }

    @Test
    @Tag("T4")
    @Tag("T20")
    void idsOfTheLogMayGoBackwards() {
        worker();
        say("1", "2", "3");
        site.awaitDrained();
        awaitReplicated(3);
        int epoch = site.log.epoch(PARTITION);
        link.cut();
        // The clock of the primary was a day ahead; its log never goes back behind what it once gave out.
        long tomorrow = System.currentTimeMillis() + 86_400_000;
        site.log.setLastId(PARTITION, tomorrow + "-0");
        say("4", "5");
        site.awaitDrained();
        String cursor = cursor();
        assertTrue(Long.parseLong(cursor.substring(0, cursor.indexOf('-'))) >= tomorrow, cursor);

        failOver();
        TestSite.await(() -> behind.epoch(PARTITION) != epoch && isCompared());
        // What was stored is not lost: numbers go on behind it, and who saw it goes on from there.
        assertEquals("complete", behind.resume(CONVERSATION, new Position(epoch, 5)));
        assertEquals("stored", behind.resume(CONVERSATION, new Position(epoch, 3)));
        assertEquals(List.of(6), behind.append(Saying.of(CONVERSATION, "ana", "6")));
        TestSite.await(() -> behind.length() == 0);

        assertEquals(
                List.of("1", "2", "3", "4", "5", "6"),
                site.rows("SELECT body FROM message ORDER BY epoch, seq").stream()
                        .map(row -> row.get(0))
                        .toList());
        assertEquals(
                List.of("1", "2", "3", "4", "5", "6"),
                site.rows("SELECT seq FROM message ORDER BY epoch, seq").stream()
                        .map(row -> row.get(0))
                        .toList());
        assertTrue(cursor().compareTo(cursor) < 0, "the log is read from its beginning, wherever the cursor was");
        assertEquals(0, behind.backlog());
    }

    @Test
    @Tag("T4")
    void numbersThatWereGivenTwiceAreToldApartByTheirEpoch() {
        Worker worker = worker();
        say("1", "2", "3");
        site.awaitDrained();
        awaitReplicated(3);
        int epoch = site.log.epoch(PARTITION);
        link.cut();
        say("4 of before", "5 of before");
        site.awaitDrained();
        worker.close();

        failOver();
        // A gateway is faster than the worker: it raises the epoch and takes a message.
        int next = behind.raiseEpoch(PARTITION);
        assertEquals(List.of(4), behind.append(Saying.of(CONVERSATION, "ana", "4 of now")));
        assertEquals("complete", behind.resume(CONVERSATION, new Position(next, 4)));
        worker();

        int settled = behind.epoch(PARTITION);
        assertTrue(Integer.compareUnsigned(settled, next) > 0, "nobody can go on from either four");
        for (Position known : List.of(new Position(epoch, 3), new Position(epoch, 5), new Position(next, 4))) {
            assertEquals("resync", behind.resume(CONVERSATION, known));
        }
        assertEquals(List.of(6), behind.append(Saying.of(CONVERSATION, "ana", "6")));
        TestSite.await(() -> behind.length() == 0);
        assertEquals(
                List.of("1", "2", "3", "4 of before", "5 of before", "4 of now", "6"),
                site.rows("SELECT body FROM message ORDER BY epoch, seq").stream()
                        .map(row -> row.get(0))
                        .toList());
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
    }

    @Test
    @Tag("T18")
    void aReplicaThatIsStoppedLosesNothingAndOneThatIsCutOffDoes() {
        worker();
        say("1");
        awaitReplicated(1);
        replica.pause();
        say("2");
        site.redis.kill();
        replica.resume();
        // It was in the replica's socket all the time: a test that stops a replica loses nothing.
        awaitReplicated(2);

        behind.redis().replicaofNoOne();
        site.redis.restart();
        try (TestLog log = new TestLog(site.redis.url())) {
            log.redis().flushall();
            String[] login = URI.create(replica.url()).getUserInfo().split(":", 2);
            log.redis().configSet("masteruser", login[0]);
            log.redis().configSet("masterauth", login[1]);
            log.redis().replicaof("127.0.0.1", replica.port());
            TestSite.await(() -> log.redis().info("replication").contains("master_link_status:up"));
            assertEquals("2", text(log, "s"));
            log.redis().replicaofNoOne();
            behind.redis().replicaof("127.0.0.1", link.port());
            TestSite.await(() -> behind.redis().info("replication").contains("master_link_status:up"));
            link.cut();
            log.raiseEpoch(PARTITION);
            log.append(Saying.of(CONVERSATION, "ana", "3"));
            assertEquals("3", text(log, "s"));
        }
        site.redis.kill();
        link.passTo(site.redis.port());
        assertEquals("2", text(behind, "s"), "cut off, it is lost");
    }

    @Test
    @Tag("T23")
    void whatOnlyMysqlRemembersComesBackAsIfItWereSaidNow() {
        worker();
        ConversationId bobs = TestLog.conversationOf("bob");
        say("1", "2", "3");
        site.log.append(Saying.of(CONVERSATION, "ana", "answer").by("root", Lane.PUBLIC));
        site.awaitDrained();
        awaitReplicated(4);
        int epoch = site.log.epoch(PARTITION);
        link.cut();
        Saying reader = Saying.of(CONVERSATION, "ana", "");
        assertEquals('o', site.log.read(reader, false, 4));
        assertEquals('o', site.log.read(reader.by("root", Lane.PUBLIC), true, 3));
        site.log.append(Saying.of(bobs, "bob", "opened and stored"));
        site.awaitDrained();
        // No command sets a status yet: so whoever will set it writes it as an entry of the log does.
        site.change(
                "UPDATE conversation SET status = 2, status_epoch = " + epoch + ", status_seq = 4 WHERE owner = 'ana'");

        failOver();
        TestSite.await(() -> behind.epoch(PARTITION) != epoch
                && isCompared()
                && behind.redis().exists(Keys.conversation(bobs)) == 1);

        assertEquals("2", text(behind, "st"));
        assertEquals("4", text(behind, "ors"));
        assertEquals("3", text(behind, "srs"));
        assertEquals(List.of(2), behind.append(Saying.of(bobs, "bob", "goes on in the conversation that he had")));
        TestSite.await(() -> behind.length() == 0 && behind.backlog() == 0);
        assertEquals(
                List.of(List.of("4", "3", "2")),
                site.rows("SELECT owner_read_seq, staff_read_seq, status FROM conversation WHERE owner = 'ana'"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
    }

    private Worker worker() {
        Map<String, String> variables = new HashMap<>(site.variables());
        variables.put("SWITCHBOARD_REDIS_URL", site.redis.over(address.port(), site.redis.workerUrl()));
        return site.worker(WorkerConfig.from(new Environment(variables)));
    }

    private void say(String... texts) {
        for (String text : texts) {
            site.log.append(Saying.of(CONVERSATION, "ana", text));
        }
    }

    private void awaitReplicated(int seq) {
        TestSite.await(() -> text(behind, "s").equals(Integer.toString(seq)));
    }

    private void failOver() {
        site.redis.kill();
        behind.redis().replicaofNoOne();
        address.passTo(replica.port());
    }

    private boolean isCompared() {
        byte[] compared = behind.redis().hget(Keys.partition(PARTITION), "compared");
        return compared != null
                && new String(compared, StandardCharsets.UTF_8)
                        .equals(Integer.toUnsignedString(behind.epoch(PARTITION)));
    }

    private String cursor() {
        return site.rows("SELECT log_id FROM log_cursor WHERE partition_no = " + PARTITION.number())
                .get(0)
                .get(0);
    }

    private static String text(TestLog log, String field) {
        byte[] value = log.redis().hget(Keys.conversation(CONVERSATION), field);
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }
}
