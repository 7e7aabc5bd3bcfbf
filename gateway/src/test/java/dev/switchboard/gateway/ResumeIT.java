package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.desk.RetryAdvice;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Head;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Notice;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.proto.v1.Unwatch;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.proto.v1.Welcome;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client gets that was away, that follows, and that does not. */
@ExtendWith(LeakCheck.class)
class ResumeIT {
    private static final Map<String, String> FAST =
            Map.of("RATE_USER_BURST", "10000", "RATE_USER_PER_MINUTE", "1000000");

    @RegisterExtension
    static final OneGateway one = OneGateway.with(FAST);

    private static List<Accepted> say(TestSocket client, int messages) throws IOException {
        List<Accepted> all = new ArrayList<>();
        for (int sent = 0; sent < messages; ) {
            int batch = Math.min(30, messages - sent);
            for (int i = 0; i < batch; i++) {
                client.send(TestSocket.say("message " + ++sent));
            }
            for (int i = 0; i < batch; i++) {
                all.add(client.await(FrameCase.ACCEPTED).getAccepted());
            }
        }
        return all;
    }

    private static void resume(TestSocket client, ByteString conversation, int epoch, int seq) throws IOException {
        client.send(ClientFrame.newBuilder()
                .setRef(9)
                .setResume(Resume.newBuilder()
                        .addPositions(LanePosition.newBuilder()
                                .setConversation(conversation)
                                .setEpoch(epoch)
                                .setSeq(seq)))
                .build());
    }

    /** The messages up to the Sync that ends the answer, which is the last. */
    private static List<ServerFrame> answer(TestSocket client) {
        List<ServerFrame> frames = new ArrayList<>();
        ServerFrame frame;
        do {
            frame = client.nextMessage();
            boolean hint = frame.hasSync() && frame.getRef() == 0;
            if (!hint) {
                frames.add(frame);
            }
        } while (frame.getRef() == 0 || !frame.hasSync());
        return frames;
    }

    private static Head head(List<ServerFrame> answer) {
        ServerFrame sync = answer.get(answer.size() - 1);
        assertEquals(9, sync.getRef());
        assertEquals(1, sync.getSync().getHeadsCount());
        return sync.getSync().getHeads(0);
    }

    @Test
    void whoWasAwayGetsWhatTheyLack() throws IOException {
        try (TestSocket client = GatewayRig.user(one.gateway(), "complete")) {
            List<Accepted> said = say(client, 5);
            Accepted second = said.get(1);
            resume(client, second.getConversation(), second.getEpoch(), second.getSeq());
            List<ServerFrame> answer = answer(client);
            assertEquals(
                    List.of("message 3", "message 4", "message 5"),
                    answer.stream()
                            .filter(ServerFrame::hasMessage)
                            .map(frame -> frame.getMessage().getText())
                            .toList());
            assertTrue(head(answer).getComplete());
            assertFalse(head(answer).getResyncRequired());
            assertEquals(5, head(answer).getSeq());
        }
        TestSocket again = TestSocket.open(one.port(), GatewayRig.token("complete"), "switchboard.v1");
        try (again) {
            Welcome welcome = again.await(FrameCase.WELCOME).getWelcome();
            assertEquals(5, welcome.getHeads(0).getSeq());
        }
    }

    @Test
    @Tag("P15")
    void aPositionNobodyKnowsMeansResync() throws IOException {
        try (TestSocket client = GatewayRig.user(one.gateway(), "resync")) {
            Accepted last = say(client, 2).get(1);
            int[][] unknown = {{last.getEpoch(), 3}, {last.getEpoch() + 1, 1}, {1, 1}, {-1, -1}};
            for (int[] position : unknown) {
                resume(client, last.getConversation(), position[0], position[1]);
                List<ServerFrame> answer = answer(client);
                assertEquals(1, answer.size());
                assertTrue(head(answer).getResyncRequired());
                assertFalse(head(answer).getComplete());
            }
        }
    }

    @Test
    @Tag("P15")
    void tenThousandPositionsAreTooMany() throws IOException {
        try (TestSocket client = GatewayRig.user(one.gateway(), "many")) {
            ByteString conversation = say(client, 1).get(0).getConversation();
            LanePosition position = LanePosition.newBuilder()
                    .setConversation(conversation)
                    .setEpoch(1)
                    .setSeq(1)
                    .build();
            // With ids as they are, no message of 64 KiB holds more than two thousand.
            for (Resume resume : List.of(
                    Resume.newBuilder()
                            .addAllPositions(Collections.nCopies(10_000, LanePosition.getDefaultInstance()))
                            .build(),
                    Resume.newBuilder()
                            .addAllPositions(Collections.nCopies(2_000, position))
                            .build(),
                    Resume.newBuilder()
                            .addAllPositions(Collections.nCopies(ResumeLanes.LANES_MAX + 1, position))
                            .build())) {
                client.send(ClientFrame.newBuilder().setRef(9).setResume(resume).build());
                ServerFrame answer = client.await(FrameCase.REFUSED);
                assertEquals(RefusalCode.TOO_MANY, answer.getRefused().getCode());
                assertFalse(answer.getRefused().getRetryable());
                assertEquals(9, answer.getRef());
            }
        }
    }

