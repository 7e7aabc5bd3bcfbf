package dev.switchboard.local;

import static dev.switchboard.local.Site.awaitStored;
import static dev.switchboard.local.Site.messagesOf;
import static dev.switchboard.local.Site.say;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import dev.switchboard.servers.Await;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Position;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whoever was away for longer than Redis remembers gets, to the byte, what they would have got had they been here. */
@Tag("G10")
class LongAbsenceIT {
    private static final int MESSAGES = 1_100;
    private static final int NOTES = 120;

    @RegisterExtension
    static final Site site = new Site(2, 1);

    @Test
    void everythingComesBackAsItWasSaid() {
        try (ChatClient ana = site.chat("ana", false);
                ChatClient phone = ChatClient.open(site.gateway(0), site.token("ana", false));
                ChatClient admin = ChatClient.open(site.gateway(0), site.token("sofia", true))) {
            admin.send(ClientFrame.newBuilder()
                    .setWatch(Watch.newBuilder().setAll(true))
                    .build());
            admin.await(FrameCase.SYNC);
            Accepted last = converse(ana);
            HttpApi api = site.as("ana", false);
            awaitStored(api, messagesOf(last), MESSAGES);
            List<ByteString> live = messages(phone, MESSAGES);
            List<ByteString> liveNotes = messages(admin, MESSAGES + NOTES).stream()
                    .filter(frame -> frame(frame).getMessage().getLane() == Lane.STAFF)
                    .toList();
            assertEquals(NOTES, liveNotes.size());

            try (ChatClient back = ChatClient.open(site.gateway(1), site.token("ana", false))) {
                assertEquals(live, resumed(back, last, Lane.PUBLIC, Position.START));
                Position early = new Position(last.getEpoch(), 123);
                assertEquals(live.subList(123, MESSAGES), resumed(back, last, Lane.PUBLIC, early));
            }
            try (ChatClient back = ChatClient.open(site.gateway(1), site.token("lena", true))) {
                assertEquals(liveNotes, resumed(back, last, Lane.STAFF, Position.START));
                watchFrom(back, last);
            }
            forgetTails(last);
            try (ChatClient back = ChatClient.open(site.gateway(1), site.token("ana", false))) {
                Position late = new Position(last.getEpoch(), MESSAGES - 1);
                assertEquals(live.subList(MESSAGES - 1, MESSAGES), resumed(back, last, Lane.PUBLIC, late));
                assertEquals(live, resumed(back, last, Lane.PUBLIC, Position.START));
            }
        }
    }

    /** Of a user, with answers and notes between, short and long. */
    private static Accepted converse(ChatClient ana) {
        Accepted last = Accepted.getDefaultInstance();
        try (ChatClient marco = ChatClient.open(site.gateway(1), site.token("marco", true))) {
            String[] texts = new String[MESSAGES / 2];
            for (int i = 0; i < texts.length; i++) {
                texts[i] = "línea " + i + " 😀" + "x".repeat(i % 10 == 0 ? 2_000 : i % 50);
            }
            last = say(ana, texts);
            ByteString conversation = last.getConversation();
            for (int i = texts.length; i < MESSAGES; i++) {
                marco.send(ChatClient.message("answer " + i)
                        .setConversation(conversation)
                        .build());
                last = marco.await(FrameCase.ACCEPTED).getAccepted();
            }
            for (int i = 0; i < NOTES; i++) {
                marco.send(ChatClient.message("note " + i)
                        .setConversation(conversation)
                        .setLane(Lane.STAFF)
                        .build());
                marco.await(FrameCase.ACCEPTED);
            }
        }
        return last;
    }

    private static List<ByteString> messages(ChatClient client, int expected) {
        List<ByteString> found = new ArrayList<>();
        assertTrue(Await.until(Site.PATIENCE, () -> {
            found.clear();
            client.recorded().stream()
                    .filter(bytes -> frame(bytes).hasMessage())
                    .forEach(found::add);
            return found.size() == expected;
        }));
        return found;
    }

    /** All that comes from a position on, in as many steps as it takes. */
    private static List<ByteString> resumed(ChatClient client, Accepted accepted, Lane lane, Position from) {
        List<ByteString> all = new ArrayList<>();
        Position at = from;
        while (true) {
            int before = client.recorded().size();
            client.send(ClientFrame.newBuilder()
                    .setRef(9)
                    .setResume(Resume.newBuilder()
                            .addPositions(LanePosition.newBuilder()
                                    .setConversation(accepted.getConversation())
                                    .setLane(lane)
                                    .setEpoch(at.epoch())
                                    .setSeq(at.seq())))
                    .build());
            Head head = client.await(FrameCase.SYNC, frame -> frame.getRef() == 9)
                    .frame()
                    .getSync()
                    .getHeads(0);
            List<ByteString> some = client
                    .recorded()
                    .subList(before, client.recorded().size())
                    .stream()
                    .filter(bytes -> frame(bytes).hasMessage())
                    .toList();
            assertTrue(some.size() <= 500);
            assertFalse(head.getResyncRequired());
            all.addAll(some);
            if (head.getComplete()) {
                return all;
            }
            at = new Position(head.getAnsweredEpoch(), head.getAnsweredSeq());
            assertFalse(some.isEmpty());
        }
    }

    /** Watching with a position answers with what lacks of both lanes. */
    private static void watchFrom(ChatClient admin, Accepted accepted) {
        int before = admin.recorded().size();
        admin.send(ClientFrame.newBuilder()
                .setRef(7)
                .setWatch(Watch.newBuilder()
                        .setConversation(accepted.getConversation())
                        .setEpoch(accepted.getEpoch())
                        .setSeq(MESSAGES - 200)
                        .setStaffEpoch(accepted.getEpoch())
                        .setStaffSeq(1))
                .build());
        List<Head> heads = admin.await(FrameCase.SYNC, frame -> frame.getRef() == 7)
                .frame()
                .getSync()
                .getHeadsList();
        assertEquals(List.of(true, true), heads.stream().map(Head::getComplete).toList());
        assertEquals(
                200 + NOTES - 1,
                admin.recorded().subList(before, admin.recorded().size()).stream()
                        .filter(bytes -> frame(bytes).hasMessage())
                        .count());
    }

    /** As they are an hour after everything was stored. */
    private static void forgetTails(Accepted accepted) {
        ConversationId id =
                ConversationId.parse(accepted.getConversation().toByteArray()).orElseThrow();
        RedisServer redis = site.stack().redis().orElseThrow();
        RedisClient client = RedisClient.create(redis.url());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            connection.sync().del(Keys.publicTail(id), Keys.staffTail(id));
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    private static ServerFrame frame(ByteString bytes) {
        try {
            return ServerFrame.parseFrom(bytes);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
