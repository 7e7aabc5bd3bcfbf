package dev.switchboard.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.ClientFrame.CommandCase;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.Read;
import dev.switchboard.proto.v1.Reauth;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Unwatch;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.wire.ConversationId;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may send which command: every command there is, from the owner, another user and an admin. */
@ExtendWith(LeakCheck.class)
class RightsIT {
    @RegisterExtension
    static final OneGateway one = OneGateway.watched();

    private static ByteString conversation;

    @BeforeAll
    static void start() throws IOException {
        try (TestSocket owner = GatewayRig.user(one.gateway(), "owner")) {
            owner.send(TestSocket.say("mine"));
            conversation =
                    owner.await(ServerFrame.FrameCase.ACCEPTED).getAccepted().getConversation();
        }
    }

    /** Who asks. */
    private enum Who {
        OWNER,
        STRANGER,
        ADMIN;

        String token() {
            return this == ADMIN
                    ? GatewayRig.adminToken("admin")
                    : GatewayRig.token(name().toLowerCase(java.util.Locale.ROOT));
        }

        TestSocket connect() throws IOException {
            TestSocket socket = TestSocket.open(one.port(), token(), "switchboard.v1");
            socket.await(ServerFrame.FrameCase.WELCOME);
            return socket;
        }
    }

    private record Action(String name, Set<Who> allowed, Supplier<ClientFrame.Builder> frame) {}

    private static Action send(String name, Set<Who> allowed, Supplier<Send.Builder> send) {
        return new Action(
                name, allowed, () -> ClientFrame.newBuilder().setSend(send.get().setClientMsgId(TestSocket.newId())));
    }

    private static Action watch(String name, Watch.Builder watch) {
        return new Action(
                name, EnumSet.of(Who.ADMIN), () -> ClientFrame.newBuilder().setWatch(watch));
    }

    private static Action unwatch(String name, Unwatch.Builder unwatch) {
        return new Action(
                name, EnumSet.of(Who.ADMIN), () -> ClientFrame.newBuilder().setUnwatch(unwatch));
    }

    private static Action resume(String name, Set<Who> allowed, Lane lane) {
        return new Action(
                name,
                allowed,
                () -> ClientFrame.newBuilder()
                        .setResume(Resume.newBuilder()
                                .addPositions(LanePosition.newBuilder()
                                        .setConversation(conversation)
                                        .setLane(lane))));
    }

    private static List<Action> actions() {
        Set<Who> everybody = EnumSet.allOf(Who.class);
        Set<Who> concerned = EnumSet.of(Who.OWNER, Who.ADMIN);
        Set<Who> admins = EnumSet.of(Who.ADMIN);
        return List.of(
                send(
                        "speak to the owner",
                        concerned,
                        () -> Send.newBuilder().setOwner("owner").setText("a")),
                send(
                        "speak in it",
                        concerned,
                        () -> Send.newBuilder().setConversation(conversation).setText("b")),
                send(
                        "note",
                        admins,
                        () -> Send.newBuilder()
                                .setConversation(conversation)
                                .setLane(Lane.STAFF)
                                .setText("c")),
                watch("watch it", Watch.newBuilder().setConversation(conversation)),
                watch("watch all", Watch.newBuilder().setAll(true)),
                unwatch("unwatch it", Unwatch.newBuilder().setConversation(conversation)),
                unwatch("unwatch all", Unwatch.newBuilder().setAll(true)),
                resume("resume it", concerned, Lane.PUBLIC),
                resume("resume notes", admins, Lane.STAFF),
                new Action(
                        "read it",
                        concerned,
                        () -> ClientFrame.newBuilder()
                                .setRead(Read.newBuilder()
                                        .setConversation(conversation)
                                        .setEpoch(1)
                                        .setSeq(1))),
                new Action("ping", everybody, () -> ClientFrame.newBuilder().setPing(Ping.getDefaultInstance())));
    }

    @TestFactory
    @Tag("SEC14")
    @Tag("SEC16")
    @Tag("P12")
    Stream<DynamicTest> everyCommandFromEveryRole() {
        return actions().stream()
                .flatMap(action -> Stream.of(Who.values())
                        .map(who -> DynamicTest.dynamicTest(action.name() + " by " + who, () -> check(action, who))));
    }

