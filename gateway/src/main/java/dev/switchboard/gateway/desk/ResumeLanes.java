package dev.switchboard.gateway.desk;

import dev.switchboard.gateway.history.LaneCatchUp;
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
 * Tells a reader what they lack since the positions they hold, from Redis and, where it has left Redis, from MySQL. One for each
 * event loop, confined to it. Never a silent partial answer: a lane is complete, or says that more follows, that it must be asked
 * again later, or that it must be loaded anew.
 */
public final class ResumeLanes {
    /** Lanes in one request; beyond it TOO_MANY. */
    public static final int LANES_MAX = 200;

    private final LaneReader lanes;
    private final LaneCatchUp catchUp;
    private final RetryAdvice advice;
    private final GatewayMeters meters;

    public ResumeLanes(LaneReader lanes, LaneCatchUp catchUp, RetryAdvice advice, GatewayMeters meters) {
        this.lanes = lanes;
        this.catchUp = catchUp;
        this.advice = advice;
        this.meters = meters;
    }

    /** Where a reader stands in one lane. */
    public record At(ConversationId conversation, Lane lane, Position position) {}

    /**
     * What one lane answers.
     *
     * @param retryAfterMillis how long the reader waits before doing what the outcome asks for
     */
    public record LaneAnswer(At at, LaneState state, int retryAfterMillis) {
        LaneAnswer(At at, LaneState state) {
            this(at, state, 0);
        }

        /** The same where only so many of the messages found their way: the reader asks again. */
        public LaneAnswer endingAfter(int messages) {
            return new LaneAnswer(
                    at, state.with(LaneState.Outcome.MORE, state.messages().subList(0, messages)));
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
        boolean full = progress.room.isFull();
        CompletionStage<Optional<LaneState>> read = full
                ? lanes.head(at.conversation(), at.lane())
                : lanes.after(at.conversation(), at.lane(), at.position(), progress.room);
        read.thenCompose(found -> found.isEmpty() || !mayRead(who, found.get())
                        ? CompletableFuture.completedFuture(Optional.<LaneState>empty())
                        : (full ? unread(at, found.get()) : whole(at, found.get(), progress)).thenApply(Optional::of))
                .whenComplete((found, error) -> {
                    if (error != null) {
                        progress.answer.accept(new Answer.Refused(RefusalCode.UNAVAILABLE));
                    } else if (found.isEmpty()) {
                        progress.answer.accept(new Answer.Refused(RefusalCode.FORBIDDEN));
                    } else {
                        meters.resumed(found.get().outcome().name());
                        progress.add(new LaneAnswer(at, found.get(), advice.millis(at, found.get())));
                        next(who, rest, progress);
                    }
                });
    }

    private static boolean mayRead(Participant who, LaneState state) {
        return who.isAdmin() || state.owner().equals(who.user());
    }

    /** With what has left Redis. Where MySQL did not answer once, the lanes behind don't wait for it as well. */
    private CompletionStage<LaneState> whole(At at, LaneState tail, Progress progress) {
        if (tail.outcome() != LaneState.Outcome.STORED) {
            return CompletableFuture.completedFuture(tail);
        }
        return progress.putOff
                ? CompletableFuture.completedFuture(tail.with(LaneState.Outcome.LATER, List.of()))
                : catchUp.from(new LaneCatchUp.Asked(at.conversation(), at.lane(), at.position(), progress.room), tail);
    }

    /** The answer is full before this lane: only whether it lacks something is known. */
    private static CompletionStage<LaneState> unread(At at, LaneState head) {
        boolean nothingLacks = at.position().equals(head.head());
        return CompletableFuture.completedFuture(
                head.with(nothingLacks ? LaneState.Outcome.COMPLETE : LaneState.Outcome.MORE, List.of()));
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

    /** What is collected for one answer, and what it still has room for. */
    private static final class Progress {
        final Consumer<Answer> answer;
        final List<LaneAnswer> lanes = new ArrayList<>();
        LaneReader.Room room = LaneReader.Room.WHOLE;
        /** A lane has been put off: MySQL is away or busy. */
        boolean putOff;

        Progress(Consumer<Answer> answer) {
            this.answer = answer;
        }

        void add(LaneAnswer lane) {
            lanes.add(lane);
            room = room.without(lane.state().messages());
            putOff |= lane.state().outcome() == LaneState.Outcome.LATER;
        }
    }
}
