package dev.switchboard.local;

import static dev.switchboard.local.HttpApi.fields;
import static dev.switchboard.local.Site.awaitStored;
import static dev.switchboard.local.Site.messagesOf;
import static dev.switchboard.local.Site.say;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Read;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.DatabaseServer;
import dev.switchboard.wire.ConversationId;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Conversations and their history over the whole system as real processes. */
class HistoryIT {
    @RegisterExtension
    static final Site site = new Site(2, 1);

    private static Accepted answer(ChatClient admin, Accepted to, String text, Lane lane) {
        admin.send(ChatClient.message(text)
                .setConversation(to.getConversation())
                .setLane(lane)
                .build());
        return admin.await(FrameCase.ACCEPTED).getAccepted();
    }

    @Test
    void pagesLeadBackToTheFirstMessageWithoutGapOrRepetition() {
        try (ChatClient ana = site.chat("ana", false)) {
            String[] texts =
                    IntStream.rangeClosed(1, 230).mapToObj(i -> "m" + i).toArray(String[]::new);
            String messages = messagesOf(say(ana, texts));
            HttpApi api = site.as("ana", false);
            awaitStored(api, messages, 230);
            List<String> all = new ArrayList<>();
            String path = messages + "?limit=40";
            int pages = 0;
            while (true) {
                JsonObject page = api.object(path);
                assertTrue(page.get("complete").getAsBoolean(), page::toString);
                all.addAll(0, fields(page.getAsJsonArray("messages"), "text"));
                pages++;
                assertEquals(230, page.getAsJsonObject("head").get("seq").getAsInt());
                if (page.get("before").isJsonNull()) {
                    assertEquals(
                            0,
                            page.getAsJsonObject("range")
                                    .getAsJsonObject("from")
                                    .get("seq")
                                    .getAsInt());
                    break;
                }
                path = messages + "?limit=40&before=" + page.get("before").getAsString();
            }
            assertEquals(Arrays.asList(texts), all);
            assertEquals(6, pages);
            JsonObject message = api.object(messages + "?limit=1")
                    .getAsJsonArray("messages")
                    .get(0)
                    .getAsJsonObject();
            assertEquals("USER", message.get("senderRole").getAsString());
            assertEquals("PUBLIC", message.get("lane").getAsString());
            assertEquals(230, message.get("seq").getAsInt());
        }
    }

    /** A row's number tells when it was inserted, and that is nobody's order: a slower transaction has lower ones. */
    @Test
    @Tag("T14")
    void pagesFollowPositionsWhateverTheOrderOfRows() throws SQLException {
        try (ChatClient olga = site.chat("olga", false)) {
            String[] texts =
                    IntStream.rangeClosed(1, 150).mapToObj(i -> "m" + i).toArray(String[]::new);
            String messages = messagesOf(say(olga, texts));
            HttpApi api = site.as("olga", false);
            awaitStored(api, messages, 150);
            DatabaseServer database = site.stack().database().orElseThrow();
            try (Connection connection = DriverManager.getConnection(
                            database.jdbcUrl(),
                            database.migration().user(),
                            database.migration().password());
                    Statement statement = connection.createStatement()) {
                assertEquals(
                        150,
                        statement.executeUpdate("UPDATE message SET id = 1000000000 - id WHERE conversation_id ="
                                + " (SELECT id FROM conversation WHERE owner = 'olga')"));
            }
            List<String> all = new ArrayList<>();
            String path = messages + "?limit=40";
            while (true) {
                JsonObject page = api.object(path);
                all.addAll(0, fields(page.getAsJsonArray("messages"), "text"));
                if (page.get("before").isJsonNull()) {
                    break;
                }
                path = messages + "?limit=40&before=" + page.get("before").getAsString();
            }
            assertEquals(Arrays.asList(texts), all);
        }
    }

    @Test
    @Tag("T13")
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void nothingLacksAndNothingIsDoubledWhileRowsMoveFromTheTailToMysql() {
        try (ChatClient mover = site.chat("mover", false)) {
            Accepted first = say(mover, "m1");
            HttpApi api = site.as("mover", false);
            String messages = messagesOf(first) + "?limit=100";
            int accepted = 1;
            for (int round = 0; round < 60; round++) {
                for (int i = 0; i < 25; i++) {
                    mover.say("m" + ++accepted);
                }
                for (int i = 0; i < 25; i++) {
                    mover.await(FrameCase.ACCEPTED);
                }
                JsonObject page = api.object(messages);
                List<String> texts = fields(page.getAsJsonArray("messages"), "text");
                int from = Math.max(1, accepted - 99);
                assertEquals(
                        IntStream.rangeClosed(from, accepted)
                                .mapToObj(n -> "m" + n)
                                .toList(),
                        texts);
                assertTrue(page.get("complete").getAsBoolean());
            }
        }
    }

