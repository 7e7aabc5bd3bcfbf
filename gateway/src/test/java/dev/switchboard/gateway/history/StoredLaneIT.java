package dev.switchboard.gateway.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.gateway.Gateway;
import dev.switchboard.gateway.GatewayRig;
import dev.switchboard.gateway.LeakCheck;
import dev.switchboard.gateway.TestSocket;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Head;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Resuming where what lacks has left Redis. One conversation at rest, all of it in MySQL and nothing in its tail. */
@ExtendWith(LeakCheck.class)
@Tag("G10")
class StoredLaneIT {
    private static final int MESSAGES = 1_200;
    private static final String OWNER = "user-0";
    private static final ConversationId CONVERSATION = HistoryTables.id(0);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private static Path dir;

    private static HistoryTables tables;
    private static GatewayRig rig;
    private static Gateway gateway;

    @BeforeAll
    static void start() throws IOException, SQLException {
        tables = new HistoryTables(dir);
        rig = new GatewayRig();
        gateway = rig.gateway(Map.of(
                "MYSQL_URL",
                tables.server.jdbcUrl(),
                "MYSQL_TLS",
                "plaintext",
                "MYSQL_PASSWORD",
                tables.server.gateway().password(),
                "MYSQL_CONNECTIONS_MAX",
                "1"));
    }

    @AfterAll
    static void stop() throws SQLException {
        rig.close();
        tables.close();
    }

    @BeforeEach
    void fill() throws SQLException {
        tables.run("DELETE FROM message");
        tables.run("DELETE FROM conversation");
        tables.run("DELETE FROM account");
        tables.conversations(1);
        tables.messagesOfTheFirst(MESSAGES);
        rig.withRedis(redis -> redis.sync()
                .hset(
                        Keys.conversation(CONVERSATION),
                        Map.of(
                                "o", OWNER,
                                "st", "0",
                                "e", Integer.toString(HistoryTables.EPOCH),
                                "s", Integer.toString(MESSAGES),
                                "n", "0",
                                "pe", Integer.toString(HistoryTables.EPOCH),
                                "ps", Integer.toString(MESSAGES))));
    }

    private static List<ServerFrame> resume(TestSocket client, int epoch, int seq) throws IOException {
        client.send(ClientFrame.newBuilder()
                .setRef(9)
                .setResume(Resume.newBuilder()
                        .addPositions(LanePosition.newBuilder()
                                .setConversation(ByteString.copyFrom(CONVERSATION.bytes()))
                                .setEpoch(epoch)
                                .setSeq(seq)))
                .build());
        List<ServerFrame> frames = new ArrayList<>();
        do {
            frames.add(client.nextMessage());
        } while (frames.get(frames.size() - 1).getRef() != 9);
        return frames;
    }

    private static Head head(List<ServerFrame> answer) {
        return last(answer).getSync().getHeads(0);
    }

    private static ServerFrame last(List<ServerFrame> answer) {
        return answer.get(answer.size() - 1);
    }

