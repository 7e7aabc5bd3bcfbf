package dev.switchboard.local;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.local.ChatClient.Received;
import dev.switchboard.local.demo.SignInServer;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.DatabaseServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole system as real processes: two gateways, two workers, Redis and the database. */
class WholeSystemIT {
    private static final Duration LIVE_MAX = Duration.ofMillis(250);
    private static final int CONNECTIONS = 200;
    private static final int MESSAGES = 10_000;

    @RegisterExtension
    static final Site site = new Site(2, 2);

    @Test
    void oneMessageFromACookieToARow() throws SQLException {
        try (ChatClient user = user(0, "ana");
                ChatClient device = user(1, "ana");
                ChatClient follower = admin(0, "sofia");
                ChatClient other = admin(1, "admin")) {
            warmUp(user, device);
            follow(follower, Watch.newBuilder().setAll(true));

            Cast cast = new Cast(user, device, follower, other);
            ByteString conversation = userAsks(cast);
            adminAnswers(cast, conversation);
            staffTakesANote(cast, conversation);
            // A Notice is all that an admin who does not follow may get of it.
            assertTrue(other.recorded().stream().noneMatch(bytes -> isMessage(bytes, "otra respuesta")));
            assertNothingOf("nota-solo-personal", user, device);
            assertOnce("hola ñandú 🙂", device, follower);
        }
    }

    @Test
    @Tag("SEC6")
    void aSignInEndsTheTokenBefore() throws IOException, InterruptedException {
        HttpClient browser = HttpClient.newHttpClient();
        String first = signedIn(browser, "");
        try (ChatClient open = ChatClient.open(site.stack().gatewayUrls().get(1), first)) {
            String second = signedIn(browser, first);
            for (URI gateway : site.stack().gatewayUrls()) {
                assertTrue(Await.until(
                        ChatClient.PATIENCE,
                        () -> new HttpApi(gateway, first).get("/api/v1/session").statusCode() == 401));
                assertEquals(
                        200, new HttpApi(gateway, second).get("/api/v1/session").statusCode());
            }
            assertEquals(4003, open.closeCode());
        }
    }

    /** The token of a new sign-in as Marta. */
    private static String signedIn(HttpClient browser, String cookie) throws IOException, InterruptedException {
        URI page = site.stack().signInUrl();
        HttpResponse<Void> answer = browser.send(
                HttpRequest.newBuilder(page.resolve("/sign-in"))
                        .header("Origin", page.toString())
                        .header("Cookie", SignInServer.COOKIE + "=" + cookie)
                        .POST(HttpRequest.BodyPublishers.ofString("user=marta"))
                        .build(),
                HttpResponse.BodyHandlers.discarding());
        assertEquals(303, answer.statusCode());
        String set = answer.headers().firstValue("Set-Cookie").orElseThrow();
        return set.substring(set.indexOf('=') + 1, set.indexOf(';'));
    }

    /** A user with two devices, an admin who follows all, one who follows nothing at first. */
    private record Cast(ChatClient user, ChatClient device, ChatClient follower, ChatClient other) {}

    private static ByteString userAsks(Cast cast) throws SQLException {
        long sent = System.nanoTime();
        Send hello = cast.user.say("hola ñandú 🙂");
        Accepted accepted = accepted(cast.user, hello);
        Received atFollower = awaitText(cast.follower, hello.getText());
        Received atDevice = awaitText(cast.device, hello.getText());
        assertWithin(LIVE_MAX, sent, atFollower);
        assertWithin(LIVE_MAX, sent, atDevice);
        assertEquals(
                accepted.getSeq(),
                cast.other
                        .await(FrameCase.NOTICE, f -> f.getNotice().getSeq() == accepted.getSeq())
                        .frame()
                        .getNotice()
                        .getSeq());
        awaitStored(cast.user, accepted);
        assertRow(hello, accepted, "ana", 0, Lane.PUBLIC);
        return accepted.getConversation();
    }

    private static void adminAnswers(Cast cast, ByteString conversation) throws SQLException {
        follow(cast.other, Watch.newBuilder().setConversation(conversation));
        cast.user.say("segunda");
        awaitText(cast.other, "segunda");

        Send answer = ChatClient.message("buenas").setConversation(conversation).build();
        cast.follower.send(answer);
        Accepted answered = accepted(cast.follower, answer);
        awaitText(cast.user, "buenas");
        awaitText(cast.other, "buenas");
        awaitStored(cast.follower, answered);
        assertRow(answer, answered, "sofia", 1, Lane.PUBLIC);

        cast.other.send(ClientFrame.newBuilder()
                .setRef(9)
                .setUnwatch(dev.switchboard.proto.v1.Unwatch.newBuilder().setConversation(conversation))
                .build());
        cast.other.await(FrameCase.SYNC);
        Send later = ChatClient.message("otra respuesta")
                .setConversation(conversation)
                .build();
        cast.follower.send(later);
        accepted(cast.follower, later);
        awaitText(cast.user, "otra respuesta");
    }