    @Test
    @Tag("R6")
    @Tag("SEC15")
    void aForeignConversationIsAnsweredAsOneThatIsNot() {
        try (ChatClient berta = site.chat("berta", false);
                ChatClient eva = site.chat("eva", false);
                ChatClient sofia = site.chat("sofia", true)) {
            Accepted ofBerta = say(berta, "privado");
            say(eva, "mío");
            answer(sofia, ofBerta, "nota interna", Lane.STAFF);
            String missing =
                    "/api/v1/conversations/" + ConversationId.openedBy("berta", UUID.randomUUID()) + "/messages";
            HttpApi stranger = site.as("eva", false);
            HttpResponse<String> none = stranger.get(missing);
            assertEquals(404, none.statusCode());
            assertEquals(
                    "NOT_FOUND",
                    com.google.gson.JsonParser.parseString(none.body())
                            .getAsJsonObject()
                            .get("code")
                            .getAsString());
            for (String path : List.of(
                    messagesOf(ofBerta),
                    messagesOf(ofBerta) + "?lane=STAFF",
                    missing + "?lane=STAFF",
                    "/api/v1/conversations/not-a-uuid/messages",
                    "/api/v1/conversations/" + new UUID(0, 0) + "/messages")) {
                HttpResponse<String> answer = stranger.get(path);
                assertEquals(404, answer.statusCode(), path);
                assertEquals(none.body(), answer.body(), path);
            }
            // The owner's own notes lane looks the same to the owner.
            assertEquals(
                    none.body(),
                    site.as("berta", false)
                            .get(messagesOf(ofBerta) + "?lane=STAFF")
                            .body());
            assertEquals(
                    1,
                    site.as("sofia", true)
                            .object(messagesOf(ofBerta) + "?lane=STAFF")
                            .getAsJsonArray("messages")
                            .size());
            assertEquals(
                    401,
                    new HttpApi(site.gateway(0), "").get(messagesOf(ofBerta)).statusCode());
            assertEquals(
                    List.of("eva"),
                    fields(stranger.object("/api/v1/conversations").getAsJsonArray("conversations"), "owner"));
            String list = site.as("berta", false).get("/api/v1/conversations").body();
            assertFalse(list.contains("nota") || list.contains("mío"), list);
            assertNotTellingByTime(stranger, messagesOf(ofBerta), missing);
        }
    }