    @Test
    void whatHasLeftRedisIsGoneWhereThereIsNoDatabase() throws IOException {
        try (TestSocket client = GatewayRig.user(one.gateway(), "nowhere")) {
            Accepted last = say(client, 3).get(2);
            ConversationId id =
                    ConversationId.parse(last.getConversation().toByteArray()).orElseThrow();
            one.rig().withRedis(redis -> redis.sync().del(Keys.publicTail(id)));
            resume(client, last.getConversation(), last.getEpoch(), 1);
            assertTrue(head(answer(client)).getResyncRequired());
            resume(client, last.getConversation(), last.getEpoch(), 3);
            assertTrue(head(answer(client)).getComplete());
        }
    }

    /** However many lanes one asks for, the answer is no longer. */
    @Test
    @Tag("G10")
    void severalLanesShareTheRoomOfOneAnswer() throws IOException {
        List<Accepted> opened = new ArrayList<>();
        for (String owner : List.of("room-1", "room-2", "room-3")) {
            try (TestSocket client = GatewayRig.user(one.gateway(), owner)) {
                opened.add(say(client, 300).get(0));
            }
        }
        try (TestSocket admin = GatewayRig.admin(one.gateway(), "lena")) {
            Resume.Builder resume = Resume.newBuilder();
            opened.forEach(
                    first -> resume.addPositions(LanePosition.newBuilder().setConversation(first.getConversation())));
            admin.send(ClientFrame.newBuilder().setRef(9).setResume(resume).build());
            ServerFrame sync = admin.await(frame -> frame.getRef() == 9);
            long messages = admin.received().stream()
                    .filter(frame -> frame.message().hasMessage())
                    .count();
            assertEquals(500, messages);
            List<Head> heads = sync.getSync().getHeadsList();
            assertEquals(
                    List.of(true, false, false),
                    heads.stream().map(Head::getComplete).toList());
            assertEquals(
                    List.of(0, 200, 0), heads.stream().map(Head::getAnsweredSeq).toList());
        }
    }

