package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.ServerFrame.FrameCase;
import dev.switchboard.proto.v1.Watch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A conversation between a user and admins through two gateways. */
class ConversationIT extends BetweenTwoGateways {
    @Test
    void whatAnAdminSendsByIdKeepsItsOrder() throws IOException {
        try (TestSocket owner = GatewayRig.user(a, "ordered");
                TestSocket admin = GatewayRig.admin(a, "sofia")) {
            owner.send(TestSocket.say("help"));
            ByteString conversation =
                    owner.await(FrameCase.ACCEPTED).getAccepted().getConversation();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int i = 0; i < 20; i++) {
                Send.Builder say = TestSocket.say("answer " + i).setConversation(conversation);
                // Those that name the owner too need not wait for anything but those before them.
                ClientFrame frame = ClientFrame.newBuilder()
                        .setSend(i % 2 == 0 ? say : say.setOwner("ordered"))
                        .build();
                bytes.writeBytes(TestSocket.frame(0x82, frame.toByteArray()));
            }
            admin.send(bytes.toByteArray());
            for (int i = 0; i < 20; i++) {
                assertEquals(
                        "answer " + i,
                        owner.await(FrameCase.MESSAGE).getMessage().getText());
            }
        }
    }

    @Test
    void usersMessageReachesFollowersOtherDevicesAndOthersAsNotice() throws IOException {
        try (TestSocket ana = GatewayRig.user(a, "ana");
                TestSocket anaPhone = GatewayRig.user(b, "ana");
                TestSocket follower = GatewayRig.admin(a, "sofia");
                TestSocket other = GatewayRig.admin(b, "marco")) {
            follower.send(ClientFrame.newBuilder()
                    .setRef(7)
                    .setWatch(Watch.newBuilder().setAll(true))
                    .build());
            assertEquals(7, follower.await(FrameCase.SYNC).getRef());

            Cast cast = new Cast(ana, anaPhone, follower, other);
            Accepted accepted = userAsks(cast);
            adminsAnswer(cast, accepted.getConversation());
            noteStaysWithStaff(cast, accepted.getConversation());
        }
    }

    /** A user with two devices, an admin who follows all, one who follows nothing at first. */
    private record Cast(TestSocket ana, TestSocket anaPhone, TestSocket follower, TestSocket other) {}

    private static Accepted userAsks(Cast cast) throws IOException {
        Send.Builder hello = TestSocket.say("hola");
        cast.ana.send(hello);
        Accepted accepted = cast.ana.await(FrameCase.ACCEPTED).getAccepted();
        assertEquals(hello.getClientMsgId(), accepted.getClientMsgId());
        assertEquals(1, accepted.getSeq());

        for (TestSocket receiver : new TestSocket[] {cast.anaPhone, cast.follower}) {
            Message message = receiver.await(FrameCase.MESSAGE).getMessage();
            assertEquals("hola", message.getText());
            assertEquals("ana", message.getSender());
            assertEquals(Role.USER, message.getSenderRole());
            assertEquals(accepted.getSeq(), message.getSeq());
            assertEquals(accepted.getEpoch(), message.getEpoch());
            assertEquals(accepted.getServerTime(), message.getTime());
            assertEquals(accepted.getMessageId(), message.getMessageId());
        }
        ServerFrame notice = cast.other.await(FrameCase.NOTICE);
        assertEquals("hola", notice.getNotice().getPreview());
        assertEquals(1, notice.getNotice().getSeq());
        return accepted;
    }

    private static void adminsAnswer(Cast cast, ByteString conversation) throws IOException {
        cast.other.send(ClientFrame.newBuilder()
                .setRef(8)
                .setWatch(Watch.newBuilder().setConversation(conversation))
                .build());
        assertEquals(1, cast.other.await(FrameCase.SYNC).getSync().getHeads(0).getSeq());
        cast.ana.send(TestSocket.say("otra"));
        assertEquals("otra", cast.other.await(FrameCase.MESSAGE).getMessage().getText());

        cast.follower.send(Send.newBuilder()
                .setClientMsgId(TestSocket.newId())
                .setConversation(conversation)
                .setText("buenas"));
        assertEquals(3, cast.follower.await(FrameCase.ACCEPTED).getAccepted().getSeq());
        Message answer = cast.ana.await(FrameCase.MESSAGE).getMessage();
        assertEquals("buenas", answer.getText());
        assertEquals("sofia", answer.getSender());
        assertEquals("ana", answer.getOwner());
        assertEquals("buenas", cast.other.await(FrameCase.MESSAGE).getMessage().getText());
    }

    private static void noteStaysWithStaff(Cast cast, ByteString conversation) throws IOException {
        cast.follower.send(Send.newBuilder()
                .setClientMsgId(TestSocket.newId())
                .setConversation(conversation)
                .setLane(Lane.STAFF)
                .setText("nota interna"));
        assertEquals(1, cast.follower.await(FrameCase.ACCEPTED).getAccepted().getSeq());
        Message note =
                cast.other.await(m -> m.getMessage().getLane() == Lane.STAFF).getMessage();
        assertEquals(3, note.getAfterPublic());
        cast.ana.send(TestSocket.say("fin"));
        cast.anaPhone.await(m -> m.getMessage().getText().equals("fin"));
        for (TestSocket owner : new TestSocket[] {cast.ana, cast.anaPhone}) {
            assertTrue(owner.received().stream()
                    .noneMatch(f -> f.payload().toStringUtf8().contains("nota")));
        }
        assertFalse(cast.ana.ended());
    }
}
