package dev.switchboard.gateway.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.switchboard.gateway.Gateway;
import dev.switchboard.gateway.GatewayRig;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** History where there is much of it: 100,000 messages in one conversation, and 50,000 conversations. */
class HistoryScaleIT {
    private static final int CONVERSATIONS = 50_000;
    private static final int MESSAGES = 100_000;
    private static final int REQUESTS = 1_000;
    private static final int REQUESTS_PER_SECOND = 50;

    @TempDir
    private static Path dir;

    private static HistoryTables tables;

    @BeforeAll
    static void fill() throws IOException, SQLException {
        tables = new HistoryTables(dir);
        tables.conversations(CONVERSATIONS);
        tables.messagesOfTheFirst(MESSAGES);
    }

    @AfterAll
    static void stop() throws SQLException {
        tables.close();
    }

    @Test
    void readsAPageOfHistoryByItsIndex() throws SQLException {
        assertIndexed(1, tables.plan(MessageRows.NEWEST, 1, 0, 51), "message_position");
        assertIndexed(
                1,
                tables.plan(MessageRows.BEFORE, 1, 0, HistoryTables.EPOCH, HistoryTables.EPOCH, 50_000, 51),
                "message_position");
    }

    @Test
    void readsAPageOfTheListByItsIndex() throws SQLException {
        byte[] id = HistoryTables.id(20_000).bytes();
        String time = "2026-01-01 05:33:20.000";
        assertIndexed(2, tables.plan(ConversationRows.LIST, 51), "conversation_activity");
        assertIndexed(2, tables.plan(ConversationRows.LIST_BEFORE, time, time, id, 51), "conversation_activity");
        assertIndexed(2, tables.plan(ConversationRows.OWN, "user-7", 51), "conversation_owner_activity");
        assertIndexed(
                2,
                tables.plan(ConversationRows.OWN_BEFORE, "user-7", time, time, id, 51),
                "conversation_owner_activity");
        List<String> users = tables.plan(ConversationRows.users(false), 5_001);
        assertTrue(users.get(0).contains("key=conversation_activity"), users.toString());
        assertTrue(
                users.stream().noneMatch(line -> line.contains("type=ALL") || line.contains("filesort")),
                users.toString());
    }

    @Test
    void readsWhatAdministratorsSaidByItsIndex() throws SQLException {
        List<String> plan = tables.plan(MessageRows.OF_ADMIN, "marco", Long.MAX_VALUE, 5_001);
        assertTrue(plan.toString().contains("key=message_admin"), plan.toString());
        assertTrue(
                plan.stream().noneMatch(line -> line.contains("type=ALL") || line.contains("filesort")),
                plan.toString());
    }

    /** {@code -Dscale}: the times are only worth something on a machine that does nothing else. */
    @Test
    @EnabledIfSystemProperty(named = "scale", matches = ".*")
    void answersInTime() throws Exception {
        assertEquals(
                ResourceLeakDetector.Level.SIMPLE,
                ResourceLeakDetector.getLevel(),
                "leak detection costs more than the work");
        try (GatewayRig rig = new GatewayRig()) {
            openInRedis(rig.redis().url());
            Gateway gateway = rig.gateway(Map.of(
                    "MYSQL_URL", tables.server.jdbcUrl(),
                    "MYSQL_TLS", "plaintext",
                    "MYSQL_PASSWORD", tables.server.gateway().password()));
            String history = "/api/v1/conversations/" + HistoryTables.id(0) + "/messages";
            measure("warm-up", gateway, history, 50);
            measure("warm-up", gateway, "/api/v1/conversations?limit=50", 50);
            assertTrue(measure("history", gateway, history, 50) <= 20_000, "first page of history");
            assertTrue(
                    measure("list", gateway, "/api/v1/conversations?limit=50", 50) <= 50_000, "list of conversations");
        }
    }

    /** Microseconds that 99 of 100 requests took at most, from when they were due. */
    private static long measure(String what, Gateway gateway, String path, int expected) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
                .header("Authorization", "Bearer " + GatewayRig.adminToken("sofia"))
                .build();
        long start = System.nanoTime();
        List<CompletableFuture<Long>> times = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            long due = start + i * Duration.ofSeconds(1).toNanos() / REQUESTS_PER_SECOND;
            while (due - System.nanoTime() > 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            times.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                    .thenApply(answer -> {
                        long took = System.nanoTime() - due;
                        JsonObject body = JsonParser.parseString(answer.body()).getAsJsonObject();
                        assertEquals(200, answer.statusCode(), answer::body);
                        assertEquals("[]", body.getAsJsonArray("missing").toString());
                        assertTrue(body.get("complete").getAsBoolean());
                        int found = (body.has("messages")
                                        ? body.getAsJsonArray("messages")
                                        : body.getAsJsonArray("conversations"))
                                .size();
                        assertEquals(expected, found);
                        return took / 1_000;
                    }));
        }
        List<Long> sorted = new ArrayList<>();
        for (CompletableFuture<Long> time : times) {
            sorted.add(time.get(20, TimeUnit.SECONDS));
        }
        Collections.sort(sorted);
        long p99 = sorted.get(REQUESTS * 99 / 100);
        System.out.printf("%s: p50 %d us, p99 %d us%n", what, sorted.get(REQUESTS / 2), p99);
        return p99;
    }

    /** All of them open, as they would be. Tails are at rest: empty. */
    private static void openInRedis(String url) {
        RedisClient client = RedisClient.create(url);
        try (StatefulRedisConnection<String, byte[]> connection =
                client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE))) {
            long first = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
            List<RedisFuture<?>> all = new ArrayList<>();
            for (int i = 0; i < CONVERSATIONS; i++) {
                ConversationId id = HistoryTables.id(i);
                String seq = i == 0 ? Integer.toString(MESSAGES) : "1";
                String epoch = Integer.toString(HistoryTables.EPOCH);
                Map<String, byte[]> fields = new HashMap<>();
                List<String> pairs = Arrays.asList(
                        "o", "user-" + i, "st", "0", "e", epoch, "s", seq, "n", "0", "pe", epoch, "ps", seq);
                for (int p = 0; p < pairs.size(); p += 2) {
                    fields.put(pairs.get(p), bytes(pairs.get(p + 1)));
                }
                all.add(connection.async().hset(Keys.conversation(id), fields));
                all.add(connection.async().zadd(Keys.open(id.partition()), (double) (first + i * 1_000L), id.bytes()));
            }
            assertTrue(LettuceFutures.awaitAll(Duration.ofMinutes(1), all.toArray(new RedisFuture<?>[0])));
        } finally {
            client.shutdown();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void assertIndexed(int tables, List<String> plan, String key) {
        assertEquals(tables, plan.size(), plan::toString);
        assertTrue(plan.get(0).contains("key=" + key + " "), plan::toString);
        assertTrue(
                plan.stream().noneMatch(line -> line.contains("type=ALL") || line.contains("filesort")),
                plan::toString);
    }
}