    @Test
    @Tag("T19")
    void whoMustLoadAnewAtOnceIsToldToComeAtDifferentTimes() throws IOException {
        try (GatewayRig rig = new GatewayRig()) {
            Gateway gateway = rig.gateway(FAST);
            List<TestSocket> clients = new ArrayList<>();
            try {
                List<Accepted> last = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    TestSocket client = GatewayRig.user(gateway, "crowd-" + i);
                    clients.add(client);
                    last.add(say(client, 2).get(1));
                }
                // What a fail-over does: the replication id is another, and the last message is not there.
                rig.withRedis(redis -> {
                    for (Accepted accepted : last) {
                        ConversationId id = ConversationId.parse(
                                        accepted.getConversation().toByteArray())
                                .orElseThrow();
                        redis.sync().hset(Keys.conversation(id), "s", "1");
                        redis.sync().hset(Keys.partition(id.partition()), "replid", "elsewhere");
                    }
                });
                Set<Integer> waits = new HashSet<>();
                for (int i = 0; i < clients.size(); i++) {
                    Accepted accepted = last.get(i);
                    // Without being asked, and with the epoch in force.
                    Head hint = clients.get(i)
                            .await(frame -> frame.hasSync()
                                    && frame.getSync().getHeads(0).getEpoch() != accepted.getEpoch())
                            .getSync()
                            .getHeads(0);
                    assertEquals(1, hint.getSeq());
                    resume(clients.get(i), accepted.getConversation(), accepted.getEpoch(), 2);
                    Head head = head(answer(clients.get(i)));
                    assertTrue(head.getResyncRequired());
                    assertTrue(
                            head.getRetryAfterMs() >= 1
                                    && head.getRetryAfterMs() <= RetryAdvice.RESYNC_SPREAD.toMillis(),
                            head::toString);
                    waits.add(head.getRetryAfterMs() / 1_000);
                }
                // Forty of ten seconds: that fewer than five come up is less likely than one in a billion.
                assertTrue(waits.size() >= 5, waits::toString);
            } finally {
                for (TestSocket client : clients) {
                    client.close();
                }
            }
        }
    }

    @Test
    @Tag("T3")
    void whoseConversationIsGoneIsToldToLook() throws IOException {
        try (GatewayRig rig = new GatewayRig();
                TestSocket client = GatewayRig.user(rig.gateway(FAST), "gone")) {
            Accepted accepted = say(client, 1).get(0);
            ConversationId id = ConversationId.parse(accepted.getConversation().toByteArray())
                    .orElseThrow();
            rig.withRedis(redis -> {
                redis.sync().del(Keys.conversation(id), Keys.publicTail(id), Keys.openOf("gone"));
                redis.sync().hset(Keys.partition(id.partition()), "replid", "elsewhere");
            });
            ServerFrame hint = client.await(FrameCase.SYNC);
            assertEquals(0, hint.getSync().getHeadsCount());
            // Nobody has compared Redis with MySQL yet: it may come back.
            resume(client, accepted.getConversation(), accepted.getEpoch(), 1);
            assertEquals(
                    RefusalCode.UNAVAILABLE,
                    client.await(FrameCase.REFUSED).getRefused().getCode());
            rig.prepare();
            resume(client, accepted.getConversation(), accepted.getEpoch(), 1);
            assertEquals(
                    RefusalCode.FORBIDDEN,
                    client.await(FrameCase.REFUSED).getRefused().getCode());
            Accepted again = say(client, 1).get(0);
            assertEquals(accepted.getConversation(), again.getConversation());
            assertEquals(1, again.getSeq());
        }
    }

    @Test
    void aLongAbsenceIsMadeUpInSteps() throws IOException {
        try (TestSocket client = GatewayRig.user(one.gateway(), "more")) {
            List<Accepted> said = say(client, 700);
            ByteString conversation = said.get(0).getConversation();
            resume(client, conversation, 0, 0);
            List<ServerFrame> first = answer(client);
            assertFalse(head(first).getComplete());
            assertFalse(head(first).getResyncRequired());
            int at = first.size() - 1;
            assertEquals(at, first.get(at - 1).getMessage().getSeq());
            resume(client, conversation, said.get(0).getEpoch(), at);
            List<ServerFrame> second = answer(client);
            assertTrue(head(second).getComplete());
            assertEquals(700, at + second.size() - 1);
        }
    }

    @Test
    void followingIsAWishOfOneConnection() throws IOException {
        try (TestSocket ana = GatewayRig.user(one.gateway(), "watched");
                TestSocket admin = GatewayRig.admin(one.gateway(), "sofia")) {
            ByteString conversation = say(ana, 1).get(0).getConversation();
            admin.await(FrameCase.NOTICE);
            watch(admin, Watch.newBuilder().setConversation(conversation).setEpoch(1));
            assertTrue(admin.await(FrameCase.SYNC).getSync().getHeads(0).getResyncRequired());
            watch(admin, Watch.newBuilder().setConversation(conversation));
            Head head = admin.await(FrameCase.SYNC).getSync().getHeads(0);
            assertEquals("watched", head.getOwner());
            assertEquals(1, head.getSeq());
            say(ana, 1);
            assertEquals(2, admin.await(FrameCase.MESSAGE).getMessage().getSeq());
            admin.send(ClientFrame.newBuilder()
                    .setRef(2)
                    .setUnwatch(Unwatch.newBuilder().setConversation(conversation))
                    .build());
            assertEquals(2, admin.await(FrameCase.SYNC).getRef());
            say(ana, 1);
            ServerFrame next = admin.await(frame -> frame.hasMessage() || frame.hasNotice());
            assertEquals(3, next.getNotice().getSeq());
        }
    }

    private static void watch(TestSocket admin, Watch.Builder watch) throws IOException {
        admin.send(ClientFrame.newBuilder().setRef(1).setWatch(watch).build());
    }

    @Test
    void noticesComeAtMostOnceASecondAndTheLastOneWins() throws IOException {
        try (TestSocket ana = GatewayRig.user(one.gateway(), "chatty");
                TestSocket admin = GatewayRig.admin(one.gateway(), "marco")) {
            say(ana, 60);
            assertTrue(Await.until(
                    Duration.ofSeconds(5), () -> notices(admin).stream().anyMatch(notice -> notice.getSeq() == 60)));
            List<Notice> notices = notices(admin);
            Notice last = notices.get(notices.size() - 1);
            assertEquals("message 60", last.getPreview());
            assertEquals("chatty", last.getOwner());
            // One at once, one a second while it lasted; that was not much more than one.
            assertTrue(notices.size() >= 2 && notices.size() <= 4, notices::toString);
        }
    }

    private static List<Notice> notices(TestSocket admin) {
        return admin.received().stream()
                .map(TestSocket.Frame::message)
                .filter(frame -> frame.getNotice().getOwner().equals("chatty"))
                .map(ServerFrame::getNotice)
                .toList();
    }

    @Test
    void whoComesAndGoesMissesNothing() throws IOException {
        Gateway other = one.rig().gateway(FAST);
        try (TestSocket sender = GatewayRig.user(other, "restless")) {
            for (int round = 1; round <= 30; round++) {
                try (TestSocket client = GatewayRig.user(one.gateway(), "restless")) {
                    int expected = round;
                    sender.send(TestSocket.say("round " + round));
                    assertEquals(
                            expected,
                            client.await(FrameCase.MESSAGE).getMessage().getSeq());
                }
            }
        }
    }
}
