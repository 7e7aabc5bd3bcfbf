package dev.switchboard.gateway.log;

import dev.switchboard.gateway.log.AppendAnswer.Accepted;
import dev.switchboard.gateway.log.AppendAnswer.Refused;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * MySQL must have it: answers when the stored watermark of the lane has reached the message. The watermark comes as a
 * publication; because one may be lost, and none comes for what was stored long ago, heads are read as well. Confined to one
 * event loop, but for {@link #problem}. Rounds do not wait for it; what waits here counts as in flight.
 */
final class StoredConfirmation implements Confirmation {
    /** Between two looks at the heads of those that wait. */
    static final Duration LOOK_INTERVAL = Duration.ofMillis(500);

    /** Lanes in one look; the turn of the others comes with the next. */
    private static final int LOOK_LANES_MAX = 100;

    private final Duration timeout;
    private final BiFunction<ConversationId, Lane, CompletionStage<Optional<LaneState>>> heads;
    private final LongSupplier nanoClock;
    /** The lane that was looked at longest ago comes first. */
    private final Map<At, List<Waiting>> waiting = new LinkedHashMap<>();

    private long lastLook;
    /** What was last given up, until it is stored after all: as long as it is not, others won't be in time either. */
    private volatile @Nullable GivenUp givenUp;

    /** @param heads reads the head of a lane, on this event loop */
    StoredConfirmation(
            Durability.Stored promise,
            BiFunction<ConversationId, Lane, CompletionStage<Optional<LaneState>>> heads,
            LongSupplier nanoClock) {
        this.timeout = promise.timeout();
        this.heads = heads;
        this.nanoClock = nanoClock;
    }

    private record At(ConversationId conversation, Lane lane) {}

    private record Waiting(Append append, Accepted answer, int epoch, long sinceNanos) {}

    private record GivenUp(At at, Waiting what) {}

    /**
     * Everything up to there is in MySQL, but for what is dead.
     *
     * @param all the dead of the lane, not only those of the newest batch: what was accepted long ago may be among the others
     */
    private record Reached(Position upTo, List<Position> dead, boolean all) {
        static Reached of(LaneState state) {
            return new Reached(
                    state.stored(),
                    state.absent().stream()
                            .filter(AbsentPositions.One::dead)
                            .map(AbsentPositions.One::position)
                            .toList(),
                    true);
        }
    }

    private enum Verdict {
        STORED,
        NOT_YET,
        /** Redis lost a suffix since, and this may have been in it; or it is a dead letter, which operators may bring back. */
        UNKNOWN
    }

    @Override
    public void accepted(Append append, Accepted answer, Written how) {
        if (append.answered()) {
            return;
        }
        At at = new At(answer.conversation(), append.lane);
        waiting.computeIfAbsent(at, same -> new ArrayList<>())
                .add(new Waiting(append, answer, how.epoch(), nanoClock.getAsLong()));
        if (answer.duplicate()) {
            look(at);
        }
    }

    @Override
    public Optional<CompletionStage<?>> roundEnded() {
        return Optional.empty();
    }

    @Override
    public boolean writesRetriesAgain() {
        return false;
    }

    @Override
    public void stored(RoutedFrame watermark) {
        stored(
                new At(watermark.conversation(), watermark.lane()),
                new Reached(watermark.storedUpTo(), watermark.deadOfStored(), false));
    }

    @Override
    public Optional<String> problem() {
        return givenUp == null ? Optional.empty() : Optional.of("MySQL does not get in time what was accepted");
    }

    @Override
    public void answerOverdue(long nowNanos) {
        waiting.forEach((at, all) -> all.removeIf(each -> {
            boolean overdue = nowNanos - each.sinceNanos > timeout.toNanos();
            if (overdue) {
                givenUp = new GivenUp(at, each);
                each.append.answer(unknown());
            }
            return overdue;
        }));
        waiting.values().removeIf(List::isEmpty);
        if (nowNanos - lastLook >= LOOK_INTERVAL.toNanos()) {
            lastLook = nowNanos;
            lookAround(nowNanos);
        }
    }

    private void lookAround(long nowNanos) {
        List<At> due = waiting.entrySet().stream()
                .filter(lane -> nowNanos - lane.getValue().get(0).sinceNanos >= LOOK_INTERVAL.toNanos())
                .map(Map.Entry::getKey)
                .limit(LOOK_LANES_MAX)
                .toList();
        for (At at : due) {
            List<Waiting> all = waiting.remove(at);
            if (all != null) {
                waiting.put(at, all);
            }
            look(at);
        }
        GivenUp last = givenUp;
        if (last != null && !due.contains(last.at)) {
            look(last.at);
        }
    }

    /** One that fails is made up by the next. */
    private void look(At at) {
        heads.apply(at.conversation, at.lane).whenComplete((found, error) -> {
            if (error == null) {
                found.ifPresentOrElse(state -> stored(at, Reached.of(state)), () -> forget(at));
            }
        });
    }

    private void stored(At at, Reached reached) {
        GivenUp last = givenUp;
        if (last != null && last.at.equals(at) && verdict(last.what, reached) != Verdict.NOT_YET) {
            givenUp = null;
        }
        List<Waiting> all = waiting.get(at);
        if (all == null) {
            return;
        }
        List<Waiting> done = all.stream()
                .filter(each -> verdict(each, reached) != Verdict.NOT_YET)
                .toList();
        all.removeAll(done);
        if (all.isEmpty()) {
            waiting.remove(at);
        }
        for (Waiting each : done) {
            each.append.answer(verdict(each, reached) == Verdict.STORED ? each.answer : unknown());
        }
    }

    /** Redis was wiped: nothing will tell any more. */
    private void forget(At at) {
        GivenUp last = givenUp;
        if (last != null && last.at.equals(at)) {
            givenUp = null;
        }
    }

    /**
     * In the epoch in which it was accepted a watermark at or beyond it has it. In a later one the same number may be another
     * message. A retry is told by the epoch of the retry: what the script still knew of then was not lost before.
     */
    private static Verdict verdict(Waiting each, Reached reached) {
        if (each.answer.duplicate() && !reached.all) {
            return Verdict.NOT_YET;
        }
        Position position = each.answer.position();
        if (Integer.compareUnsigned(reached.upTo.epoch(), each.epoch) > 0 || reached.dead.contains(position)) {
            return Verdict.UNKNOWN;
        }
        return reached.upTo.compareTo(position) >= 0 ? Verdict.STORED : Verdict.NOT_YET;
    }

    private static Refused unknown() {
        return new Refused(RefusalCode.TIMEOUT, LogLimits.BACKLOG_RETRY_MILLIS);
    }
}