    private static void staffTakesANote(Cast cast, ByteString conversation) throws SQLException {
        Send note = ChatClient.message("nota-solo-personal")
                .setConversation(conversation)
                .setLane(Lane.STAFF)
                .build();
        cast.follower.send(note);
        Accepted noted = accepted(cast.follower, note);
        awaitStored(cast.follower, noted);
        assertRow(note, noted, "sofia", 1, Lane.STAFF);

        Send last = cast.user.say("fin");
        Accepted end = accepted(cast.user, last);
        awaitText(cast.device, "fin");
        awaitStored(cast.user, end);
    }

    @Test
    void tenThousandMessagesSurviveTheDeathOfAWorker() throws SQLException {
        List<Talker> talkers = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                String name = "u" + (i / 2);
                talkers.add(new Talker(name, user(i % 2, name)));
            }
            int each = MESSAGES / CONNECTIONS;
            for (int n = 0; n < each; n++) {
                for (Talker talker : talkers) {
                    talker.say(n);
                }
                if (n == each / 2) {
                    site.stack().workers().get(0).kill();
                }
            }
            talkers.forEach(talker -> talker.readUntil(each));
            Map<String, List<String>> live = new HashMap<>();
            for (Talker talker : talkers) {
                // Both connections of a user saw the same conversation: their own by ACCEPTED, the other's by Message.
                List<String> other = live.putIfAbsent(talker.name, talker.conversation());
                if (other != null) {
                    assertEquals(other, talker.conversation(), talker.name);
                }
            }
            awaitRows(live);
        } finally {
            talkers.forEach(talker -> talker.client.close());
        }
    }

    /** One of two connections of a user; sends, and reads both halves of the conversation. */
    private static final class Talker {
        final String name;
        final ChatClient client;
        private final Map<ByteString, String> texts = new HashMap<>();
        private final Map<Integer, String> bySeq = new HashMap<>();

        Talker(String name, ChatClient client) {
            this.name = name;
            this.client = client;
        }

        void say(int n) {
            Send send = client.say(name + " " + n + " " + System.identityHashCode(this));
            texts.put(send.getClientMsgId(), send.getText());
        }

        /** Until it has its own messages and as many of the other connection. */
        void readUntil(int each) {
            while (bySeq.size() < 2 * each) {
                var frame = client.next().frame();
                if (frame.getFrameCase() == FrameCase.ACCEPTED) {
                    Accepted accepted = frame.getAccepted();
                    put(accepted.getSeq(), texts.getOrDefault(accepted.getClientMsgId(), "never sent"));
                } else if (frame.getFrameCase() == FrameCase.MESSAGE) {
                    put(frame.getMessage().getSeq(), frame.getMessage().getText());
                } else if (frame.getFrameCase() == FrameCase.REFUSED) {
                    throw new AssertionError(frame.getRefused().toString());
                }
            }
        }

        private void put(int seq, String text) {
            assertEquals(null, bySeq.put(seq, text), "position " + seq + " twice");
        }

        /** In the order of positions, which have no holes. */
        List<String> conversation() {
            List<String> ordered = new ArrayList<>();
            for (int seq = 1; seq <= bySeq.size(); seq++) {
                String text = bySeq.get(seq);
                assertTrue(text != null, "no position " + seq);
                ordered.add(text);
            }
            return ordered;
        }
    }

    private static void awaitRows(Map<String, List<String>> live) throws SQLException {
        String count = "SELECT COUNT(*) FROM message m JOIN conversation c ON c.id = m.conversation_id"
                + " WHERE c.owner LIKE 'u%'";
        try (Connection connection = connection()) {
            boolean all = dev.switchboard.servers.Await.until(Duration.ofSeconds(60), () -> {
                try (ResultSet rows = connection.createStatement().executeQuery(count)) {
                    rows.next();
                    return rows.getInt(1) >= MESSAGES;
                } catch (SQLException e) {
                    throw new AssertionError(e);
                }
            });
            assertTrue(all, "not all rows within a minute");
            Map<String, List<String>> stored = new HashMap<>();
            try (ResultSet rows = connection
                    .createStatement()
                    .executeQuery("SELECT c.owner, m.seq, m.body FROM message m"
                            + " JOIN conversation c ON c.id = m.conversation_id"
                            + " WHERE c.owner LIKE 'u%' ORDER BY c.owner, m.epoch, m.seq")) {
                while (rows.next()) {
                    List<String> bodies = stored.computeIfAbsent(rows.getString(1), owner -> new ArrayList<>());
                    bodies.add(rows.getString(3));
                    assertEquals(bodies.size(), rows.getInt(2));
                }
            }
            assertEquals(live, stored);
        }
    }

    private static void warmUp(ChatClient user, ChatClient device) {
        // The first messages of a new JVM pay for its class loading; the promise is about a running one.
        for (int i = 0; i < 20; i++) {
            String text = "calentamiento " + i;
            user.say(text);
            awaitText(device, text);
        }
    }

    private static void follow(ChatClient admin, Watch.Builder watch) {
        admin.send(ClientFrame.newBuilder().setRef(5).setWatch(watch).build());
        assertEquals(5, admin.await(FrameCase.SYNC).getRef());
    }

    private static Accepted accepted(ChatClient client, Send send) {
        return client.await(
                        FrameCase.ACCEPTED,
                        frame -> frame.getAccepted().getClientMsgId().equals(send.getClientMsgId()))
                .frame()
                .getAccepted();
    }

    private static Received awaitText(ChatClient client, String text) {
        return client.await(
                FrameCase.MESSAGE, frame -> frame.getMessage().getText().equals(text));
    }

    /** Each lane is stored up to a position of its own. */
    private static void awaitStored(ChatClient client, Accepted accepted) {
        client.await(
                FrameCase.STORED,
                frame -> frame.getStored().getLane() == accepted.getLane()
                        && frame.getStored().getSeq() >= accepted.getSeq());
    }

    private static void assertWithin(Duration most, long sent, Received received) {
        long millis = (received.nanos() - sent) / 1_000_000;
        assertTrue(millis <= most.toMillis(), "took " + millis + " ms");
    }

    private static void assertRow(Send send, Accepted accepted, String sender, int role, Lane lane)
            throws SQLException {
        String query = "SELECT m.*, c.owner, c.public_id FROM message m"
                + " JOIN conversation c ON c.id = m.conversation_id WHERE m.client_msg_id = ?";
        try (Connection connection = connection();
                PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setBytes(1, send.getClientMsgId().toByteArray());
            try (ResultSet row = statement.executeQuery()) {
                assertTrue(row.next(), "no row");
                assertArrayEquals(accepted.getMessageId().toByteArray(), row.getBytes("message_id"));
                assertArrayEquals(accepted.getConversation().toByteArray(), row.getBytes("public_id"));
                assertEquals(sender, row.getString("sender"));
                assertEquals(role, row.getInt("sender_role"));
                assertEquals("ana", row.getString("owner"));
                assertEquals(lane.getNumber(), row.getInt("lane"));
                assertEquals(accepted.getEpoch(), row.getInt("epoch"));
                assertEquals(accepted.getSeq(), row.getInt("seq"));
                assertEquals(send.getText(), row.getString("body"));
                assertTrue(!row.next(), "two rows");
            }
        }
    }

    private static boolean isMessage(ByteString bytes, String text) {
        try {
            Message message =
                    dev.switchboard.proto.v1.ServerFrame.parseFrom(bytes).getMessage();
            return message.getText().equals(text);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertNothingOf(String text, ChatClient... clients) {
        for (ChatClient client : clients) {
            for (ByteString bytes : client.recorded()) {
                String raw = bytes.toString(StandardCharsets.ISO_8859_1);
                assertTrue(!raw.contains(text), "a note reached its owner");
            }
        }
    }

    private static void assertOnce(String text, ChatClient... clients) {
        for (ChatClient client : clients) {
            long times = client.recorded().stream()
                    .filter(bytes -> isMessage(bytes, text))
                    .count();
            assertEquals(1, times);
        }
    }

    private static Connection connection() throws SQLException {
        DatabaseServer database = site.stack().database().orElseThrow();
        return DriverManager.getConnection(
                database.jdbcUrl(),
                database.gateway().user(),
                database.gateway().password());
    }

    private static ChatClient user(int gateway, String name) {
        return ChatClient.open(url(gateway), site.stack().tokens().issue(name, name, false));
    }

    private static ChatClient admin(int gateway, String name) {
        return ChatClient.open(url(gateway), site.stack().tokens().issue(name, name, true));
    }

    private static URI url(int gateway) {
        return site.stack().gatewayUrls().get(gateway);
    }
}
