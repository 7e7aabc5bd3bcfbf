package dev.switchboard.gateway.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.switchboard.gateway.Gateway;
import dev.switchboard.gateway.GatewayRig;
import dev.switchboard.gateway.LeakCheck;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
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
import java.util.HashMap;
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
    private static final String SETTLED = Integer.toString(BEFORE + 2);
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
        fill(6, "mx", SETTLED);
        List<String> all = List.of("0:1", "0:2", "0:3", "0:4", "0:5", "0:6", "1:6", "1:7");
        assertEquals(all, positions(page("?limit=100")));
        JsonObject newest = page("?limit=3");
        assertEquals(all.subList(5, 8), positions(newest));
        JsonObject older = page("?limit=100&before=" + newest.get("before").getAsString());
        assertEquals(all.subList(0, 5), positions(older));
        List<String> oneByOne = new ArrayList<>();
        String path = "?limit=1";
        for (int i = 0; i < all.size(); i++) {
            JsonObject one = page(path);
            oneByOne.addAll(0, positions(one));
            assertEquals(i == all.size() - 1, one.get("before").isJsonNull());
            path = "?limit=1&before="
                    + (one.get("before").isJsonNull() ? "" : one.get("before").getAsString());
        }
        assertEquals(all, oneByOne);
    }

    @Test
    void aLaneInWhichNothingWasSaidHasNothingOlder() throws IOException {
        fill(6, "mx", SETTLED);
        JsonObject notes = page("?limit=100&lane=STAFF");
        assertEquals(List.of(), positions(notes));
        assertTrue(notes.get("before").isJsonNull());
    }

    /** Numbers of the lost end may be higher than all that was stored since. */
    @Test
    void historyIsCompleteWhenAllIsStored() throws IOException, SQLException {
        tables.messagesOfTheFirst(9);
        tables.run("UPDATE message SET epoch = epoch + 1 WHERE conversation_id = 1 AND seq BETWEEN 6 AND 7");
        tables.run("UPDATE conversation SET public_epoch = " + (BEFORE + 1) + ", public_seq = 7 WHERE id = 1");
        try {
            fill(7, "mx", SETTLED, "pe", Integer.toString(BEFORE + 1), "s", "9");
            assertEquals(
                    List.of("0:1", "0:2", "0:3", "0:4", "0:5", "0:8", "0:9", "1:6", "1:7"),
                    positions(page("?limit=100")));
        } finally {
            tables.messagesOfTheFirst(6);
            tables.run("UPDATE conversation SET public_epoch = " + BEFORE + " WHERE id = 1");
        }
    }

    /** Whoever begins at the beginning is not told that the tail is all. */
    @Test
    void resumingFromTheBeginningIsLoadingAnew() throws IOException {
        fill(6, "mx", SETTLED);
        try (TestSocket client = GatewayRig.user(gateway, OWNER)) {
            client.send(ClientFrame.newBuilder()
                    .setRef(9)
                    .setResume(Resume.newBuilder()
                            .addPositions(LanePosition.newBuilder()
                                    .setConversation(ByteString.copyFrom(CONVERSATION.bytes()))))
                    .build());
            ServerFrame answer = client.await(frame -> frame.getRef() == 9);
            assertTrue(answer.getSync().getHeads(0).getResyncRequired());
        }
    }

    /** Nobody has compared Redis with MySQL yet. */
    @Test
    void elseTheTailIsTakenAsItIs() throws IOException {
        fill(6, "be", Integer.toString(BEFORE));
        assertFalse(positions(ask("?limit=100")).contains("0:6"));
    }

    /** As a worker leaves it: five messages of before, the sixth lost, two of afterwards, and the epoch raised once more. */
    private static void fill(int stored, String... more) {
        RedisClient client = RedisClient.create(rig.redis().url());
        try (StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE)) {
            byte[] tail = bytes(Keys.publicTail(CONVERSATION));
            connection.sync().del(tail, bytes(Keys.conversation(CONVERSATION)));
            for (int seq = 1; seq <= 5; seq++) {
                connection.sync().rpush(tail, header(seq), record(BEFORE, seq));
            }
            connection.sync().rpush(tail, header(6), record(BEFORE + 1, 6));
            connection.sync().rpush(tail, header(7), record(BEFORE + 1, 7));
            Map<String, String> fields = new HashMap<>(Map.of("o", OWNER, "st", "0", "e", SETTLED, "s", "7", "n", "0"));
            fields.put("pe", Integer.toString(BEFORE));
            fields.put("ps", Integer.toString(stored));
            for (int i = 0; i < more.length; i += 2) {
                fields.put(more[i], more[i + 1]);
            }
            rig.withRedis(redis -> redis.sync().hset(Keys.conversation(CONVERSATION), fields));
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
        JsonObject page = ask(query);
        assertTrue(page.get("complete").getAsBoolean(), page::toString);
        return page;
    }

    private static JsonObject ask(String query) throws IOException {
        String path = "/api/v1/conversations/" + CONVERSATION + "/messages" + query;
        TestSocket.Answer answer = TestSocket.ask(
                gateway.port(),
                List.of(
                        "GET " + path + " HTTP/1.1",
                        "Host: a",
                        "Authorization: Bearer " + GatewayRig.adminToken("sofia")));
        assertEquals(200, answer.status(), answer::body);
        return JsonParser.parseString(answer.body()).getAsJsonObject();
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