    private static List<Integer> seqs(List<ServerFrame> answer) {
        return answer.stream()
                .filter(ServerFrame::hasMessage)
                .map(frame -> frame.getMessage().getSeq())
                .toList();
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void readsByTheIndexFromThePositionOn() throws SQLException {
        int epoch = HistoryTables.EPOCH;
        tables.messagesOfTheFirst(20_000);
        List<String> plan = tables.plan(StoredLane.BETWEEN, 1, 0, epoch, epoch, 19_000, epoch, 19_000, 20_001, 251);
        assertEquals(1, plan.size(), plan::toString);
        assertTrue(plan.get(0).contains("type=range key=message_position"), plan::toString);
        assertFalse(plan.get(0).contains("filesort"), plan::toString);
        // About the thousand behind the position, not the 20,000 of the lane.
        int rows = Integer.parseInt(plan.get(0).replaceFirst(".* rows=(\\d+) .*", "$1"));
        assertTrue(rows < 5_000, plan::toString);
    }

    @Test
    void answersFromTheBeginningInSteps() throws IOException {
        try (TestSocket client = GatewayRig.user(gateway, OWNER)) {
            List<ServerFrame> first = resume(client, 0, 0);
            assertEquals(range(1, 500), seqs(first));
            assertFalse(head(first).getComplete() || head(first).getResyncRequired());
            assertEquals(500, head(first).getAnsweredSeq());
            assertEquals(HistoryTables.EPOCH, head(first).getAnsweredEpoch());
            assertEquals(0, head(first).getRetryAfterMs());
            List<ServerFrame> second = resume(client, HistoryTables.EPOCH, 500);
            assertEquals(range(501, 1_000), seqs(second));
            List<ServerFrame> last = resume(client, HistoryTables.EPOCH, 1_000);
            assertEquals(range(1_001, MESSAGES), seqs(last));
            assertTrue(head(last).getComplete());
            assertEquals("message 1200", last.get(199).getMessage().getText());
            assertEquals("sofia", last.get(199).getMessage().getSender());
            assertEquals(OWNER, last.get(199).getMessage().getOwner(), "where another one speaks");
            assertEquals(OWNER, last.get(198).getMessage().getSender());
            assertEquals("", last.get(198).getMessage().getOwner());
        }
    }

    @Test
    void passesOverNumbersThatAreVoid() throws IOException, SQLException {
        tables.run("DELETE FROM message WHERE seq IN (7, 8, 1199, 1200)");
        try (TestSocket client = GatewayRig.user(gateway, OWNER)) {
            List<ServerFrame> first = resume(client, HistoryTables.EPOCH, 5);
            assertEquals(6, seqs(first).get(0));
            assertEquals(9, seqs(first).get(1));
            assertEquals(500, seqs(first).size());
            assertEquals(507, head(first).getAnsweredSeq());
            List<ServerFrame> last = resume(client, HistoryTables.EPOCH, 1_190);
            assertEquals(range(1_191, 1_198), seqs(last));
            assertTrue(head(last).getComplete());
            assertEquals(MESSAGES, head(last).getSeq());
        }
    }

    @Test
    void asksToLoadAnewWhereMysqlWentBackInTime() throws IOException, SQLException {
        tables.run("UPDATE conversation SET public_seq = 1100 WHERE id = 1");
        tables.run("DELETE FROM message WHERE seq > 1100");
        try (TestSocket client = GatewayRig.user(gateway, OWNER)) {
            List<ServerFrame> answer = resume(client, HistoryTables.EPOCH, 1_000);
            assertEquals(List.of(), seqs(answer));
            assertTrue(head(answer).getResyncRequired());
            tables.run("DELETE FROM conversation");
            assertTrue(head(resume(client, HistoryTables.EPOCH, 1_000)).getResyncRequired());
        }
    }

    @Test
    void asksToLoadAnewWhereRowsAreInAnotherOrderThanNumbers() throws IOException, SQLException {
        tables.run("UPDATE message SET epoch = epoch + 1 WHERE seq = 1150");
        try (TestSocket client = GatewayRig.user(gateway, OWNER)) {
            assertTrue(head(resume(client, HistoryTables.EPOCH, 1_100)).getResyncRequired());
            tables.run("UPDATE message SET epoch = epoch + 1 WHERE seq > 1150");
            assertEquals(range(1_101, MESSAGES), seqs(resume(client, HistoryTables.EPOCH, 1_100)));
        }
    }

    @Test
    void findsWhatWasPutBackWithALowerEpoch() throws IOException {
        int later = HistoryTables.EPOCH + 10;
        rig.withRedis(redis -> redis.sync().hset(Keys.partition(CONVERSATION.partition()), "was", later + " "));
        try (TestSocket client = GatewayRig.user(gateway, OWNER)) {
            List<ServerFrame> answer = resume(client, later, 1_190);
            assertEquals(range(1_191, MESSAGES), seqs(answer));
            assertTrue(head(answer).getComplete());
        } finally {
            rig.withRedis(redis -> redis.sync().hdel(Keys.partition(CONVERSATION.partition()), "was"));
        }
    }

    @Test
    void endsAtTheBytesOfOneAnswer() throws IOException, SQLException {
        tables.run("UPDATE message SET body = REPEAT('x', 16000) WHERE seq > 1000");
        try (TestSocket client = GatewayRig.user(gateway, OWNER)) {
            List<ServerFrame> first = resume(client, HistoryTables.EPOCH, 1_000);
            assertFalse(head(first).getComplete());
            int bytes = first.stream().mapToInt(ServerFrame::getSerializedSize).sum();
            assertTrue(bytes <= 1 << 20, () -> bytes + " bytes");
            assertEquals(range(1_001, 1_000 + first.size() - 1), seqs(first));
            assertEquals(1_000 + first.size() - 1, head(first).getAnsweredSeq());
        }
    }

    @Test
    void saysThatNothingCanBeToldWhileMysqlIsAway() throws IOException, SQLException {
        try (TestSocket client = GatewayRig.user(gateway, OWNER)) {
            tables.server.kill();
            try {
                Head later = head(resume(client, HistoryTables.EPOCH, 1_000));
                assertFalse(later.getComplete() || later.getResyncRequired());
                assertTrue(later.getRetryAfterMs() >= 2_000 && later.getRetryAfterMs() < 3_000, later::toString);
                assertEquals(0, later.getAnsweredSeq());
                assertTrue(head(resume(client, HistoryTables.EPOCH, MESSAGES)).getComplete());
            } finally {
                tables.server.restart();
                tables.reconnect();
            }
            assertTrue(Await.until(PATIENCE, () -> {
                try {
                    // Whoever asks too often is refused, and told to wait.
                    ServerFrame answer = last(resume(client, HistoryTables.EPOCH, 1_000));
                    return answer.hasSync() && answer.getSync().getHeads(0).getComplete();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }));
        }
    }

    @Test
    void leavesRoomForOthersWhereManyCatchUpAtOnce() throws IOException, SQLException {
        List<TestSocket> clients = new ArrayList<>();
        try (var locker = tables.connect(tables.server.migration());
                Statement lock = locker.createStatement()) {
            lock.execute("LOCK TABLES message WRITE, conversation WRITE");
            // As many as one connection to the database may have waiting, and two more.
            for (int i = 0; i < 10; i++) {
                clients.add(GatewayRig.admin(gateway, "admin-" + i));
            }
            for (TestSocket client : clients) {
                client.send(ClientFrame.newBuilder()
                        .setRef(9)
                        .setResume(Resume.newBuilder()
                                .addPositions(LanePosition.newBuilder()
                                        .setConversation(ByteString.copyFrom(CONVERSATION.bytes()))
                                        .setEpoch(HistoryTables.EPOCH)
                                        .setSeq(1_199)))
                        .build());
            }
            assertTrue(Await.until(PATIENCE, () -> told(clients) == 2), () -> told(clients) + " were told");
            lock.execute("UNLOCK TABLES");
            assertTrue(Await.until(PATIENCE, () -> told(clients) == clients.size()));
            long complete = clients.stream()
                    .flatMap(client -> client.received().stream())
                    .map(TestSocket.Frame::message)
                    .filter(frame ->
                            frame.getRef() == 9 && frame.getSync().getHeads(0).getComplete())
                    .count();
            assertEquals(8, complete);
        } finally {
            for (TestSocket client : clients) {
                client.close();
            }
        }
    }

    private static long told(List<TestSocket> clients) {
        return clients.stream().filter(StoredLaneIT::told).count();
    }

    private static boolean told(TestSocket client) {
        return client.received().stream().anyMatch(frame -> frame.message().getRef() == 9);
    }
}
