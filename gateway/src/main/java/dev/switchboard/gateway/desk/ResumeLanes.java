package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.log.LaneReader;
import dev.switchboard.gateway.log.LaneState;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Tells a reader what they lack since the positions they hold. One for each event loop, confined to it. Never a silent partial
 * answer: a lane is complete, or says that more follows, or that it must be loaded anew.
 */
public final class ResumeLanes {
    /** Lanes in one request; beyond it TOO_MANY. */
    public static final int LANES_MAX = 200;

    private final LaneReader lanes;
    private final GatewayMeters meters;

    public ResumeLanes(LaneReader lanes, GatewayMeters meters) {
        this.lanes = lanes;
        this.meters = meters;
    }

    /** Where a reader stands in one lane. */
    public record At(ConversationId conversation, Lane lane, Position position) {}

    /** What one lane answers. */
    public record LaneAnswer(At at, LaneState state) {
        /** The same where not all messages found their way: the reader asks again. */
        public LaneAnswer unfinished() {
            return new LaneAnswer(
                    at,
                    new LaneState(
                            state.owner(),
                            state.head(),
                            state.stored(),
                            LaneState.Outcome.MORE,
                            state.reads(),
                            List.of()));
        }
    }

    /** The lanes in the order asked, or why there are none. */
    public sealed interface Answer {
        record Lanes(List<LaneAnswer> lanes) implements Answer {}

        record Refused(RefusalCode code) implements Answer {}
    }

    /** Runs the request. The answer comes on this event loop. */
    public void run(Participant who, List<At> positions, Consumer<Answer> answer) {
        if (positions.size() > LANES_MAX) {
            answer.accept(new Answer.Refused(RefusalCode.TOO_MANY));
        } else if (positions.isEmpty()) {
            answer.accept(new Answer.Refused(RefusalCode.BAD_REQUEST));
        } else if (!who.isAdmin() && positions.stream().anyMatch(at -> at.lane() == Lane.STAFF)) {
            answer.accept(new Answer.Refused(RefusalCode.FORBIDDEN));
        } else {
            next(who, positions.iterator(), new Progress(answer));
        }
    }

    /** One lane after the other, because what they have room for together is bounded. */
    private void next(Participant who, Iterator<At> rest, Progress progress) {
        if (!rest.hasNext()) {
            progress.answer.accept(new Answer.Lanes(progress.lanes));
            return;
        }
        At at = rest.next();
        CompletionStage<Optional<LaneState>> read = progress.full()
                ? lanes.head(at.conversation(), at.lane())
                : lanes.after(at.conversation(), at.lane(), at.position());
        read.whenComplete((found, error) -> {
            if (error != null) {
                progress.answer.accept(new Answer.Refused(RefusalCode.UNAVAILABLE));
            } else if (found.isEmpty() || !mayRead(who, found.get())) {
                progress.answer.accept(new Answer.Refused(RefusalCode.FORBIDDEN));
            } else {
                LaneState state = progress.full() ? unread(at, found.get()) : found.get();
                meters.resumed(state.outcome().name());
                progress.add(new LaneAnswer(at, state));
                next(who, rest, progress);
            }
        });
    }

    private static boolean mayRead(Participant who, LaneState state) {
        return who.isAdmin() || state.owner().equals(who.user());
    }

    /** The answer is full before this lane: only whether it lacks something is known. */
    private static LaneState unread(At at, LaneState head) {
        boolean nothingLacks = at.position().equals(head.head());
        return new LaneState(
                head.owner(),
                head.head(),
                head.stored(),
                nothingLacks ? LaneState.Outcome.COMPLETE : LaneState.Outcome.MORE,
                head.reads(),
                List.of());
    }

    /** Heads of a user's open conversation, for Welcome and hints; an empty list if there is none. */
    public CompletionStage<List<LaneAnswer>> ownHeads(String user) {
        return lanes.openConversation(user)
                .thenCompose(open -> open.isEmpty()
                        ? CompletableFuture.completedFuture(List.<LaneAnswer>of())
                        : heads(open.get(), List.of(Lane.PUBLIC)));
    }

    /** Heads of these lanes of a conversation; an empty list if there is no such conversation. */
    public CompletionStage<List<LaneAnswer>> heads(ConversationId conversation, List<Lane> which) {
        CompletableFuture<List<LaneAnswer>> answers = CompletableFuture.completedFuture(new ArrayList<>());
        for (Lane lane : which) {
            CompletionStage<Optional<LaneState>> head = lanes.head(conversation, lane);
            answers = answers.thenCombine(head, (list, state) -> {
                state.ifPresent(found -> list.add(new LaneAnswer(new At(conversation, lane, Position.START), found)));
                return list;
            });
        }
        return answers;
    }

    /** What is collected for one answer. */
    private static final class Progress {
        final Consumer<Answer> answer;
        final List<LaneAnswer> lanes = new ArrayList<>();
        private int messages;
        private int bytes;

        Progress(Consumer<Answer> answer) {
            this.answer = answer;
        }

        void add(LaneAnswer lane) {
            lanes.add(lane);
            messages += lane.state().messages().size();
            lane.state().messages().forEach(message -> bytes += message.frameLength());
        }

        /** One more lane could bring as much again; what is full after it is twice the bound at most. */
        boolean full() {
            return messages >= LaneReader.MESSAGES_MAX || bytes >= LaneReader.MESSAGE_BYTES_MAX / 2;
        }
    }
}
