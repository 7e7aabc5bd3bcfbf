package dev.switchboard.gateway.api.ws;

import com.google.protobuf.ByteString;
import dev.switchboard.gateway.auth.Verification;
import dev.switchboard.gateway.desk.MarkRead;
import dev.switchboard.gateway.desk.Participant;
import dev.switchboard.gateway.desk.RenewIdentity;
import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.desk.SendMessage;
import dev.switchboard.gateway.desk.WatchConversation;
import dev.switchboard.gateway.log.AppendAnswer;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Disconnect;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LanePosition;
import dev.switchboard.proto.v1.Read;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.Unwatch;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the frames of a native client into use cases and their results into frames. One for each event loop, confined to it.
 */
public final class NativeDoor {
    private static final Logger log = LoggerFactory.getLogger(NativeDoor.class);

    private final SendMessage send;
    private final WatchConversation watch;
    private final ResumeLanes resume;
    private final MarkRead read;
    private final RenewIdentity renew;
    private final Answers answers;
    private final GatewayMeters meters;
    private final Audit audit = new Audit();

    public NativeDoor(UseCases useCases, Answers answers, GatewayMeters meters) {
        this.send = useCases.send();
        this.watch = useCases.watch();
        this.resume = useCases.resume();
        this.read = useCases.read();
        this.renew = useCases.renew();
        this.answers = answers;
        this.meters = meters;
    }

    /** What this door can do. */
    public record UseCases(
            SendMessage send, WatchConversation watch, ResumeLanes resume, MarkRead read, RenewIdentity renew) {}

    /** One message of the client. */
    void received(Session session, ClientFrames.Read read) {
        if (read instanceof ClientFrames.Read.Frame frame) {
            carryOut(session, frame.frame());
        } else if (read instanceof ClientFrames.Read.Refused refused) {
            session.refuse(answers.refused(refused.ref(), refused.code(), refused.detail()), refused.code());
        } else {
            session.close(Disconnect.INVALID_PAYLOAD);
        }
    }

    /** Nobody foresaw this. The connection ends; it alone. */
    void failed(Session session, Throwable cause) {
        meters.unexpected("frame");
        log.error("frame failed connection={}", Long.toHexString(session.id()), cause);
        session.close(Disconnect.INTERNAL_ERROR);
    }

    private void carryOut(Session session, ClientFrame frame) {
        int ref = frame.getRef();
        // Sends have a rate of their own; a ping costs no more than reading it.
        boolean limited = switch (frame.getCommandCase()) {
            case SEND, PING -> false;
            default -> true;
        };
        if (limited && !session.admitRequest(() -> answers.tooFast(ref))) {
            return;
        }
        switch (frame.getCommandCase()) {
            case SEND -> send(session, frame.getSend(), ref);
            case WATCH -> watch(session, frame.getWatch(), ref);
            case UNWATCH -> unwatch(session, frame.getUnwatch(), ref);
            case RESUME -> resume(session, frame.getResume(), ref);
            case REAUTH -> reauth(session, frame.getReauth().getToken(), ref);
            case READ -> read(session, frame.getRead(), ref);
            case PING -> session.send(answers.pong(ref));
            case COMMAND_NOT_SET -> throw new AssertionError("ClientFrames refuses frames without a command");
        }
    }

    private void send(Session session, Send command, int ref) {
        long readAt = System.nanoTime();
        ByteString id = command.getClientMsgId();
        session.sendBegun();
        Optional<SendMessage.Command> parsed = id.size() == WireUuid.BYTES && !isZero(id)
                ? parse(command, WireUuid.of(id.toByteArray()))
                : Optional.empty();
        if (parsed.isEmpty()) {
            answered(session, command, ref, new AppendAnswer.Refused(RefusalCode.INVALID_ID, 0), readAt);
        } else if (command.getLane() == Lane.UNRECOGNIZED) {
            answered(session, command, ref, new AppendAnswer.Refused(RefusalCode.UNSUPPORTED, 0), readAt);
        } else if (session.isGoingAway()) {
            answered(session, command, ref, new AppendAnswer.Refused(RefusalCode.GOING_AWAY, 0), readAt);
        } else {
            send.run(participant(session), parsed.get(), answer -> answered(session, command, ref, answer, readAt));
        }
    }

    /** Empty if the conversation's id can't be one. */
    private static Optional<SendMessage.Command> parse(Send command, UUID clientMsgId) {
        Optional<ConversationId> conversation = conversation(command.getConversation());
        if (conversation.isEmpty() && !command.getConversation().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new SendMessage.Command(
                clientMsgId, conversation, command.getOwner(), command.getText(), command.getLane()));
    }

    private void answered(Session session, Send command, int ref, AppendAnswer answer, long readAt) {
        session.requestAnswered();
        if (answer instanceof AppendAnswer.Accepted accepted) {
            session.accepted(accepted.conversation());
            meters.accepted(System.nanoTime() - readAt, accepted.duplicate());
            session.send(answers.accepted(ref, command.getClientMsgId(), command.getLane(), accepted));
        } else if (answer instanceof AppendAnswer.Refused refused) {
            if (refused.code() == RefusalCode.FORBIDDEN) {
                audit.forbidden(session, "send");
            }
            session.refuse(
                    answers.refused(ref, command.getClientMsgId(), refused.code(), refused.retryAfterMillis()),
                    refused.code());
        }
    }

