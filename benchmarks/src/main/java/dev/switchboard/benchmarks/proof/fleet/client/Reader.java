package dev.switchboard.benchmarks.proof.fleet.client;

import com.google.protobuf.ByteString;
import dev.switchboard.benchmarks.proof.ledger.Device;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.proto.v1.Accepted;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Head;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Resume;
import dev.switchboard.proto.v1.Sync;
import dev.switchboard.proto.v1.Watch;
import dev.switchboard.proto.v1.Welcome;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The receiving half of a device: follows lanes, asks for what they lack, and loads anew what can't be resumed. Confined to the
 * event loop of its fleet.
 */
final class Reader {
    /** Lanes in one question; a gateway takes 200. */
    private static final int LANES_AT_ONCE = 100;

    /** Without an answer for so long, a question is asked again. */
    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long RETRY_MILLIS_MIN = 1_000;
    private final Scene scene;
    private final ChatClient.Who who;
    private final int device;
    private final String token;
    private final Consumer<ClientFrame.Builder> send;
    private final SplittableRandom random;
    private final Screen screen;
    private final Loads loads;
    private final Map<Integer, FollowedLane> lanes = new LinkedHashMap<>();
    private final Map<Integer, Position> storedUpTo = new HashMap<>();
    private final Set<UUID> watched = new LinkedHashSet<>();
    private final Set<UUID> granted = new HashSet<>();
    /** Questions without an answer, of the present connection. */
    private final Map<Integer, Question> questions = new HashMap<>();

    private int lastRef;
    private boolean connected;
    private boolean listing;
    private @Nullable URI gateway;

    /** Something that was asked and has no answer: a Resume names lanes, a Watch one conversation. */
    private static final class Question {
        private final ClientFrame frame;
        private final List<FollowedLane> resumed;
        private final @Nullable UUID watched;
        private long dueAt = System.nanoTime() + ANSWER_NANOS;

        Question(ClientFrame frame, List<FollowedLane> resumed, @Nullable UUID watched) {
            this.frame = frame;
            this.resumed = resumed;
            this.watched = watched;
        }
    }

    Reader(
            Scene scene,
            ChatClient.Who who,
            int device,
            String token,
            Consumer<ClientFrame.Builder> send,
            SplittableRandom random) {
        this.scene = scene;
        this.who = who;
        this.device = device;
        this.token = token;
        this.send = send;
        this.random = random;
        this.screen = new Screen(scene.ledger(), device);
        this.loads = new Loads(scene, who, device, token, random);
    }

    void welcomed(Welcome welcome, URI through, Outbox outbox) {
        connected = true;
        gateway = through;
        long now = System.nanoTime();
        for (Head head : welcome.getHeadsList()) {
            stand(head, outbox, now);
        }
        watched.forEach(this::askToWatch);
        resume(lanes.values());
        list();
    }

    void disconnected() {
        connected = false;
        questions.clear();
    }

    /** Follows a conversation from now on. */
    void watch(UUID conversation) {
        if (watched.add(conversation) && connected) {
            askToWatch(conversation);
        }
    }

    void said(Message said, int message) {
        FollowedLane lane = follow(said.getConversation(), said.getLane());
        if (lane != null) {
            int how = questions.isEmpty() ? Event.LIVE : Event.RESUME;
            Position position = new Position(said.getEpoch(), said.getSeq());
            lane.place(new FollowedLane.Held(message, position, how), System.nanoTime());
        }
    }

    void own(Accepted accepted, int message) {
        FollowedLane lane = follow(accepted.getConversation(), accepted.getLane());
        if (lane != null) {
            Position position = new Position(accepted.getEpoch(), accepted.getSeq());
            lane.place(new FollowedLane.Held(message, position, Event.OWN), System.nanoTime());
        }
    }

    void stored(int lane, Position position) {
        storedUpTo.merge(lane, position, (a, b) -> a.compareTo(b) >= 0 ? a : b);
    }

    Position storedUpTo(int lane) {
        return storedUpTo.getOrDefault(lane, Position.START);
    }

