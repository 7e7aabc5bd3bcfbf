package dev.switchboard.gateway.history;

import dev.switchboard.gateway.log.LaneReader;
import dev.switchboard.gateway.log.LaneState;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads what has left the tail of a lane from MySQL, and joins it with what the tail still has. One for each event loop, confined to
 * it; what it answers completes there.
 *
 * <p>What always holds: Redis was read first and keeps what is not stored, so everything before its tail is in MySQL when that is
 * read, or is void there. Numbers decide, and only those below the tail are taken from MySQL. Where its rows don't reach the tail,
 * or are in another order than the numbers, the reader must load the conversation anew.
 */
public final class LaneCatchUp {
    private final LaneReader lanes;
    private final HistoryDatabase database;
    private final Executor loop;

    public LaneCatchUp(LaneReader lanes, HistoryDatabase database, Executor loop) {
        this.lanes = lanes;
        this.database = database;
        this.loop = loop;
    }

    /** What is asked for: what comes after a position, as far as there is room. */
    public record Asked(ConversationId conversation, Lane lane, Position position, LaneReader.Room room) {}

    /**
     * Goes on from what Redis answered with the outcome STORED. Fails if Redis can't be asked in time; where MySQL can't, the outcome
     * is LATER.
     */
    public CompletionStage<LaneState> from(Asked asked, LaneState tail) {
        if (!database.exists()) {
            // What has left Redis is gone.
            return CompletableFuture.completedFuture(tail.with(LaneState.Outcome.RESYNC, List.of()));
        }
        StoredLane.Range range = new StoredLane.Range(asked.position(), tail.tailFrom());
        return database.readAsOneOfMany(statements ->
                        StoredLane.read(statements, asked.conversation(), asked.lane(), range, asked.room()))
                .handleAsync((found, error) -> error == null ? found : null, loop)
                .thenCompose(found -> joined(asked, tail, found));
    }

    private CompletionStage<LaneState> joined(Asked asked, LaneState tail, StoredLane.@Nullable Found found) {
        if (found == null) {
            return CompletableFuture.completedFuture(later(tail));
        }
        if (!found.inOneOrder() || Integer.compareUnsigned(found.head().seq(), tail.tailFrom() - 1) < 0) {
            return CompletableFuture.completedFuture(tail.with(LaneState.Outcome.RESYNC, List.of()));
        }
        LaneReader.Room rest = asked.room().without(found.messages());
        if (!found.cut() && tail.tailFrom() - 1 == tail.head().seq()) {
            return CompletableFuture.completedFuture(tail.with(LaneState.Outcome.COMPLETE, found.messages()));
        }
        if (found.cut() || rest.isFull()) {
            return CompletableFuture.completedFuture(unfinished(tail, found.messages()));
        }
        Position joint = new Position(tail.head().epoch(), tail.tailFrom() - 1);
        return lanes.after(asked.conversation(), asked.lane(), joint, rest)
                .thenApply(behind -> behind.filter(state -> state.outcome() == LaneState.Outcome.COMPLETE
                                || state.outcome() == LaneState.Outcome.MORE)
                        .map(state -> {
                            List<RoutedFrame> all = new ArrayList<>(found.messages());
                            all.addAll(state.messages());
                            return state.with(state.outcome(), all);
                        })
                        // It was trimmed, or the epoch rose, in between.
                        .orElseGet(() -> unfinished(tail, found.messages())));
    }

    /** Whoever got something asks again from there at once, whoever got nothing after a while. */
    private static LaneState unfinished(LaneState tail, List<RoutedFrame> messages) {
        return messages.isEmpty() ? later(tail) : tail.with(LaneState.Outcome.MORE, messages);
    }

    private static LaneState later(LaneState tail) {
        return tail.with(LaneState.Outcome.LATER, List.of());
    }
}
