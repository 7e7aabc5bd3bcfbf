package dev.switchboard.gateway.api.ws;

import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.log.lane.Activity;
import dev.switchboard.gateway.log.lane.OpenConversations;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.Sessions;
import dev.switchboard.gateway.session.SharedFrame;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.ConversationId;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells connections where the conversations they follow stand, without being asked: soon after publications were missed, and at
 * a regular interval by a beacon, because a lost last message has none behind it that would reveal it. One for each event loop,
 * confined to it. Invariant: what a hint says was read from the log, never taken from what was published.
 */
public final class Hints {
    /** Hints after a gap are spread over this time, and so is what they make clients ask. */
    private static final int GAP_SPREAD_MILLIS = 2_000;

    private static final int AGAIN_MILLIS = 500;

    private static final int TICK_MILLIS = 1_000;

    /** Conversations in one beacon; more go into several. */
    static final int CONVERSATIONS_MAX = 100;

    /** How far behind the last beacon's newest activity the next one begins: clocks of a new primary may be behind. */
    private static final Duration OVERLAP = Duration.ofSeconds(15);

    private static final long NOTHING = -1;

    private static final List<Lane> BOTH_LANES = List.of(Lane.PUBLIC, Lane.STAFF);

    private final Parts parts;
    private final int rounds;
    /** Who hears of a gap soon. */
    private final Set<Session> owed = new HashSet<>();

    private int tick;
    /** Activity before this time, of Redis' clock, was told to whoever follows all. */
    private long announced = NOTHING;

    /**
     * What belongs to the event loop, and what is shared.
     *
     * @param number of the event loop
     */
    public record Parts(
            int number,
            EventLoop loop,
            Sessions sessions,
            ResumeLanes resume,
            OpenConversations open,
            Answers answers,
            GatewayMeters meters) {}

    /** @param interval from one beacon of a connection to its next */
    public Hints(Parts parts, Duration interval) {
        this.parts = parts;
        this.rounds = (int) Math.max(1, interval.toMillis() / TICK_MILLIS);
    }

    public void start() {
        parts.loop()
                .scheduleAtFixedRate(
                        parts.meters().guarded("beacons", this::tick), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Publications were missed. Any thread. Each connection hears where its conversations stand, and asks for what it lacks. */
    public void afterGap() {
        parts.loop().execute(() -> own().forEach(this::afterGapSoon));
    }

    private List<Session> own() {
        return parts.sessions().all().stream()
                .filter(session -> session.loop() == parts.number())
                .toList();
    }

    private void afterGapSoon(Session session) {
        if (!owed.add(session)) {
            return; // Of several gaps in a row one hint tells, as long as it has not been read.
        }
        long spread = ThreadLocalRandom.current().nextLong(GAP_SPREAD_MILLIS);
        parts.loop().schedule(() -> afterGap(session), spread, TimeUnit.MILLISECONDS);
    }

    private void afterGap(Session session) {
        owed.remove(session);
        if (session.closing().isPresent()) {
            return;
        }
        if (!session.welcomed()) {
            // Its heads may have been read before the gap, and Welcome must come first.
            owed.add(session);
            parts.loop().schedule(() -> afterGap(session), AGAIN_MILLIS, TimeUnit.MILLISECONDS);
        } else if (session.isAdmin()) {
            // An empty hint: resume whatever you follow.
            session.send(parts.answers().sync(session, 0, List.of()));
        } else {
            parts.resume().ownHeads(session.user()).whenComplete((heads, error) -> {
                if (error == null) {
                    session.send(parts.answers().sync(session, 0, heads));
                } else {
                    // Rooms may be back before this loop's line is. The hint is owed all the same.
                    afterGapSoon(session);
                }
            });
        }
    }

    /** The beacons that are due: of every connection once in so many ticks, so that they spread evenly. */
    private void tick() {
        tick = (tick + 1) % rounds;
        for (Session session : own()) {
            if (Math.floorMod(session.id(), rounds) == tick && session.welcomed()) {
                beacon(session);
            }
        }
        if (tick == 0) {
            beaconToWhoFollowsAll();
        }
    }

    private void beacon(Session session) {
        parts.resume().ownHeads(session.user()).whenComplete((heads, error) -> send(List.of(session), heads, error));
        List<ConversationId> followed = session.watches().conversations();
        for (int from = 0; from < followed.size(); from += CONVERSATIONS_MAX) {
            List<ConversationId> some = followed.subList(from, Math.min(followed.size(), from + CONVERSATIONS_MAX));
            heads(some).whenComplete((heads, error) -> send(List.of(session), heads, error));
        }
    }

    /** They hear of what was active since the last time, and a little before. What is at rest can have no new tail. */
    private void beaconToWhoFollowsAll() {
        List<Session> following = own().stream()
                .filter(session -> session.welcomed() && session.watches().followsAll())
                .toList();
        parts.open().newest(null, 1).whenComplete((newest, error) -> {
            if (error != null || newest.isEmpty()) {
                return; // Later: what was not announced stays to be announced.
            }
            long last = announced == NOTHING ? newest.get(0).time() - (long) rounds * TICK_MILLIS : announced;
            announced = newest.get(0).time();
            if (!following.isEmpty()) {
                announce(following, last - OVERLAP.toMillis(), null);
            }
        });
    }

    private void announce(List<Session> following, long since, @Nullable Activity before) {
        parts.open().newest(before, CONVERSATIONS_MAX).whenComplete((activities, error) -> {
            if (error != null) {
                announced = Math.min(announced, since + OVERLAP.toMillis());
                return;
            }
            List<ConversationId> active = activities.stream()
                    .filter(activity -> activity.time() >= since)
                    .map(Activity::conversation)
                    .toList();
            heads(active).whenComplete((heads, failure) -> {
                send(following, heads, failure);
                if (failure != null) {
                    announced = Math.min(announced, since + OVERLAP.toMillis());
                } else if (active.size() == CONVERSATIONS_MAX) {
                    announce(following, since, activities.get(CONVERSATIONS_MAX - 1));
                }
            });
        });
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

    /** Without heads it would mean something else; and nobody waits for a beacon: the next one comes. */
    private void send(List<Session> sessions, @Nullable List<ResumeLanes.LaneAnswer> heads, @Nullable Throwable error) {
        if (error != null || heads == null || heads.isEmpty()) {
            return;
        }
        // The same for all of them: unread counts are those of staff or of an owner, and who follows more is staff.
        ServerFrame sync = parts.answers().sync(sessions.get(0), 0, heads);
        byte[] bytes = sync.toByteArray();
        try (SharedFrame frame = new SharedFrame(bytes, 0, bytes.length)) {
            for (Session session : sessions) {
                if (session.closing().isEmpty()) {
                    session.hint(frame);
                }
            }
        }
    }
}
