package dev.switchboard.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.switchboard.proto.v1.Absent;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.GoingAway;
import dev.switchboard.proto.v1.Head;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Limits;
import dev.switchboard.proto.v1.LogEntry;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Notice;
import dev.switchboard.proto.v1.Ping;
import dev.switchboard.proto.v1.Pong;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.Read;
import dev.switchboard.proto.v1.ReadMark;
import dev.switchboard.proto.v1.Reauth;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Stored;
import dev.switchboard.proto.v1.Sync;
import dev.switchboard.proto.v1.Unwatch;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.proto.v1.Welcome;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** One of every frame, with every field set, as clients of the first version know it. */
final class GoldenFrames {
    static final ConversationId CONVERSATION =
            new ConversationId(UUID.fromString("0190a1b2-c3d4-7e5f-8a6b-7c8d9eaf0b03"));
    static final UUID CLIENT_MSG_ID = UUID.fromString("0190a1b2-c3d4-7111-8222-333344445555");
    static final UUID MESSAGE_ID = UUID.fromString("0190a1b2-c3d5-7666-9777-888899990000");
    static final int EPOCH = 1_800_000_000;
    static final long TIME = 1_800_000_123_456L;

    private static final ByteString CONVERSATION_BYTES = ByteString.copyFrom(CONVERSATION.bytes());
    private static final ByteString CLIENT_MSG_ID_BYTES = ByteString.copyFrom(WireUuid.bytes(CLIENT_MSG_ID));
    private static final ByteString MESSAGE_ID_BYTES = ByteString.copyFrom(WireUuid.bytes(MESSAGE_ID));

    private GoldenFrames() {}

    /** Frames of earlier versions that have got more fields since; the same with all of them is in {@link #all}. */
    static Map<String, MessageLite> ofEarlierVersions() {
        return Map.of(
                "sync", sync(firstHead()),
                "sync-2", sync(secondHead()),
                "sync-3", sync(thirdHead()),
                "welcome", welcome(firstHead()),
                "welcome-2", welcome(secondHead()),
                "welcome-3", welcome(thirdHead()),
                "stored", frame().setStored(firstStored()).build());
    }

    static Map<String, MessageLite> all() {
        Map<String, MessageLite> all = new LinkedHashMap<>();
        commands(all);
        answers(all);
        announcements(all);
        Envelope envelope = envelope();
        all.put("envelope", envelope);
        all.put(
                "publication",
                Publication.newBuilder()
                        .addEnvelopes(envelope)
                        .setLogId("1800000123456-0")
                        .setPreviousLogId("1800000123455-7")
                        .build());
        all.put("log-entry", LogEntry.newBuilder().addEnvelopes(envelope).build());
        return all;
    }

    private static void commands(Map<String, MessageLite> all) {
        all.put(
                "send",
                command()
                        .setSend(Send.newBuilder()
                                .setClientMsgId(CLIENT_MSG_ID_BYTES)
                                .setConversation(CONVERSATION_BYTES)
                                .setOwner("ana")
                                .setText("¡Hola! 😀")
                                .setLane(Lane.STAFF))
                        .build());
        all.put(
                "watch",
                command()
                        .setWatch(Watch.newBuilder()
                                .setConversation(CONVERSATION_BYTES)
                                .setAll(true)
                                .setEpoch(EPOCH)
                                .setSeq(7)
                                .setStaffEpoch(EPOCH)
                                .setStaffSeq(3))
                        .build());
        all.put(
                "unwatch",
                command()
                        .setUnwatch(Unwatch.newBuilder()
                                .setConversation(CONVERSATION_BYTES)
                                .setAll(true))
                        .build());
        all.put(
                "resume",
                command()
                        .setResume(Resume.newBuilder()
                                .addPositions(LanePosition.newBuilder()
                                        .setConversation(CONVERSATION_BYTES)
                                        .setLane(Lane.STAFF)
                                        .setEpoch(EPOCH)
                                        .setSeq(7)))
                        .build());
        all.put(
                "reauth",
                command().setReauth(Reauth.newBuilder().setToken("a.b.c")).build());
        all.put(
                "read",
                command()
                        .setRead(Read.newBuilder()
                                .setConversation(CONVERSATION_BYTES)
                                .setEpoch(EPOCH)
                                .setSeq(8))
                        .build());
        all.put("ping", command().setPing(Ping.getDefaultInstance()).build());
    }