    void sync(Sync sync, int ref, Outbox outbox) {
        Question question = questions.remove(ref);
        long now = System.nanoTime();
        if (question == null && sync.getHeadsCount() == 0) {
            // Anything may have been missed, new conversations as well.
            resume(lanes.values());
            list();
            return;
        }
        List<FollowedLane> unfinished = new ArrayList<>();
        for (Head head : sync.getHeadsList()) {
            FollowedLane lane = follow(head.getConversation(), head.getLane());
            if (question == null || lane == null || !question.resumed.contains(lane)) {
                stand(head, outbox, now);
                continue;
            }
            outbox.epoch(lane.number(), head.getEpoch());
            told(head, lane.number(), outbox);
            if (head.getResyncRequired()) {
                outbox.lost(lane.number());
                loads.after(lane, head.getRetryAfterMs());
            } else if (!lane.answered(new Position(head.getEpoch(), head.getSeq()), head.getComplete(), now)) {
                unfinished.add(lane);
            }
        }
        if (question != null && question.watched != null) {
            watching(question.watched);
        }
        resume(unfinished);
    }

    void refused(Refused refused, int ref, Outbox outbox) {
        Question question = questions.get(ref);
        if (question == null) {
            return;
        }
        if (refused.getRetryable()) {
            long wait = Math.max(RETRY_MILLIS_MIN, refused.getRetryAfterMs());
            question.dueAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(wait);
            return;
        }
        questions.remove(ref);
        // One lane that the gateway won't speak of must not keep the others from being resumed.
        int half = question.resumed.size() / 2;
        if (half > 0) {
            resume(question.resumed.subList(0, half));
            resume(question.resumed.subList(half, question.resumed.size()));
            return;
        }
        for (FollowedLane lane : question.resumed) {
            outbox.lost(lane.number());
            loads.soon(lane);
        }
    }

    /** Ten times a second, while connected. */
    void tick(long now, Set<Integer> overdue) {
        for (int number : overdue) {
            FollowedLane lane = lanes.get(number);
            if (lane != null) {
                lane.doubt(now);
            }
        }
        for (Question question : questions.values()) {
            if (now - question.dueAt >= 0) {
                question.dueAt = now + ANSWER_NANOS;
                send.accept(question.frame.toBuilder());
            }
        }
        // While a question is open, the gateway may be unable to answer: more of them help nobody.
        if (questions.isEmpty()) {
            resume(lanes.values().stream().filter(lane -> lane.due(now)).toList());
        }
    }

    /** Follows what it was to follow, and shows all that it has heard of. */
    boolean isWhole() {
        return granted.containsAll(watched) && lanes.values().stream().allMatch(FollowedLane::whole);
    }

    /** What is not quiet yet; empty if everything is. */
    String unquiet() {
        if (!questions.isEmpty() || listing) {
            return "asks for what it lacks";
        }
        for (FollowedLane lane : lanes.values()) {
            if (lane.loading()) {
                return "loads from history";
            }
            Position head = scene.heads().byLane().getOrDefault(lane.number(), Position.START);
            if (!lane.whole() || head.compareTo(lane.at()) > 0) {
                return "stands at %s of %s".formatted(lane.at(), head);
            }
        }
        boolean all = who.follows() == Device.Follows.ALL;
        return all && !lanes.keySet().containsAll(scene.heads().byLane().keySet())
                ? "has not heard of every conversation"
                : "";
    }

    /** What lacks is loaded from history first, as a page does when it opens. */
    private void watching(UUID conversation) {
        granted.add(conversation);
        ByteString id = ByteString.copyFrom(WireUuid.bytes(conversation));
        for (Lane lane : scene.staffTalks() ? List.of(Lane.PUBLIC, Lane.STAFF) : List.of(Lane.PUBLIC)) {
            FollowedLane followed = follow(id, lane);
            if (followed != null) {
                scene.ledger().record(Event.Kind.FOLLOW, device, Ledger.NONE, followed.number(), Position.START, 0);
                if (followed.at().equals(Position.START)) {
                    loads.now(followed);
                }
            }
        }
    }

    private void askToWatch(UUID conversation) {
        ByteString id = ByteString.copyFrom(WireUuid.bytes(conversation));
        ask(ClientFrame.newBuilder().setWatch(Watch.newBuilder().setConversation(id)), List.of(), conversation);
    }

