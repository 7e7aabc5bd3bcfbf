package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Head;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What clients are told when a publication did not arrive although every connection stands. */
@ExtendWith(LeakCheck.class)
class HintsIT {
    private static final String MISSED = "unexpected_errors_total{where=\"publication-missed\"}";

    @RegisterExtension
    static final OneGateway one = OneGateway.with(Map.of("BEACON_INTERVAL", "1s"));

    private static RedisClient client;
    private static StatefulRedisConnection<byte[], byte[]> redis;

    @BeforeAll
    static void connect() {
        client = RedisClient.create(one.rig().redis().url());
        redis = client.connect(ByteArrayCodec.INSTANCE);
    }

    @AfterAll
    static void disconnect() {
        redis.close();
        client.shutdown();
    }

    private static Accepted say(TestSocket sender, String text) throws IOException {
        sender.send(TestSocket.say(text));
        return sender.await(FrameCase.ACCEPTED).getAccepted();
    }

    private static TestSocket following(String admin, Watch.Builder watch) throws IOException {
        TestSocket socket = GatewayRig.admin(one.gateway(), admin);
        socket.send(ClientFrame.newBuilder().setRef(5).setWatch(watch).build());
        socket.await(frame -> frame.hasSync() && frame.getRef() == 5);
        return socket;
    }

    private static ConversationId id(ByteString bytes) {
        return ConversationId.parse(bytes.toByteArray()).orElseThrow();
    }

    /** The head of this conversation's PUBLIC lane in the next beacon that has it with this seq. */
    private static Head told(TestSocket socket, ByteString conversation, int seq) {
        ServerFrame sync = socket.await(frame -> frame.hasSync()
                && frame.getRef() == 0
                && frame.getSync().getHeadsList().stream().anyMatch(head -> isAt(head, conversation, seq)));
        return sync.getSync().getHeadsList().stream()
                .filter(head -> isAt(head, conversation, seq))
                .findFirst()
                .orElseThrow();
    }

    private static boolean isAt(Head head, ByteString conversation, int seq) {
        return head.getConversation().equals(conversation) && head.getLaneValue() == 0 && head.getSeq() == seq;
    }

    @Test
    @Tag("T2")
    void aBeaconTellsOfALastMessageThatNobodyHeard() throws IOException {
        try (TestSocket ana = GatewayRig.user(one.gateway(), "ana");
                TestSocket phone = GatewayRig.user(one.gateway(), "ana")) {
            ByteString conversation = say(ana, "heard").getConversation();
            try (TestSocket watching = following("sofia", Watch.newBuilder().setConversation(conversation));
                    TestSocket all = following("marco", Watch.newBuilder().setAll(true));
                    TestSocket none = GatewayRig.admin(one.gateway(), "nadia")) {
                // In the log, and never published.
                redis.sync().hincrby(bytes(Keys.conversation(id(conversation))), bytes("s"), 1);
                for (TestSocket each : List.of(ana, phone, watching, all)) {
                    assertEquals("ana", told(each, conversation, 2).getOwner());
                }
                assertEquals(2, told(all, conversation, 2).getUnread());
                assertFalse(none.received().stream()
                        .anyMatch(frame -> frame.message().hasSync()));
            }
        }
    }

    @Test
    @Tag("T1")
    void aPublicationThatIsMissingBetweenTwoMakesEverybodyLook() throws IOException {
        Gateway seldom = one.rig().gateway();
        try (TestSocket berta = GatewayRig.user(seldom, "berta");
                TestSocket sofia = GatewayRig.admin(seldom, "sofia")) {
            sofia.send(ClientFrame.newBuilder()
                    .setRef(5)
                    .setWatch(Watch.newBuilder().setAll(true))
                    .build());
            sofia.await(frame -> frame.hasSync() && frame.getRef() == 5);
            ByteString conversation = say(berta, "uno").getConversation();
            sofia.await(frame -> frame.getMessage().getText().equals("uno"));
            say(berta, "dos");
            sofia.await(frame -> frame.getMessage().getText().equals("dos"));
            assertEquals(0, Metrics.value(seldom, MISSED), "what follows is no gap");
            Publication behindAnother = Publication.newBuilder()
                    .setLogId("9999999999999-1")
                    .setPreviousLogId("9999999999999-0")
                    .build();
            redis.sync().spublish(bytes(Keys.adminsRoom(id(conversation).partition())), behindAnother.toByteArray());
            // Empty, to an administrator: resume whatever you follow. No beacon is, and those of this gateway are
            // seldom.
            sofia.await(frame ->
                    frame.hasSync() && frame.getRef() == 0 && frame.getSync().getHeadsCount() == 0);
            assertEquals(2, told(berta, conversation, 2).getSeq());
            assertEquals(1, Metrics.value(seldom, MISSED));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