    /** The medians of many: within noise, what exists takes as long as what does not. */
    private static void assertNotTellingByTime(HttpApi api, String foreign, String missing) {
        List<Long> one = new ArrayList<>();
        List<Long> other = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            one.add(nanos(api, foreign));
            other.add(nanos(api, missing));
        }
        long first = one.stream().sorted().toList().get(30);
        long second = other.stream().sorted().toList().get(30);
        assertTrue(first < 3 * second && second < 3 * first, first + " ns and " + second + " ns");
    }

    private static long nanos(HttpApi api, String path) {
        long start = System.nanoTime();
        assertEquals(404, api.get(path).statusCode());
        return System.nanoTime() - start;
    }

    @Test
    @Tag("S0.4")
    void listsTellWhoSaidWhatLastAndWhatIsUnreadAcrossReloads() {
        try (ChatClient carla = site.chat("carla", false);
                ChatClient dora = site.chat("dora", false);
                ChatClient sofia = site.chat("sofia", true)) {
            say(carla, "uno", "dos");
            Accepted ofDora = say(dora, "tres");
            answer(sofia, ofDora, "nota interna", Lane.STAFF);
            List<JsonObject> list = list(site.as("sofia", true), "?limit=2");
            assertEquals(
                    List.of("dora", "carla"),
                    list.stream().map(each -> each.get("owner").getAsString()).toList());
            assertEquals(
                    "tres",
                    list.get(0).getAsJsonObject("lastMessage").get("text").getAsString());
            assertEquals(1, list.get(0).get("unread").getAsInt());
            assertEquals(2, list.get(1).get("unread").getAsInt());
            assertEquals("OPEN", list.get(1).get("status").getAsString());

            sofia.send(ClientFrame.newBuilder()
                    .setRead(Read.newBuilder()
                            .setConversation(ofDora.getConversation())
                            .setEpoch(ofDora.getEpoch())
                            .setSeq(ofDora.getSeq()))
                    .build());
            assertTrue(Await.until(
                    Site.PATIENCE,
                    () -> list(site.as("marco", true), "?limit=1")
                                    .get(0)
                                    .get("unread")
                                    .getAsInt()
                            == 0));
            answer(sofia, ofDora, "respuesta", Lane.PUBLIC);
            JsonObject own = list(site.as("dora", false), "").get(0);
            assertEquals(1, own.get("unread").getAsInt());
            assertEquals(
                    "respuesta", own.getAsJsonObject("lastMessage").get("text").getAsString());
            assertEquals(own.getAsJsonObject("lastMessage").get("time"), own.get("lastMessageAt"));
            JsonObject first = site.as("sofia", true).object("/api/v1/conversations?limit=1");
            JsonObject second = site.as("sofia", true)
                    .object("/api/v1/conversations?limit=1&cursor="
                            + first.get("next").getAsString());
            assertEquals(List.of("dora"), fields(first.getAsJsonArray("conversations"), "owner"));
            assertEquals(List.of("carla"), fields(second.getAsJsonArray("conversations"), "owner"));
        }
    }

    private static List<JsonObject> list(HttpApi api, String query) {
        JsonObject answer = api.object("/api/v1/conversations" + query);
        List<JsonObject> conversations = new ArrayList<>();
        answer.getAsJsonArray("conversations").forEach(each -> conversations.add(each.getAsJsonObject()));
        return conversations;
    }

    @Test
    @Tag("R5")
    void refusesLimitsAndCursorsThatAreNone() {
        try (ChatClient frida = site.chat("frida", false)) {
            String messages = messagesOf(say(frida, "uno", "dos"));
            HttpApi api = site.as("frida", false);
            String cursor = api.object(messages + "?limit=1").get("before").getAsString();
            assertEquals(200, api.get(messages + "?limit=1&before=" + cursor).statusCode());
            char flipped = cursor.charAt(0) == 'A' ? 'B' : 'A';
            for (String query : List.of(
                    "?limit=0",
                    "?limit=-1",
                    "?limit=abc",
                    "?limit=1000000000",
                    "?limit=101",
                    "?lane=SECRET",
                    "?befor=x",
                    "?before=",
                    "?before=abc",
                    "?before=" + flipped + cursor.substring(1),
                    "?before=" + cursor + "A",
                    "?lane=PUBLIC&before=" + "A".repeat(300))) {
                assertEquals(400, api.get(messages + query).statusCode(), query);
            }
            for (String query : List.of("?limit=0", "?limit=101", "?cursor=abc", "?cursor=" + cursor)) {
                assertEquals(400, api.get("/api/v1/conversations" + query).statusCode(), query);
            }
        }
    }

    @Test
    void whatLooksLikeMarkupPassesThroughJsonUnchanged() {
        List<String> strings = List.of(
                "<script>alert(1)</script>",
                "<img src=x onerror=alert(1)>",
                "\"><svg/onload=alert(1)>",
                "'; DROP TABLE message; --",
                "javascript:alert(1)",
                "{{constructor.constructor('alert(1)')()}}",
                "</script><script>alert(1)</script>",
                "\u2028\u2029 line separators",
                "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
                "&lt;b&gt; stays escaped &amp; twice");
        try (ChatClient xss = site.chat("<b>xss</b>", false)) {
            String messages = messagesOf(say(xss, strings.toArray(String[]::new)));
            HttpApi api = site.as("<b>xss</b>", false);
            assertEquals(strings, fields(api.object(messages).getAsJsonArray("messages"), "text"));
            awaitStored(api, messages, strings.size());
            HttpResponse<String> answer = api.get("/api/mensajes/mios");
            JsonArray mine =
                    com.google.gson.JsonParser.parseString(answer.body()).getAsJsonArray();
            assertEquals(strings, fields(mine, "mensaje"));
            assertEquals("<b>xss</b>", fields(mine, "de_usuario").get(0));
            assertEquals(
                    "nosniff",
                    answer.headers().firstValue("X-Content-Type-Options").orElse(""));
            assertTrue(answer.headers().firstValue("Content-Type").orElse("").startsWith("application/json"));
        }
    }
}
