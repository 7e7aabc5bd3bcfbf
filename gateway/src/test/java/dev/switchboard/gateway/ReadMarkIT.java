package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Head;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Read;
import dev.switchboard.proto.v1.ReadMark;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Read marks over real sockets, two gateways and a real Redis. */
class ReadMarkIT extends BetweenTwoGateways {
    private static ClientFrame read(Accepted upTo, int ref) {
        return ClientFrame.newBuilder()
                .setRef(ref)
                .setRead(Read.newBuilder()
                        .setConversation(upTo.getConversation())
                        .setEpoch(upTo.getEpoch())
                        .setSeq(upTo.getSeq()))
                .build();
    }

    private static Accepted say(TestSocket socket, String text, @Nullable ByteString conversation) throws IOException {
        var send = TestSocket.say(text);
        socket.send(conversation == null ? send : send.setConversation(conversation));
        return socket.await(FrameCase.ACCEPTED).getAccepted();
    }

    private static Head head(TestSocket socket, ByteString conversation) throws IOException {
        socket.send(ClientFrame.newBuilder()
                .setRef(99)
                .setResume(Resume.newBuilder()
                        .addPositions(LanePosition.newBuilder()
                                .setConversation(conversation)
                                .setLane(Lane.PUBLIC)))
                .build());
        return socket.await(frame -> frame.getRef() == 99).getSync().getHeads(0);
    }

    @Test
    void staffsMarkReachesTheOwnerAndWhoFollowsAndSurvivesAReload() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana");
                TestSocket sofia = GatewayRig.admin(b, "sofia");
                TestSocket marco = GatewayRig.admin(a, "marco");
                TestSocket idle = GatewayRig.admin(a, "idle")) {
            marco.send(ClientFrame.newBuilder()
                    .setRef(1)
                    .setWatch(Watch.newBuilder().setAll(true))
                    .build());
            marco.await(FrameCase.SYNC);
            say(ana, "uno", null);
            Accepted second = say(ana, "dos", null);
            assertEquals(2, head(sofia, second.getConversation()).getUnread());
            assertEquals(0, head(ana, second.getConversation()).getUnread());

            sofia.send(read(second, 5));
            for (TestSocket told : new TestSocket[] {ana, marco}) {
                ReadMark mark = told.await(FrameCase.READ_MARK).getReadMark();
                assertTrue(mark.getStaff());
                assertEquals(2, mark.getSeq());
                assertEquals(second.getConversation(), mark.getConversation());
            }
            Head after = head(sofia, second.getConversation());
            assertEquals(0, after.getUnread());
            assertEquals(2, after.getStaffReadSeq());
            assertTrue(after.getLastTime() >= second.getServerTime());
            // Who neither follows nor owns it hears nothing of it.
            idle.send(ClientFrame.newBuilder()
                    .setRef(3)
                    .setPing(dev.switchboard.proto.v1.Ping.getDefaultInstance())
                    .build());
            idle.await(FrameCase.PONG);
            assertTrue(idle.received().stream()
                    .noneMatch(frame -> frame.payload().size() > 2
                            && frame.payload().byteAt(0) == (byte) 0x8A
                            && frame.payload().byteAt(1) == 0x01));
        }
    }

    @Test
    void ownersMarkReachesTheirOtherDevicesAndStandsInWelcome() throws IOException {
        try (TestSocket berta = GatewayRig.user(a, "berta");
                TestSocket phone = GatewayRig.user(b, "berta");
                TestSocket sofia = GatewayRig.admin(b, "sofia")) {
            ByteString conversation = say(berta, "hola", null).getConversation();
            say(sofia, "buenas", conversation);
            Accepted last = say(sofia, "¿qué tal?", conversation);
            try (TestSocket tablet = TestSocket.open(a.port(), GatewayRig.token("berta"), "switchboard.v1")) {
                Head head = tablet.await(FrameCase.WELCOME).getWelcome().getHeads(0);
                assertEquals(2, head.getUnread());
                assertEquals(last.getServerTime(), head.getLastTime());
            }
            berta.send(read(last, 0));
            ReadMark mark = phone.await(FrameCase.READ_MARK).getReadMark();
            assertEquals(3, mark.getSeq());
            assertEquals(false, mark.getStaff());
            try (TestSocket tablet = TestSocket.open(b.port(), GatewayRig.token("berta"), "switchboard.v1")) {
                Head head = tablet.await(FrameCase.WELCOME).getWelcome().getHeads(0);
                assertEquals(0, head.getUnread());
                assertEquals(3, head.getOwnerReadSeq());
            }
            // Whoever speaks has read what stood before.
            say(sofia, "otra", conversation);
            assertEquals(1, head(berta, conversation).getUnread());
            say(berta, "vale", null);
            assertEquals(0, head(berta, conversation).getUnread());
            assertEquals(1, head(sofia, conversation).getUnread());
        }
    }

    @Test
    void manyMarksBecomeFewAndTheLastOneCountsEvenWhenTheConnectionCloses() throws IOException {
        ByteString conversation;
        try (TestSocket carla = GatewayRig.user(a, "carla");
                TestSocket sofia = GatewayRig.admin(a, "sofia")) {
            Accepted last = say(carla, "0", null);
            conversation = last.getConversation();
            long entries = entries();
            for (int i = 1; i <= 10; i++) {
                last = say(carla, Integer.toString(i), null);
                sofia.send(read(last, 0));
            }
            assertTrue(entries() - entries <= 10 + 2, "marks are coalesced");
        }
        assertTrue(Await.until(Duration.ofSeconds(10), () -> "11".equals(staffRead(conversation))));
    }

    @Test
    void aForeignConversationLooksLikeNoneAndNonsenseIsRefused() throws IOException {
        try (TestSocket dora = GatewayRig.user(a, "dora");
                TestSocket eva = GatewayRig.user(b, "eva")) {
            Accepted mine = say(dora, "hola", null);
            eva.send(read(mine, 4));
            assertEquals(
                    RefusalCode.FORBIDDEN,
                    eva.await(frame -> frame.getRef() == 4).getRefused().getCode());
            eva.send(read(
                    mine.toBuilder()
                            .setConversation(ByteString.copyFromUtf8("x"))
                            .build(),
                    5));
            assertEquals(
                    RefusalCode.INVALID_ID,
                    eva.await(frame -> frame.getRef() == 5).getRefused().getCode());
            eva.send(read(mine.toBuilder().setSeq(0).build(), 6));
            assertEquals(
                    RefusalCode.BAD_REQUEST,
                    eva.await(frame -> frame.getRef() == 6).getRefused().getCode());
        }
    }

    private long entries() {
        AtomicLong length = new AtomicLong();
        rig.withRedis(
                redis -> length.set(redis.sync().xlen(Keys.log(dev.switchboard.wire.Partition.ofOwner("carla")))));
        return length.get();
    }

    private @Nullable String staffRead(ByteString conversation) {
        AtomicReference<@Nullable String> seq = new AtomicReference<>();
        ConversationId id = ConversationId.parse(conversation.toByteArray()).orElseThrow();
        rig.withRedis(redis -> seq.set(redis.sync().hget(Keys.conversation(id), "srs")));
        return seq.get();
    }
}