    private void watch(Session session, Watch command, int ref) {
        Participant who = participant(session);
        Optional<ConversationId> conversation = conversation(command.getConversation());
        if (command.getAll()) {
            if (watch.followAll(who, session.watches())) {
                session.send(answers.sync(session, ref, List.of()));
            } else {
                lanesAnswered(session, ref, "watch", new ResumeLanes.Answer.Refused(RefusalCode.FORBIDDEN));
            }
        } else if (conversation.isEmpty()) {
            lanesAnswered(session, ref, "watch", new ResumeLanes.Answer.Refused(RefusalCode.INVALID_ID));
        } else {
            watch.follow(
                    who,
                    session.watches(),
                    conversation.get(),
                    new Position(command.getEpoch(), command.getSeq()),
                    new Position(command.getStaffEpoch(), command.getStaffSeq()),
                    lanesAnswer(session, ref, "watch"));
        }
    }

    private void unwatch(Session session, Unwatch command, int ref) {
        Optional<ConversationId> conversation = conversation(command.getConversation());
        if (!command.getAll() && conversation.isEmpty()) {
            lanesAnswered(session, ref, "unwatch", new ResumeLanes.Answer.Refused(RefusalCode.INVALID_ID));
        } else if (watch.unfollow(participant(session), session.watches(), conversation, command.getAll())) {
            session.send(answers.sync(session, ref, List.of()));
        } else {
            lanesAnswered(session, ref, "unwatch", new ResumeLanes.Answer.Refused(RefusalCode.FORBIDDEN));
        }
    }

    private void resume(Session session, Resume command, int ref) {
        if (command.getPositionsCount() > ResumeLanes.LANES_MAX) {
            lanesAnswered(session, ref, "resume", new ResumeLanes.Answer.Refused(RefusalCode.TOO_MANY));
            return;
        }
        List<ResumeLanes.At> positions = new ArrayList<>();
        for (LanePosition position : command.getPositionsList()) {
            Optional<ConversationId> conversation = conversation(position.getConversation());
            if (conversation.isEmpty() || position.getLane() == Lane.UNRECOGNIZED) {
                RefusalCode code = conversation.isEmpty() ? RefusalCode.INVALID_ID : RefusalCode.UNSUPPORTED;
                lanesAnswered(session, ref, "resume", new ResumeLanes.Answer.Refused(code));
                return;
            }
            positions.add(new ResumeLanes.At(
                    conversation.get(), position.getLane(), new Position(position.getEpoch(), position.getSeq())));
        }
        resume.run(participant(session), positions, lanesAnswer(session, ref, "resume"));
    }

    private void read(Session session, Read command, int ref) {
        Optional<ConversationId> conversation = conversation(command.getConversation());
        if (conversation.isEmpty()) {
            lanesAnswered(session, ref, "read", new ResumeLanes.Answer.Refused(RefusalCode.INVALID_ID));
        } else if (command.getEpoch() == 0 || command.getSeq() == 0) {
            lanesAnswered(session, ref, "read", new ResumeLanes.Answer.Refused(RefusalCode.BAD_REQUEST));
        } else {
            read.run(
                    participant(session),
                    conversation.get(),
                    new Position(command.getEpoch(), command.getSeq()),
                    code -> lanesAnswered(session, ref, "read", new ResumeLanes.Answer.Refused(code)));
        }
    }

    /** Begins a request that Redis answers, and ends it with its answer. */
    private Consumer<ResumeLanes.Answer> lanesAnswer(Session session, int ref, String action) {
        session.requestBegun();
        return answer -> {
            session.requestAnswered();
            lanesAnswered(session, ref, action, answer);
        };
    }

    private void lanesAnswered(Session session, int ref, String action, ResumeLanes.Answer answer) {
        if (answer instanceof ResumeLanes.Answer.Lanes found) {
            session.send(answers.sync(
                    session,
                    ref,
                    found.lanes().stream()
                            .map(lane -> answers.messages(lane, session))
                            .toList()));
        } else if (answer instanceof ResumeLanes.Answer.Refused refused) {
            if (refused.code() == RefusalCode.FORBIDDEN) {
                audit.forbidden(session, action);
            }
            session.refuse(answers.refused(ref, refused.code(), ""), refused.code());
        }
    }

    private void reauth(Session session, String token, int ref) {
        RenewIdentity.Result result = renew.run(participant(session), token);
        if (result instanceof RenewIdentity.Result.Renewed renewed) {
            session.renew(renewed.identity());
            session.send(answers.welcome(session, ref, List.of()));
        } else if (result instanceof RenewIdentity.Result.Rejected rejected) {
            meters.authFailure(rejected.reason().name());
            if (rejected.reason() == Verification.Reason.UNCONFIRMED) {
                session.refuse(answers.refused(ref, RefusalCode.UNAVAILABLE, ""), RefusalCode.UNAVAILABLE);
                return;
            }
            session.refuseToken(answers.refused(ref, RefusalCode.FORBIDDEN, "Token inválido"));
        } else {
            audit.forbidden(session, "reauth");
            session.close(Disconnect.NOT_ALLOWED);
        }
    }

    private static Participant participant(Session session) {
        return new Participant(session.identity(), session.id(), session.ownConversation());
    }

    private static Optional<ConversationId> conversation(ByteString bytes) {
        return ConversationId.parse(bytes.toByteArray());
    }

    private static boolean isZero(ByteString id) {
        for (int i = 0; i < id.size(); i++) {
            if (id.byteAt(i) != 0) {
                return false;
            }
        }
        return true;
    }
}
