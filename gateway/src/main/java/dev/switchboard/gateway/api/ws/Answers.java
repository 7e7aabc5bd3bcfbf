package dev.switchboard.gateway.api.ws;

import com.google.protobuf.ByteString;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.log.AppendAnswer;
import dev.switchboard.gateway.log.LaneState;
import dev.switchboard.gateway.log.ReadState;
import dev.switchboard.gateway.session.Pace;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.SharedFrame;
import dev.switchboard.proto.v1.Absent;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.GoingAway;
import dev.switchboard.proto.v1.Head;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Limits;
import dev.switchboard.proto.v1.Pong;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Sync;
import dev.switchboard.proto.v1.Welcome;
import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import dev.switchboard.wire.WireUuid;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Builds the frames that answer one connection. Immutable; any thread. */
public final class Answers {
    /** When to try again, at the soonest, where nothing else is known; a fail-over takes longer than that. */
    static final int RETRY_MILLIS_MIN = 1_000;

    private final Limits limits;
    private final Clock clock;

    /** Announces these limits in every Welcome. */
    public Answers(Limits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
    }

    public ServerFrame welcome(Session session, int ref, List<ResumeLanes.LaneAnswer> heads) {
        Welcome.Builder welcome = Welcome.newBuilder()
                .setConnection(
                        ByteString.copyFrom(ByteBuffer.allocate(Long.BYTES).putLong(0, session.id())))
                .setUser(session.user())
                .setRole(session.identity().role())
                .setName(session.identity().name())
                .setServerTime(clock.millis())
                .setTokenExpiresAt(session.identity().expiresAt().toEpochMilli())
                .setLimits(limits);
        heads.forEach(lane -> welcome.addHeads(head(session, lane)));
        return ServerFrame.newBuilder().setWelcome(welcome).setRef(ref).build();
    }

    ServerFrame accepted(int ref, ByteString clientMsgId, Lane lane, AppendAnswer.Accepted accepted) {
        return ServerFrame.newBuilder()
                .setAccepted(Accepted.newBuilder()
                        .setClientMsgId(clientMsgId)
                        .setMessageId(ByteString.copyFrom(WireUuid.bytes(accepted.messageId())))
                        .setConversation(
                                ByteString.copyFrom(accepted.conversation().bytes()))
                        .setLane(lane)
                        .setEpoch(accepted.position().epoch())
                        .setSeq(accepted.position().seq())
                        .setServerTime(accepted.time())
                        .setDuplicate(accepted.duplicate()))
                .setRef(ref)
                .build();
    }

    ServerFrame refused(int ref, RefusalCode code, String detail) {
        return refused(ref, Refused.newBuilder().setDetail(detail), code);
    }

    ServerFrame refused(int ref, ByteString clientMsgId, RefusalCode code, int retryAfterMillis) {
        return refused(ref, Refused.newBuilder().setClientMsgId(clientMsgId).setRetryAfterMs(retryAfterMillis), code);
    }

    /** A request that is no send came too fast. */
    ServerFrame tooFast(int ref) {
        return refused(ref, Refused.newBuilder().setRetryAfterMs(Pace.REQUEST_RETRY_MILLIS), RefusalCode.RATE_LIMITED);
    }

    private static ServerFrame refused(int ref, Refused.Builder refused, RefusalCode code) {
        boolean retryable = code.getNumber() >= RefusalCode.RATE_LIMITED_VALUE;
        refused.setCode(code).setRetryable(retryable);
        if (retryable && refused.getRetryAfterMs() == 0) {
            // Whoever refused had nothing better to say. Never the same for all, or they all come back at once.
            refused.setRetryAfterMs(ThreadLocalRandom.current().nextInt(RETRY_MILLIS_MIN, 2 * RETRY_MILLIS_MIN));
        }
        return ServerFrame.newBuilder().setRefused(refused).setRef(ref).build();
    }

    /**
     * Writes the frames of a tail as they are, as many as there is room for: in JSON they may be six times what was read. What
     * the lane answers then.
     */
    ResumeLanes.LaneAnswer messages(ResumeLanes.LaneAnswer lane, Session session) {
        int written = 0;
        for (RoutedFrame message : lane.state().messages()) {
            if (!session.hasRoom()) {
                return lane.endingAfter(written);
            }
            written++;
            try (SharedFrame frame =
                    new SharedFrame(message.published(), message.frameOffset(), message.frameLength())) {
                session.deliver(frame);
            }
        }
        return lane;
    }

    public ServerFrame sync(Session session, int ref, List<ResumeLanes.LaneAnswer> lanes) {
        Sync.Builder sync = Sync.newBuilder();
        lanes.forEach(lane -> sync.addHeads(head(session, lane)));
        return ServerFrame.newBuilder().setSync(sync).setRef(ref).build();
    }

    ServerFrame pong(int ref) {
        return ServerFrame.newBuilder()
                .setPong(Pong.newBuilder().setServerTime(clock.millis()))
                .setRef(ref)
                .build();
    }

    public ServerFrame goingAway(int reconnectAfterMillis) {
        return ServerFrame.newBuilder()
                .setGoingAway(GoingAway.newBuilder().setReconnectAfterMs(reconnectAfterMillis))
                .build();
    }

    private static Head head(Session session, ResumeLanes.LaneAnswer lane) {
        LaneState state = lane.state();
        ReadState reads = state.reads();
        List<RoutedFrame> messages = state.messages();
        Position answered = state.outcome() == LaneState.Outcome.MORE && !messages.isEmpty()
                ? messages.get(messages.size() - 1).position()
                : Position.START;
        return Head.newBuilder()
                .setConversation(ByteString.copyFrom(lane.at().conversation().bytes()))
                .setLane(lane.at().lane())
                .setOwner(state.owner())
                .setEpoch(state.head().epoch())
                .setSeq(state.head().seq())
                .setStoredEpoch(state.stored().epoch())
                .setStoredSeq(state.stored().seq())
                .setComplete(state.outcome() == LaneState.Outcome.COMPLETE)
                .setResyncRequired(state.outcome() == LaneState.Outcome.RESYNC)
                .setOwnerReadEpoch(reads.owner().epoch())
                .setOwnerReadSeq(reads.owner().seq())
                .setStaffReadEpoch(reads.staff().epoch())
                .setStaffReadSeq(reads.staff().seq())
                .setUnread(lane.at().lane() == Lane.PUBLIC ? reads.unread(state.head(), session.isAdmin()) : 0)
                .setLastTime(reads.lastTime())
                .setRetryAfterMs(lane.retryAfterMillis())
                .setAnsweredEpoch(answered.epoch())
                .setAnsweredSeq(answered.seq())
                .addAllAbsent(state.absent().stream().map(Answers::absent).toList())
                .build();
    }

    private static Absent absent(AbsentPositions.One one) {
        return Absent.newBuilder()
                .setEpoch(one.position().epoch())
                .setSeq(one.position().seq())
                .setDead(one.dead())
                .build();
    }
}
