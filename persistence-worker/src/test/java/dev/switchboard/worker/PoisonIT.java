package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.servers.Await;
import dev.switchboard.settings.Environment;
import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import dev.switchboard.worker.TestLog.Saying;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class PoisonIT {
    @TempDir
    static Path dir;

    @SuppressWarnings("NullAway.Init")
    private static TestSite site;

    @BeforeAll
    static void start() {
        site = TestSite.migrated(dir);
        // Once, so that the partitions are prepared; then all that a test appends is one batch.
        site.worker();
        site.stopWorkers();
    }

    @AfterEach
    void empty() {
        site.stopWorkers();
        site.change("DELETE FROM message");
        site.change("DELETE FROM conversation");
        site.change("DELETE FROM dead_letter");
        site.change("DELETE FROM void_position");
        for (String kind : List.of("*c:*", "*u:*", "*t:*")) {
            List<String> keys = site.log.redis().keys(kind);
            if (!keys.isEmpty()) {
                site.log.redis().del(keys.toArray(String[]::new));
            }
        }
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    @Test
    @Tag("T6")
    void setsAsideTheOneRowTheDatabaseRefuses() {
        ConversationId conversation = TestLog.conversationOf("ana");
        Saying[] sayings = new Saying[100];
        for (int i = 0; i < sayings.length; i++) {
            sayings[i] = Saying.of(conversation, "ana", i == 37 ? "x".repeat(70_000) : "word " + i);
        }
        site.log.append(sayings);
        site.log.append(Saying.of(TestLog.conversationOf("bob"), "bob", "innocent"));

        try (TestRoom room = new TestRoom(site, "ana")) {
            site.worker();
            // The others of the batch, beside it and elsewhere.
            assertTrue(Await.until(Duration.ofSeconds(5), () -> site.number("SELECT COUNT(*) FROM message") == 100));
            site.awaitDrained();
            TestSite.await(() -> room.absent().equals(List.of("PUBLIC 38 dead")));
        }
        assertEquals(100, site.number("SELECT COUNT(*) FROM message"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM message WHERE seq = 38"));
        List<List<String>> letters =
                site.rows("SELECT partition_no, item, reason, LENGTH(bytes) > 70000 FROM dead_letter");
        assertEquals(1, letters.size());
        assertEquals(
                Integer.toString(conversation.partition().number()),
                letters.get(0).get(0));
        assertEquals("37", letters.get(0).get(1));
        assertTrue(letters.get(0).get(2).contains("1406"), letters.get(0).get(2));
        assertEquals("1", letters.get(0).get(3));
        assertEquals(0, site.log.backlog());
    }

    @Test
    @Tag("S0.25")
    @Tag("S1.19")
    void logsWhatIsStoredAndWhatIsNotByTheFirstSystemsLinesWithoutText() {
        Logger logger = (Logger) LoggerFactory.getLogger("dev.switchboard.worker.store");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.DEBUG);
        try {
            ConversationId conversation = TestLog.conversationOf("ana");
            site.log.append(
                    Saying.of(conversation, "ana", "unspeakable"), Saying.of(conversation, "ana", "x".repeat(70_000)));
            site.log.append(Saying.of(conversation, "ana", "unspeakable")
                    .by("sofia", Lane.PUBLIC)
                    .withId(UUID.randomUUID()));
            site.worker();
            site.awaitDrained();
            TestSite.await(() -> logged(lines, "💾 Mensaje guardado: sofia ➡️ ana") == 1);
            assertEquals(1, logged(lines, "💾 Mensaje guardado: ana ➡️ admin"));
            assertEquals(1, logged(lines, "❌ Error al guardar mensaje:"));
            assertEquals(0, logged(lines, "unspeakable") + logged(lines, "xxx"));
        } finally {
            logger.detachAppender(lines);
            logger.setLevel(null);
        }
    }

    private static long logged(ListAppender<ILoggingEvent> lines, String text) {
        return List.copyOf(lines.list).stream()
                .filter(line -> line.getFormattedMessage().contains(text))
                .count();
    }

    @Test
    @Tag("T6")
    void setsAsideWhatCannotBeDecoded() {
        Partition partition = Partition.ofOwner("ana");
        Saying hello = Saying.of(TestLog.conversationOf("ana"), "ana", "hello");
        site.log.append(hello);
        site.log.appendRaw(partition, Map.of("e", "no protobuf at all".getBytes(StandardCharsets.UTF_8)));
        site.log.appendRaw(partition, Map.of("other", new byte[] {1}));
        site.log.append(Saying.of(hello.conversation(), "ana", "again"));

        site.worker();
        site.awaitDrained();

        assertEquals(List.of(List.of("hello"), List.of("again")), site.rows("SELECT body FROM message ORDER BY seq"));
        assertEquals(2, site.number("SELECT COUNT(*) FROM dead_letter"));
        assertEquals(1, site.number("SELECT COUNT(*) FROM dead_letter WHERE bytes = 'no protobuf at all'"));
        assertEquals(0, site.log.backlog());
    }

    @Test
    @Tag("T6")
    void cutsALetterThatIsLargerThanTheDatabaseTakes() {
        byte[] large = new byte[TestSite.PACKET_BYTES_MAX + 1];
        Arrays.fill(large, (byte) 'x');
        site.log.appendRaw(Partition.ofOwner("ana"), Map.of("e", large));

        site.worker();
        site.awaitDrained();

        List<List<String>> letters = site.rows("SELECT LENGTH(bytes), LEFT(bytes, 3), reason FROM dead_letter");
        assertEquals(1, letters.size());
        int kept = Integer.parseInt(letters.get(0).get(0));
        assertTrue(kept > large.length * 9L / 10 && kept < large.length, "kept " + kept);
        assertEquals("xxx", letters.get(0).get(1));
        String reason = letters.get(0).get(2);
        assertTrue(
                reason.startsWith("cut to the first " + kept + " of " + large.length + " bytes: undecodable"), reason);
    }

    @Test
    @Tag("T12")
    void keepsTheFirstOfARetryAfterTheDedupeWindow() {
        ConversationId conversation = TestLog.conversationOf("ana");
        Saying once = Saying.of(conversation, "ana", "once");
        site.log.append(once);
        // What makes the script forget.
        site.log.redis().del(Keys.dedupe(conversation.partition()));
        site.log.append(once);
        site.log.append(Saying.of(conversation, "ana", "next"));

        try (TestRoom room = new TestRoom(site, "ana")) {
            site.worker();
            assertTrue(Await.until(Duration.ofSeconds(2), () -> room.absent().equals(List.of("PUBLIC 2 void"))));
            site.awaitDrained();
        }
        assertEquals(
                List.of(new AbsentPositions.One(new Position(site.log.epoch(conversation.partition()), 2), false)),
                AbsentPositions.read(site.log.redis().hget(Keys.conversation(conversation), "va")));
        assertEquals(List.of(List.of("0", "2")), site.rows("SELECT lane, seq FROM void_position"));
        assertEquals(
                List.of(List.of("1", "once"), List.of("3", "next")),
                site.rows("SELECT seq, body FROM message ORDER BY seq"));
        assertEquals(List.of(List.of("3")), site.rows("SELECT public_seq FROM conversation"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
    }

    @Test
    void stopsAtTheBoundOfDeadLettersUntilThereIsRoom() throws IOException, InterruptedException {
        Map<String, String> variables = site.variables();
        variables.put("SWITCHBOARD_DEAD_LETTERS_MAX", "2");
        Worker worker = site.worker(WorkerConfig.from(new Environment(variables)));
        Partition partition = Partition.ofOwner("ana");
        for (int i = 0; i < 3; i++) {
            site.log.appendRaw(partition, Map.of("e", ("bad " + i).getBytes(StandardCharsets.UTF_8)));
            int letters = Math.min(2, i + 1);
            TestSite.await(() -> site.number("SELECT COUNT(*) FROM dead_letter") == letters);
        }
        site.log.append(Saying.of(TestLog.conversationOf("ana"), "ana", "behind it"));

        TestSite.await(() -> worker.notReady().toString().contains("more than 2 dead letters"));
        assertTrue(page(worker, "/metrics").contains("switchboard_worker_dead_letters_full 1.0"));
        assertTrue(page(worker, "/readyz").contains("more than 2 dead letters"));
        assertEquals(2, site.number("SELECT COUNT(*) FROM dead_letter"));
        assertEquals(0, site.number("SELECT COUNT(*) FROM message"));
        assertTrue(site.log.length() > 0, "what is not stored stays in the log");

        site.change("DELETE FROM dead_letter");
        site.awaitDrained();
        assertEquals(1, site.number("SELECT COUNT(*) FROM message"));
        TestSite.await(() -> worker.notReady().isEmpty());
        assertTrue(page(worker, "/metrics").contains("switchboard_worker_dead_letters_full 0.0"));
    }

    private static String page(Worker worker, String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + worker.managementPort() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void setsAsideASecondMessageAtTheSamePosition() {
        ConversationId conversation = TestLog.conversationOf("ana");
        Saying first = Saying.of(conversation, "ana", "first");
        site.log.append(first);
        // What no fault should bring about: the same epoch numbers anew.
        site.log.redis().hset(Keys.conversation(conversation), "s", "0".getBytes(StandardCharsets.UTF_8));
        site.log.append(first.withId(UUID.randomUUID()));

        site.worker();
        site.awaitDrained();

        assertEquals(1, site.number("SELECT COUNT(*) FROM message"));
        assertEquals(
                List.of(List.of("another message has this position")), site.rows("SELECT reason FROM dead_letter"));
    }
}
