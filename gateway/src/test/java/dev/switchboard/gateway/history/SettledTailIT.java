package dev.switchboard.gateway.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.switchboard.gateway.Gateway;
import dev.switchboard.gateway.GatewayRig;
import dev.switchboard.gateway.LeakCheck;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.MessageRecord;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Redis failed over and lost the end of a conversation that MySQL has, and people spoke before a worker had compared the two. The
 * tail then goes on from number to number, and still isn't all.
 */
@ExtendWith(LeakCheck.class)
@Tag("T20")
class SettledTailIT {
    private static final int BEFORE = HistoryTables.EPOCH;
    private static final ConversationId CONVERSATION = HistoryTables.id(0);
    private static final String OWNER = "user-0";

    @TempDir
    private static Path dir;

    private static HistoryTables tables;
    private static GatewayRig rig;
    private static Gateway gateway;

    @BeforeAll
    static void start() throws IOException, SQLException {
        tables = new HistoryTables(dir);
        tables.conversations(1);
        tables.messagesOfTheFirst(6);
        rig = new GatewayRig();
        gateway = rig.gateway(Map.of(
                "MYSQL_URL",
                tables.server.jdbcUrl(),
                "MYSQL_TLS",
                "plaintext",
                "MYSQL_PASSWORD",
                tables.server.gateway().password()));
    }

    @AfterAll
    static void stop() throws SQLException {
        rig.close();
        tables.close();
    }

    @Test
    void historyHasWhatMysqlAloneRemembers() throws IOException {
        fill("mx", "1");
        List<String> all = List.of("0:1", "0:2", "0:3", "0:4", "0:5", "0:6", "1:6", "1:7");
        assertEquals(all, positions(page("?limit=100")));
        JsonObject newest = page("?limit=3");
        assertEquals(all.subList(5, 8), positions(newest));
        JsonObject older = page("?limit=100&before=" + newest.get("before").getAsString());
        assertEquals(all.subList(0, 5), positions(older));
    }

    /** Before anybody has compared, nobody can know. */
    @Test
    void elseTheTailIsTakenAsItIs() throws IOException {
        fill("be", Integer.toString(BEFORE));
        assertFalse(positions(page("?limit=100")).contains("0:6"));
    }

    /** As a worker leaves it: five messages of before, the sixth lost, two of afterwards, and the epoch raised once more. */
    private static void fill(String field, String value) {
        RedisClient client = RedisClient.create(rig.redis().url());
        try (StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE)) {
            byte[] tail = bytes(Keys.publicTail(CONVERSATION));
            connection.sync().del(tail, bytes(Keys.conversation(CONVERSATION)));
            for (int seq = 1; seq <= 5; seq++) {
                connection.sync().rpush(tail, header(seq), record(BEFORE, seq));
            }
            connection.sync().rpush(tail, header(6), record(BEFORE + 1, 6));
            connection.sync().rpush(tail, header(7), record(BEFORE + 1, 7));
            rig.withRedis(redis -> redis.sync()
                    .hset(
                            Keys.conversation(CONVERSATION),
                            Map.of(
                                    "o",
                                    OWNER,
                                    "st",
                                    "0",
                                    "e",
                                    Integer.toString(BEFORE + 2),
                                    "s",
                                    "7",
                                    "n",
                                    "0",
                                    "pe",
                                    Integer.toString(BEFORE),
                                    "ps",
                                    "6",
                                    field,
                                    value)));
        } finally {
            client.shutdown();
        }
    }

    private static byte[] header(int seq) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(seq)
                .putInt(1)
                .array();
    }

    private static byte[] record(int epoch, int seq) {
        UUID id = new UUID(epoch, seq);
        return new MessageRecord(0, CONVERSATION, OWNER, Role.USER, null, Lane.PUBLIC, id, id, "text", epoch)
                .completed(0, seq, 1_767_225_600_000L + seq);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static JsonObject page(String query) throws IOException {
        String path = "/api/v1/conversations/" + CONVERSATION + "/messages" + query;
        TestSocket.Answer answer = TestSocket.ask(
                gateway.port(),
                List.of(
                        "GET " + path + " HTTP/1.1",
                        "Host: a",
                        "Authorization: Bearer " + GatewayRig.adminToken("sofia")));
        assertEquals(200, answer.status(), answer::body);
        JsonObject page = JsonParser.parseString(answer.body()).getAsJsonObject();
        assertEquals("true", page.get("complete").getAsString());
        return page;
    }

    /** Epochs since before, and numbers. */
    private static List<String> positions(JsonObject page) {
        List<String> positions = new ArrayList<>();
        page.getAsJsonArray("messages").forEach(each -> {
            JsonObject message = each.getAsJsonObject();
            positions.add(message.get("epoch").getAsLong() - BEFORE + ":" + message.get("seq"));
        });
        return positions;
    }
}
