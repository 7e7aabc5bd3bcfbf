package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.worker.TestLog.Saying;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerIT {
    @TempDir
    static Path dir;

    @SuppressWarnings("NullAway.Init")
    private static TestSite site;

    @SuppressWarnings("NullAway.Init")
    private static Worker worker;

    @BeforeAll
    static void start() {
        site = TestSite.migrated(dir);
        worker = site.worker();
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    @Test
    void writesRowsWithTheRightColumns() {
        ConversationId conversation = TestLog.conversationOf("José");
        String text = "¿qué tal? 😀 \\ ' \" \0 %";
        Saying first = Saying.of(conversation, "José", text);
        site.log.append(first);
        site.log.append(Saying.of(conversation, "José", "note").by("boss", Lane.STAFF));
        site.awaitDrained();

        List<List<String>> rows = site.rows(
                "SELECT m.sender, m.sender_role, m.lane, m.seq, m.after_public, m.body,"
                        + " HEX(m.client_msg_id), HEX(c.public_id), c.owner, c.status, m.epoch = c.public_epoch,"
                        + " ABS(TIMESTAMPDIFF(SECOND, m.sent_at, UTC_TIMESTAMP())) < 60"
                        + " FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE c.owner = 'José' ORDER BY m.id");
        String id = conversation.hex().toUpperCase(Locale.ROOT);
        String clientId = first.id().toString().replace("-", "").toUpperCase(Locale.ROOT);
        assertEquals(2, rows.size());
        assertEquals(List.of("José", "0", "0", "1", "null", text, clientId, id, "José", "0", "1", "1"), rows.get(0));
        assertEquals(List.of("boss", "1", "1", "1", "1", "note"), rows.get(1).subList(0, 6));
        assertEquals(
                List.of(List.of("1", "1")),
                site.rows("SELECT public_seq, staff_seq FROM conversation WHERE owner = 'José'"));
        assertEquals(
                List.of(List.of("José", "0"), List.of("boss", "1")),
                site.rows("SELECT user, role FROM account WHERE user IN ('José', 'boss') ORDER BY user"));
    }

    @Test
    void storesThousandsOverAllPartitionsInOrderAndOnce() {
        List<String> owners = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            owners.add("many-" + i);
        }
        for (int round = 0; round < 10; round++) {
            for (String owner : owners) {
                Saying[] sayings = new Saying[8];
                for (int i = 0; i < sayings.length; i++) {
                    sayings[i] = Saying.of(TestLog.conversationOf(owner), owner, "round " + round + " item " + i);
                }
                site.log.append(sayings);
            }
        }
        site.awaitDrained();

        String many = " FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE c.owner LIKE 'many-%'";
        assertEquals(64 * 80, site.number("SELECT COUNT(*)" + many));
        assertEquals(64 * 80, site.number("SELECT COUNT(DISTINCT m.message_id)" + many));
        assertEquals(
                64, site.number("SELECT COUNT(*) FROM conversation WHERE owner LIKE 'many-%' AND public_seq = 80"));
        List<List<String>> bodies = site.rows("SELECT m.body, m.seq" + many + " AND c.owner = 'many-7' ORDER BY m.id");
        for (int i = 0; i < 80; i++) {
            assertEquals(List.of("round " + i / 8 + " item " + i % 8, Integer.toString(i + 1)), bodies.get(i));
        }
        assertEquals(0, site.log.backlog());
    }

    @Test
    void leavesTheTailAtRestAndTheStoredPositionInRedis() {
        ConversationId conversation = TestLog.conversationOf("tail");
        for (int i = 0; i < 60; i++) {
            site.log.append(Saying.of(conversation, "tail", "word " + i));
        }
        site.awaitDrained();

        String tail = Keys.publicTail(conversation);
        assertEquals(
                IntStream.rangeClosed(11, 60).mapToObj(List::of).toList(),
                site.log.tail(tail),
                "a piece for each call");
        assertTrue(site.log.redis().ttl(tail) > 0, "a tail at rest has a time to live");
        Map<String, byte[]> state = site.log.redis().hgetall(Keys.conversation(conversation));
        assertEquals("60", new String(state.getOrDefault("ps", new byte[0]), StandardCharsets.UTF_8));
    }

    @Test
    void cutsTheTailByWholePieces() {
        ConversationId conversation = TestLog.conversationOf("pieces");
        for (int call = 0; call < 8; call++) {
            Saying[] sayings = new Saying[9];
            for (int i = 0; i < sayings.length; i++) {
                sayings[i] = Saying.of(conversation, "pieces", "word");
            }
            site.log.append(sayings);
        }
        site.awaitDrained();

        // 72 messages: without the first two pieces 54 remain, without the third there would be fewer than 50.
        List<List<Integer>> pieces = site.log.tail(Keys.publicTail(conversation));
        assertEquals(6, pieces.size());
        assertEquals(
                IntStream.rangeClosed(19, 72).boxed().toList(),
                pieces.stream().flatMap(List::stream).toList());
    }

    @Test
    void answersOnItsPrivatePort() throws IOException, InterruptedException {
        assertEquals("ok\n", page("/livez"));
        // Followed by what is remarkable about this Redis.
        assertTrue(page("/readyz").startsWith("ok\n"));
        String metrics = page("/metrics");
        for (String name : List.of(
                "log_lag_entries",
                "log_lag_seconds",
                "batch_size_count",
                "batch_seconds_bucket",
                "rows_written_total",
                "dead_letters_total",
                "retries_total",
                "partitions_owned",
                "void_total",
                "ready",
                "build_info")) {
            assertTrue(metrics.contains("\nswitchboard_worker_" + name), name + " is missing:\n" + metrics);
        }
    }

    private static String page(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + worker.managementPort() + path))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
