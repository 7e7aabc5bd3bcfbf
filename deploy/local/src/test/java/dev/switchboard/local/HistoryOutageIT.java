package dev.switchboard.local;

import static dev.switchboard.local.HttpApi.fields;
import static dev.switchboard.local.Site.awaitStored;
import static dev.switchboard.local.Site.messagesOf;
import static dev.switchboard.local.Site.say;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.DatabaseServer;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.wire.ConversationId;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Conversations and their history while parts of the system are away. */
class HistoryOutageIT {
    @RegisterExtension
    static final Site site = new Site(2, 1);

    @Test
    void saysWhatIsMissingWhileMysqlIsAway() {
        DatabaseServer database = site.stack().database().orElseThrow();
        try (ChatClient gina = site.chat("gina", false)) {
            String[] texts = IntStream.rangeClosed(1, 95).mapToObj(i -> "m" + i).toArray(String[]::new);
            Accepted last = say(gina, texts);
            HttpApi api = site.as("gina", false);
            String messages = messagesOf(last);
            awaitStored(api, messages, 95);
            String older = api.object(messages + "?limit=60").get("before").getAsString();
            database.kill();
            try {
                say(gina, "while away");
                JsonObject newest = api.object(messages + "?limit=20");
                assertEquals(20, newest.getAsJsonArray("messages").size());
                assertTrue(newest.get("complete").getAsBoolean(), "all of it is in the tail");
                JsonObject more = api.object(messages + "?limit=100");
                assertFalse(more.get("complete").getAsBoolean());
                assertEquals("[\"mysql\"]", more.getAsJsonArray("missing").toString());
                assertEquals(
                        "while away",
                        fields(more.getAsJsonArray("messages"), "text")
                                .get(more.getAsJsonArray("messages").size() - 1));
                HttpResponse<String> gone = api.get(messages + "?before=" + older);
                assertEquals(503, gone.statusCode());
                assertTrue(gone.headers().firstValue("Retry-After").isPresent());
                // One of somebody else looks like one that does not exist.
                assertEquals(503, site.as("eva", false).get(messages).statusCode());
                assertEquals(
                        503,
                        site.as("eva", false)
                                .get("/api/v1/conversations/"
                                        + ConversationId.openedBy("eva", new UUID(0x7000L, 1L << 63)) + "/messages")
                                .statusCode());
                JsonObject list = site.as("sofia", true).object("/api/v1/conversations");
                assertEquals("[\"mysql\"]", list.getAsJsonArray("missing").toString());
                assertEquals(
                        "gina",
                        list.getAsJsonArray("conversations")
                                .get(0)
                                .getAsJsonObject()
                                .get("owner")
                                .getAsString());
            } finally {
                database.restart();
            }
            assertTrue(Await.until(
                    Site.PATIENCE,
                    () -> api.object(messages + "?limit=100").get("complete").getAsBoolean()));
            assertEquals(
                    96,
                    api.object(messages + "?limit=100")
                            .getAsJsonArray("messages")
                            .size());
        }
    }

    @Test
    void saysWhatIsMissingWhileRedisIsAway() {
        RedisServer redis = site.stack().redis().orElseThrow();
        HttpApi api = site.as("hana", false);
        String messages;
        try (ChatClient hana = site.chat("hana", false)) {
            messages = messagesOf(say(hana, "uno", "dos"));
            awaitStored(api, messages, 2);
            redis.kill();
            try {
                assertTrue(Await.until(Site.PATIENCE, () -> api.get(messages).statusCode() == 200));
                JsonObject page = api.object(messages);
                assertEquals(List.of("uno", "dos"), fields(page.getAsJsonArray("messages"), "text"));
                assertFalse(page.get("complete").getAsBoolean());
                assertEquals("[\"redis\"]", page.getAsJsonArray("missing").toString());
                JsonObject list = site.as("sofia", true).object("/api/v1/conversations");
                assertEquals("[\"redis\"]", list.getAsJsonArray("missing").toString());
                assertTrue(fields(list.getAsJsonArray("conversations"), "owner").contains("hana"));
                HttpResponse<String> facade = api.get("/api/mensajes/mios");
                assertEquals(200, facade.statusCode());
                assertEquals("redis", facade.headers().firstValue("X-Missing").orElse(""));
                HttpResponse<String> ofSupport = site.as("sofia", true).get("/api/mensajes?con=admin");
                assertEquals(200, ofSupport.statusCode());
                assertEquals(
                        "redis", ofSupport.headers().firstValue("X-Missing").orElse(""));
                // Nobody can tell now whether it is, so it looks like one that may not be.
                assertEquals(503, site.as("eva", false).get(messages).statusCode());
            } finally {
                redis.restart();
            }
        }
        assertTrue(Await.until(
                Site.PATIENCE,
                () -> api.get(messages).statusCode() == 200
                        && api.object(messages).get("complete").getAsBoolean()));
    }
}
