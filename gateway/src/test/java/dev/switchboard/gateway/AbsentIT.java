package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Head;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RedisVersion;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who was away when a position was announced as empty hears of it with the next head. */
@ExtendWith(LeakCheck.class)
class AbsentIT {
    @RegisterExtension
    static final OneGateway one = OneGateway.with(Map.of("BEACON_INTERVAL", "1s"));

    @Test
    void everyHeadNamesThePositionsWithoutAMessage() throws IOException {
        try (TestSocket ana = GatewayRig.user(one.gateway(), "ana")) {
            Accepted accepted = say(ana, "uno");
            say(ana, "dos");
            say(ana, "tres");
            remember(accepted, "va", 2, 3);
            remember(accepted, "na", 1);

            List<String> expected = List.of("2 void", "3 dead");
            assertEquals(
                    expected,
                    absent(ana.await(frame -> frame.hasSync()
                                    && frame.getRef() == 0
                                    && hasAbsent(frame.getSync().getHeadsList()))
                            .getSync()
                            .getHeads(0)));
            try (TestSocket phone = TestSocket.open(one.gateway().port(), GatewayRig.token("ana"), "switchboard.v1")) {
                assertEquals(
                        expected,
                        absent(phone.await(FrameCase.WELCOME).getWelcome().getHeads(0)));
                phone.send(ClientFrame.newBuilder()
                        .setRef(7)
                        .setResume(Resume.newBuilder()
                                .addPositions(LanePosition.newBuilder()
                                        .setConversation(accepted.getConversation())
                                        .setEpoch(accepted.getEpoch())
                                        .setSeq(1)))
                        .build());
                ServerFrame sync = phone.await(frame -> frame.hasSync() && frame.getRef() == 7);
                assertEquals(expected, absent(sync.getSync().getHeads(0)));
            }
            try (TestSocket sofia = GatewayRig.admin(one.gateway(), "sofia")) {
                sofia.send(ClientFrame.newBuilder()
                        .setRef(8)
                        .setWatch(Watch.newBuilder().setConversation(accepted.getConversation()))
                        .build());
                List<Head> heads = sofia.await(frame -> frame.hasSync() && frame.getRef() == 8)
                        .getSync()
                        .getHeadsList();
                for (Head head : heads) {
                    assertEquals(
                            head.getLane() == Lane.STAFF ? List.of("1 dead") : expected,
                            absent(head),
                            head.getLane()::name);
                }
            }
        }
    }

    @Test
    @Tag("SEC38")
    void readinessSaysWhetherRedisHasTheFixesOfKnownVulnerabilities() throws IOException, InterruptedException {
        String[] warning = {""};
        one.rig()
                .withRedis(redis -> warning[0] = RedisVersion.of(redis.sync().info("server"))
                        .flatMap(RedisVersion::warning)
                        .map(text -> text + "\n")
                        .orElse(""));
        URI readiness = URI.create("http://127.0.0.1:" + one.gateway().managementPort() + "/readyz");
        String page = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(readiness)
                                .timeout(Duration.ofSeconds(10))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        assertEquals("ok\n" + warning[0], page);
    }

    private static Accepted say(TestSocket sender, String text) throws IOException {
        sender.send(TestSocket.say(text));
        return sender.await(frame -> frame.hasAccepted()).getAccepted();
    }

    /** As a worker notes them: the last one dead, those before void. */
    private static void remember(Accepted accepted, String field, int... seqs) {
        ByteBuffer packed = ByteBuffer.allocate(seqs.length * AbsentPositions.BYTES);
        for (int i = 0; i < seqs.length; i++) {
            AbsentPositions.write(packed, new Position(accepted.getEpoch(), seqs[i]), i == seqs.length - 1);
        }
        ConversationId conversation = id(accepted.getConversation());
        RedisClient client = RedisClient.create(one.rig().redis().url());
        try (StatefulRedisConnection<byte[], byte[]> redis = client.connect(ByteArrayCodec.INSTANCE)) {
            redis.sync()
                    .hset(
                            Keys.conversation(conversation).getBytes(StandardCharsets.UTF_8),
                            field.getBytes(StandardCharsets.UTF_8),
                            packed.array());
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    private static boolean hasAbsent(List<Head> heads) {
        return heads.stream().anyMatch(head -> head.getAbsentCount() > 0);
    }

    private static List<String> absent(Head head) {
        return head.getAbsentList().stream()
                .map(each -> Integer.toUnsignedString(each.getSeq()) + (each.getDead() ? " dead" : " void"))
                .toList();
    }

    private static ConversationId id(ByteString bytes) {
        return ConversationId.parse(bytes.toByteArray()).orElseThrow();
    }
}