    private void resume(Collection<FollowedLane> which) {
        List<FollowedLane> open = which.stream().filter(lane -> !lane.loading()).toList();
        long now = System.nanoTime();
        for (int from = 0; from < open.size(); from += LANES_AT_ONCE) {
            List<FollowedLane> some = open.subList(from, Math.min(open.size(), from + LANES_AT_ONCE));
            Resume.Builder resume = Resume.newBuilder();
            some.forEach(lane -> resume.addPositions(lane.ask(now)));
            ask(ClientFrame.newBuilder().setResume(resume), some, null);
        }
    }

    private void ask(ClientFrame.Builder frame, List<FollowedLane> resumed, @Nullable UUID conversation) {
        if (connected) {
            int ref = ++lastRef;
            frame.setRef(ref);
            questions.put(ref, new Question(frame.build(), resumed, conversation));
            send.accept(frame);
        }
    }

    /** A head that is no answer to a Resume. */
    private void stand(Head head, Outbox outbox, long now) {
        int number = scene.ledger().lane(WireUuid.of(head.getConversation().toByteArray()), head.getLane());
        outbox.epoch(number, head.getEpoch());
        told(head, number, outbox);
        FollowedLane lane = follow(head.getConversation(), head.getLane());
        if (lane != null) {
            lane.hint(new Position(head.getEpoch(), head.getSeq()), now);
        }
    }

    private void told(Head head, int lane, Outbox outbox) {
        Position position = new Position(head.getStoredEpoch(), head.getStoredSeq());
        if (position.seq() != 0) {
            stored(lane, position);
            outbox.stored(lane, position);
        }
    }

    /** The lane, if this device follows it; a new one begins at its beginning. */
    private @Nullable FollowedLane follow(ByteString conversation, Lane lane) {
        UUID id = WireUuid.of(conversation.toByteArray());
        boolean follows = switch (who.follows()) {
            case ALL -> true;
            case OWN -> lane == Lane.PUBLIC;
            case NAMED -> watched.contains(id);
            case NOTHING -> false;
        };
        if (!follows) {
            return null;
        }
        int number = scene.ledger().lane(id, lane);
        FollowedLane known = lanes.get(number);
        if (known != null) {
            return known;
        }
        FollowedLane begun = new FollowedLane(number, conversation, lane, screen);
        lanes.put(number, begun);
        if (lane == Lane.PUBLIC && who.follows() == Device.Follows.ALL && scene.staffTalks()) {
            // Staff may have spoken of it before this device had heard of it.
            FollowedLane other = follow(conversation, Lane.STAFF);
            if (other != null) {
                other.doubt(System.nanoTime());
            }
        }
        return begun;
    }

    /** Whoever follows everything has to know what there is. */
    private void list() {
        URI through = gateway;
        if (who.follows() != Device.Follows.ALL || listing || through == null) {
            return;
        }
        listing = true;
        scene.history()
                .conversations(through, token)
                .whenComplete((found, error) -> scene.loop().execute(() -> {
                    listing = false;
                    if (error != null) {
                        later(RETRY_MILLIS_MIN + random.nextLong(RETRY_MILLIS_MIN), this::list);
                    } else {
                        expect(found);
                    }
                }));
    }

    private void expect(List<UUID> conversations) {
        List<FollowedLane> fresh = new ArrayList<>();
        for (UUID conversation : conversations) {
            ByteString id = ByteString.copyFrom(WireUuid.bytes(conversation));
            for (Lane lane : scene.staffTalks() ? List.of(Lane.PUBLIC, Lane.STAFF) : List.of(Lane.PUBLIC)) {
                boolean known = lanes.containsKey(scene.ledger().lane(conversation, lane));
                FollowedLane followed = follow(id, lane);
                if (!known && followed != null) {
                    fresh.add(followed);
                }
            }
        }
        resume(fresh);
    }

    private void later(long millis, Runnable task) {
        if (!scene.loop().isShuttingDown()) {
            scene.loop().schedule(task, millis, TimeUnit.MILLISECONDS);
        }
    }
}
