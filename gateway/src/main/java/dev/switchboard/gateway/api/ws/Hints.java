package dev.switchboard.gateway.api.ws;

import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.log.lane.Activity;
import dev.switchboard.gateway.log.lane.OpenConversations;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.SharedFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Partition;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells connections where the conversations they follow stand, without being asked: soon after publications were missed, and at
 * a regular interval by a beacon, because a lost last message has none behind it that would reveal it. One for each event loop,
 * confined to it but for {@link #afterGap}. Invariant: what a hint says was read from the log, never taken from what was
 * published; and what it reads for beacons is one slice at a time.
 */
public final class Hints {
    private static final Logger log = LoggerFactory.getLogger(Hints.class);

    /**
     * Hints after a gap are spread, and so is what they make clients ask: over as many milliseconds as there are connections, which is
     * about what answering takes, but not longer than this.
     */
    private static final int GAP_SPREAD_MILLIS_MAX = 2_000;

    private static final int AGAIN_MILLIS = 500;

    private static final int TICK_MILLIS = 1_000;

    /** Conversations in one beacon, and so many are asked of Redis at once; more follow in the next. */
    static final int SLICE_MAX = 100;

    /** Active conversations that whoever follows all hears of one by one; beyond it they are told to look at everything. */
    private static final int ACTIVE_MAX = 2_000;

    /** How far behind the newest activity of the last round the next one begins: clocks of a new primary may be behind. */
    private static final Duration OVERLAP = Duration.ofSeconds(15);

    private static final List<Lane> BOTH_LANES = List.of(Lane.PUBLIC, Lane.STAFF);

    private final Parts parts;
    /** Sessions by the tick at which their beacon is due. */
    private final List<Set<Session>> rounds = new ArrayList<>();
    /** Who hears of a gap soon. */
    private final Set<Session> owed = new HashSet<>();

    private int tick;
    private int nextRound;
    /** The newest activity that the last round to whoever follows all began with, by Redis' clock. */
    private OptionalLong lastRound = OptionalLong.empty();

    private boolean roundUnderWay;

    /**
     * What it works with.
     *
     * @param loop its event loop, on which all of these are used
     */
    public record Parts(
            EventLoop loop, ResumeLanes resume, OpenConversations open, Answers answers, GatewayMeters meters) {}

    /** @param interval from one beacon of a connection to its next */
    public Hints(Parts parts, Duration interval) {
        this.parts = parts;
        for (int i = 0; i < Math.max(1, interval.toMillis() / TICK_MILLIS); i++) {
            rounds.add(new LinkedHashSet<>());
        }
    }

    public void start() {
        parts.loop()
                .scheduleAtFixedRate(
                        parts.meters().guarded("beacons", this::tick), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    public void add(Session session) {
        // One after the other, so that beacons spread evenly over the interval.
        nextRound = (nextRound + 1) % rounds.size();
        rounds.get(nextRound).add(session);
    }

    public void remove(Session session) {
        rounds.forEach(round -> round.remove(session));
        owed.remove(session);
    }

    /**
     * Publications were missed, or the epoch rose and what was accepted last may be lost. Any thread. Each connection concerned hears
     * where its conversations stand, and asks for what it lacks.
     *
     * @param partition of which they were; empty if of all
     */
    public void afterGap(Optional<Partition> partition) {
        parts.loop()
                .execute(() -> rounds.forEach(round -> round.stream()
                        .filter(session -> session.isAdmin()
                                || partition.isEmpty()
                                || partition.get().equals(Partition.ofOwner(session.user())))
                        .forEach(this::afterGapSoon)));
    }

    private void afterGapSoon(Session session) {
        int connections = rounds.stream().mapToInt(Set::size).sum();
        int spread = Math.min(GAP_SPREAD_MILLIS_MAX, Math.max(1, connections));
        owe(session, ThreadLocalRandom.current().nextInt(spread));
    }

    private void owe(Session session, int millis) {
        // Of several gaps in a row one hint tells, as long as it has not been read.
        if (owed.add(session)) {
            parts.loop().schedule(() -> afterGap(session), millis, TimeUnit.MILLISECONDS);
        }
    }

    private void afterGap(Session session) {
        if (session.closing().isPresent()) {
            // It may have left while its heads were being read, and only then have been owed another.
            owed.remove(session);
        }
        if (!owed.contains(session)) {
            return;
        }
        if (!session.welcomed()) {
            // Its heads may have been read before the gap, and Welcome must come first.
            parts.loop().schedule(() -> afterGap(session), AGAIN_MILLIS, TimeUnit.MILLISECONDS);
            return;
        }
        owed.remove(session);
        if (session.isAdmin()) {
            lookAtEverything(session);
        } else {
            parts.resume().ownHeads(session.user()).whenComplete((heads, error) -> {
                if (error != null) {
                    // Rooms may be back before this loop's line is. The hint is owed all the same.
                    owe(session, AGAIN_MILLIS + ThreadLocalRandom.current().nextInt(AGAIN_MILLIS));
                } else if (!heads.isEmpty()) {
                    session.send(parts.answers().sync(session, 0, heads));
                } else if (session.ownConversation().isPresent()) {
                    // It was lost with its opening.
                    lookAtEverything(session);
                }
            });
        }
    }

    /** Without heads a hint says: resume whatever you follow. */
    private void lookAtEverything(Session session) {
        session.send(parts.answers().sync(session, 0, List.of()));
    }

    private void tick() {
        tick = (tick + 1) % rounds.size();
        for (Session session : List.copyOf(rounds.get(tick))) {
            if (!session.welcomed()) {
                continue; // Welcome is about to say the same.
            }
            if (session.isAdmin()) {
                beacon(session, session.watches().conversations(), 0);
            } else {
                parts.resume().ownHeads(session.user()).whenComplete((heads, error) -> {
                    if (error == null) {
                        send(session, heads);
                    }
                });
            }
        }
        if (tick == 0 && !roundUnderWay) {
            roundToWhoFollowsAll();
        }
    }

    /** Slice after slice; one that can't be read ends it, because the next beacon comes. */
    private void beacon(Session session, List<ConversationId> followed, int from) {
        if (from >= followed.size() || session.closing().isPresent()) {
            return;
        }
        List<ConversationId> slice = followed.subList(from, Math.min(followed.size(), from + SLICE_MAX));
        heads(slice).whenComplete((heads, error) -> {
            if (error == null) {
                send(session, heads);
                beacon(session, followed, from + SLICE_MAX);
            }
        });
    }

    /** They hear of what was active since the last round, and a little before. What is at rest can have no new tail. */
    private void roundToWhoFollowsAll() {
        roundUnderWay = true;
        parts.open().newest(null, 1).whenComplete((newest, error) -> {
            if (error != null || newest.isEmpty()) {
                roundUnderWay = false;
                return;
            }
            long now = newest.get(0).time();
            long last = lastRound.orElse(now - (long) rounds.size() * TICK_MILLIS);
            Round round = new Round(now, last - OVERLAP.toMillis(), followingAll());
            if (round.listeners.isEmpty()) {
                end(round, true);
            } else {
                announce(round, null, 0);
            }
        });
    }

    private List<Session> followingAll() {
        return rounds.stream()
                .flatMap(Set::stream)
                .filter(session -> session.welcomed() && session.watches().followsAll())
                .toList();
    }

    /**
     * One round to whoever follows all.
     *
     * @param now the newest activity when it began
     * @param since what was active from here on is told
     */
    private record Round(long now, long since, List<Session> listeners) {}

    private void announce(Round round, @Nullable Activity before, int told) {
        if (told >= ACTIVE_MAX) {
            round.listeners.forEach(this::afterGapSoon);
            end(round, true);
            return;
        }
        answered(round, parts.open().newest(before, SLICE_MAX), activities -> {
            List<ConversationId> active = activities.stream()
                    .filter(activity -> activity.time() >= round.since)
                    .map(Activity::conversation)
                    .toList();
            answered(round, heads(active), heads -> {
                tell(round.listeners, heads);
                if (active.size() < SLICE_MAX) {
                    end(round, true);
                } else {
                    announce(round, activities.get(SLICE_MAX - 1), told + SLICE_MAX);
                }
            });
        });
    }

    /** Goes on with a round, or ends it: whatever fails here, foreseen or not, there must be a next one. */
    private <T> void answered(Round round, CompletionStage<T> asked, Consumer<T> step) {
        asked.whenComplete((found, error) -> {
            if (error != null) {
                end(round, false);
                return;
            }
            try {
                step.accept(found);
            } catch (RuntimeException e) {
                parts.meters().unexpected("beacon-round");
                log.error("beacon round failed", e);
                end(round, false);
            }
        });
    }

    /** One that failed is made up by the next, which then begins where it began. */
    private void end(Round round, boolean done) {
        roundUnderWay = false;
        if (done) {
            lastRound = OptionalLong.of(round.now);
        }
    }

    private CompletionStage<List<ResumeLanes.LaneAnswer>> heads(List<ConversationId> conversations) {
        CompletableFuture<List<ResumeLanes.LaneAnswer>> all = CompletableFuture.completedFuture(new ArrayList<>());
        for (ConversationId conversation : conversations) {
            all = all.thenCombine(parts.resume().heads(conversation, BOTH_LANES), (list, heads) -> {
                list.addAll(heads);
                return list;
            });
        }
        return all;
    }

    /** Dropped for who takes no data now: the next one comes. */
    private void send(Session session, List<ResumeLanes.LaneAnswer> heads) {
        encoded(session, heads, session::hint);
    }

    /** A round does not come back to what it has told; so who missed a part of it looks at everything. */
    private void tell(List<Session> listeners, List<ResumeLanes.LaneAnswer> heads) {
        // The same for all of them: they are staff.
        encoded(listeners.get(0), heads, frame -> {
            for (Session session : listeners) {
                if (session.closing().isEmpty() && !session.hint(frame)) {
                    afterGapSoon(session);
                }
            }
        });
    }

    private void encoded(Session session, List<ResumeLanes.LaneAnswer> heads, Consumer<SharedFrame> written) {
        if (!heads.isEmpty()) {
            byte[] bytes = parts.answers().sync(session, 0, heads).toByteArray();
            try (SharedFrame frame = new SharedFrame(bytes, 0, bytes.length)) {
                written.accept(frame);
            }
        }
    }
}