    private static void check(Action action, Who who) throws IOException {
        try (TestSocket client = who.connect()) {
            client.send(action.frame().get().setRef(7).build());
            if (action.name().equals("read it") && action.allowed().contains(who)) {
                // It has no answer. Redis takes them in turn, so a refusal would stand before this one's.
                client.send(resume("", action.allowed(), Lane.PUBLIC)
                        .frame()
                        .get()
                        .setRef(7)
                        .build());
            }
            ServerFrame answer = client.await(frame -> frame.getRef() == 7);
            RefusalCode code = answer.hasRefused() ? answer.getRefused().getCode() : RefusalCode.REFUSAL_UNSPECIFIED;
            assertEquals(
                    action.allowed().contains(who) ? RefusalCode.REFUSAL_UNSPECIFIED : RefusalCode.FORBIDDEN,
                    code,
                    answer::toString);
        }
    }

    @Test
    @Tag("SEC14")
    void noCommandIsLeftOut() {
        Set<CommandCase> known = EnumSet.allOf(CommandCase.class);
        actions().forEach(action -> known.remove(action.frame().get().getCommandCase()));
        // Reauth has tests of its own: it asks who somebody is, not what they may do.
        assertEquals(EnumSet.of(CommandCase.REAUTH, CommandCase.COMMAND_NOT_SET), known);
    }

    @Test
    @Tag("P12")
    @Tag("SEC14")
    void aForeignConversationLooksLikeNone() throws IOException {
        ByteString sameShard = bytes(ConversationId.openedBy("owner", UUID.randomUUID()));
        ByteString ownShard = bytes(ConversationId.openedBy("stranger", UUID.randomUUID()));
        double before = Metrics.refused(one.gateway(), "FORBIDDEN");
        try (LogCapture logged = new LogCapture();
                TestSocket stranger = Who.STRANGER.connect()) {
            for (boolean resume : new boolean[] {false, true}) {
                Refused real = ask(stranger, conversation, resume);
                assertEquals(RefusalCode.FORBIDDEN, real.getCode());
                assertEquals(real, ask(stranger, sameShard, resume));
                assertEquals(real, ask(stranger, ownShard, resume));
            }
            assertEquals(before + 6, Metrics.refused(one.gateway(), "FORBIDDEN"));
            long lines = logged.count(line -> line.contains("forbidden action=") && line.contains("user=stranger"));
            assertTrue(lines >= 1 && lines <= 2, lines + " audit lines within about a second");
        }
    }

    private static Refused ask(TestSocket client, ByteString conversation, boolean resume) throws IOException {
        ClientFrame.Builder frame = ClientFrame.newBuilder();
        if (resume) {
            frame.setResume(
                    Resume.newBuilder().addPositions(LanePosition.newBuilder().setConversation(conversation)));
        } else {
            frame.setSend(TestSocket.say("hi").setConversation(conversation));
        }
        client.send(frame.build());
        return client.await(ServerFrame.FrameCase.REFUSED).getRefused().toBuilder()
                .clearClientMsgId()
                .build();
    }

    private static ByteString bytes(ConversationId id) {
        return ByteString.copyFrom(id.bytes());
    }

    @Test
    @Tag("SEC11")
    void reauthKeepsTheUserAndTheRole() throws IOException {
        try (TestSocket client = Who.STRANGER.connect()) {
            client.send(reauth(GatewayRig.token("stranger"), 3));
            ServerFrame welcome = client.nextMessage();
            assertEquals(3, welcome.getRef());
            assertEquals("stranger", welcome.getWelcome().getUser());

            double failures = Metrics.value(one.gateway(), "auth_failures_total");
            client.send(reauth("x", 4));
            ServerFrame refused = client.nextMessage();
            assertEquals(RefusalCode.FORBIDDEN, refused.getRefused().getCode());
            assertEquals("Token inválido", refused.getRefused().getDetail());
            assertEquals(failures + 1, Metrics.value(one.gateway(), "auth_failures_total"));
            // A token that failed takes nothing away from the one that is good.
            client.send(TestSocket.say("still me"));
            Accepted accepted = client.await(ServerFrame.FrameCase.ACCEPTED).getAccepted();
            assertEquals(Lane.PUBLIC, accepted.getLane());
        }
        for (String other : List.of(GatewayRig.token("owner"), GatewayRig.adminToken("stranger"))) {
            try (TestSocket client = Who.STRANGER.connect()) {
                client.send(reauth(other, 5));
                assertEquals(4003, client.closeCode());
            }
        }
    }

    private static ClientFrame reauth(String token, int ref) {
        return ClientFrame.newBuilder()
                .setRef(ref)
                .setReauth(Reauth.newBuilder().setToken(token))
                .build();
    }
}