    private static void answers(Map<String, MessageLite> all) {
        all.put(
                "accepted",
                frame().setAccepted(Accepted.newBuilder()
                                .setClientMsgId(CLIENT_MSG_ID_BYTES)
                                .setMessageId(MESSAGE_ID_BYTES)
                                .setConversation(CONVERSATION_BYTES)
                                .setLane(Lane.STAFF)
                                .setEpoch(EPOCH)
                                .setSeq(8)
                                .setServerTime(TIME)
                                .setDuplicate(true))
                        .build());
        all.put(
                "refused",
                frame().setRefused(Refused.newBuilder()
                                .setClientMsgId(CLIENT_MSG_ID_BYTES)
                                .setCode(RefusalCode.RATE_LIMITED)
                                .setRetryable(true)
                                .setRetryAfterMs(1500)
                                .setDetail("too fast"))
                        .build());
        all.put("stored-2", frame().setStored(firstStored().addAbsent(absent())).build());
        all.put("sync-4", sync(head()));
        all.put(
                "read-mark",
                frame().setReadMark(ReadMark.newBuilder()
                                .setConversation(CONVERSATION_BYTES)
                                .setEpoch(EPOCH)
                                .setSeq(8)
                                .setStaff(true))
                        .build());
        all.put("pong", frame().setPong(Pong.newBuilder().setServerTime(TIME)).build());
    }

    private static void announcements(Map<String, MessageLite> all) {
        all.put("welcome-4", welcome(head()));
        all.put("message", frame().setMessage(message()).build());
        all.put(
                "notice",
                frame().setNotice(Notice.newBuilder()
                                .setConversation(CONVERSATION_BYTES)
                                .setOwner("ana")
                                .setEpoch(EPOCH)
                                .setSeq(8)
                                .setPreview("¡Hola!")
                                .setSender("ana")
                                .setTime(TIME)
                                .setLane(Lane.STAFF))
                        .build());
        all.put(
                "going-away",
                frame().setGoingAway(GoingAway.newBuilder().setReconnectAfterMs(2500))
                        .build());
    }

    private static ServerFrame sync(Head.Builder head) {
        return frame().setSync(Sync.newBuilder().addHeads(head)).build();
    }

    private static ServerFrame welcome(Head.Builder head) {
        return frame().setWelcome(Welcome.newBuilder()
                        .setConnection(ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}))
                        .setUser("ana")
                        .setRole(Role.ADMIN)
                        .setName("Ana")
                        .setServerTime(TIME)
                        .setTokenExpiresAt(TIME + 3_600_000)
                        .setLimits(Limits.newBuilder()
                                .setTextCodePointsMax(4_000)
                                .setTextBytesMax(16_384)
                                .setFrameBytesMax(65_536)
                                .setUnansweredMax(32)
                                .setPingIntervalMs(20_000)
                                .setSilenceMaxMs(35_000))
                        .addHeads(head))
                .build();
    }

    private static Message message() {
        return Message.newBuilder()
                .setConversation(CONVERSATION_BYTES)
                .setMessageId(MESSAGE_ID_BYTES)
                .setClientMsgId(CLIENT_MSG_ID_BYTES)
                .setSender("root")
                .setSenderRole(Role.ADMIN)
                .setOwner("ana")
                .setLane(Lane.STAFF)
                .setText("¡Hola! 😀")
                .setEpoch(EPOCH)
                .setAfterPublic(12)
                .setSeq(8)
                .setTime(TIME)
                .build();
    }

    private static Envelope envelope() {
        return Envelope.newBuilder()
                .setOrigin(0x0102030405060708L)
                .setConversation(CONVERSATION_BYTES)
                .setOwner("ana")
                .setSender("root")
                .setLane(Lane.STAFF)
                .setKind(Envelope.Kind.STORED)
                .setFrame(ServerFrame.newBuilder().setMessage(message()).build().toByteString())
                .build();
    }

    private static Stored.Builder firstStored() {
        return Stored.newBuilder()
                .setConversation(CONVERSATION_BYTES)
                .setLane(Lane.STAFF)
                .setEpoch(EPOCH)
                .setSeq(8);
    }

    private static Absent absent() {
        return Absent.newBuilder().setEpoch(EPOCH).setSeq(7).setDead(true).build();
    }

    private static Head.Builder head() {
        return thirdHead().addAbsent(absent());
    }

    private static Head.Builder thirdHead() {
        return secondHead().setRetryAfterMs(1500).setAnsweredEpoch(EPOCH).setAnsweredSeq(4);
    }

    private static Head.Builder secondHead() {
        return firstHead()
                .setOwnerReadEpoch(EPOCH)
                .setOwnerReadSeq(5)
                .setStaffReadEpoch(EPOCH)
                .setStaffReadSeq(7)
                .setUnread(3)
                .setLastTime(TIME);
    }

    private static Head.Builder firstHead() {
        return Head.newBuilder()
                .setConversation(CONVERSATION_BYTES)
                .setLane(Lane.STAFF)
                .setOwner("ana")
                .setEpoch(EPOCH)
                .setSeq(8)
                .setStoredEpoch(EPOCH)
                .setStoredSeq(6)
                .setComplete(true)
                .setResyncRequired(true);
    }

    private static ClientFrame.Builder command() {
        return ClientFrame.newBuilder().setRef(300).setVersion(1);
    }

    private static ServerFrame.Builder frame() {
        return ServerFrame.newBuilder().setRef(300);
    }
}
