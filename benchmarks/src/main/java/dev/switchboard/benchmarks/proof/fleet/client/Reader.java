package dev.switchboard.benchmarks.proof.fleet.client;

import com.google.protobuf.ByteString;
import dev.switchboard.benchmarks.proof.fleet.content.HistoryReader;
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
import java.util.concurrent.CompletableFuture;
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

    private static final long RETRY_MILLIS_MIN = 1_000;
    /** Reloads after a resync are spread over this time, so that not everybody asks at once. */
    private static final long RESYNC_SPREAD_MILLIS = 10_000;

    private final Scene scene;
    private final ChatClient.Who who;
    private final int device;
    private final String token;
    private final Consumer<ClientFrame.Builder> send;
    private final SplittableRandom random;
    private final Screen screen;
    private final Map<Integer, FollowedLane> lanes = new LinkedHashMap<>();
    private final Map<Integer, Position> storedUpTo = new HashMap<>();
    private final Set<UUID> watched = new LinkedHashSet<>();
    private final Set<UUID> granted = new HashSet<>();
    /** Questions without an answer, of the present connection. */
    private final Map<Integer, Question> questions = new HashMap<>();

    private int lastRef;
    private int connection;
    private boolean connected;
    private boolean listing;
    private @Nullable URI gateway;

    /** Something that was asked: a Resume names lanes, a Watch one conversation. */
    private record Question(
            ClientFrame frame,
            List<FollowedLane> resumed,
            @Nullable UUID watched) {}

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
    }

    void welcomed(Welcome welcome, URI through, Outbox outbox) {
        connected = true;
        connection++;
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

    boolean isStored(int lane, Position position) {
        return position.compareTo(storedUpTo.getOrDefault(lane, Position.START)) <= 0;
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
            if (question == null || lane == null || !question.resumed().contains(lane)) {
                stand(head, outbox, now);
                continue;
            }
            outbox.epoch(lane.number(), head.getEpoch());
            told(head, lane.number(), outbox);
            if (head.getResyncRequired()) {
                load(lane, RESYNC_SPREAD_MILLIS);
            } else if (!lane.answered(new Position(head.getEpoch(), head.getSeq()), head.getComplete(), now)) {
                unfinished.add(lane);
            }
        }
        if (question != null && question.watched() != null) {
            watching(question.watched());
        }
        resume(unfinished);
    }

    void refused(Refused refused, int ref) {
        Question question = questions.get(ref);
        if (question == null) {
            return;
        }
        if (refused.getRetryable()) {
            int same = connection;
            long wait = Math.max(RETRY_MILLIS_MIN, refused.getRetryAfterMs());
            later(wait, () -> {
                if (connection == same && questions.containsKey(ref)) {
                    send.accept(question.frame().toBuilder());
                }
            });
            return;
        }
        questions.remove(ref);
        // Nobody here knows these lanes any more.
        question.resumed().forEach(lane -> load(lane, RESYNC_SPREAD_MILLIS));
    }

    void tick(long now) {
        List<FollowedLane> due = new ArrayList<>();
        for (FollowedLane lane : lanes.values()) {
            if (lane.due(now)) {
                due.add(lane);
            }
        }
        resume(due);
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
                    load(followed, 0);
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
        return lanes.computeIfAbsent(
                scene.ledger().lane(id, lane), number -> new FollowedLane(number, conversation, lane, screen));
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

    private void load(FollowedLane lane, long spreadMillis) {
        if (lane.load()) {
            later(spreadMillis == 0 ? 0 : random.nextLong(spreadMillis), () -> read(lane, 0));
        }
    }

    private void read(FollowedLane lane, int attempt) {
        URI through = scene.gateway(who.home() + attempt);
        UUID conversation = WireUuid.of(lane.conversation().toByteArray());
        int pages = who.pagesMax() == 0 ? Integer.MAX_VALUE : who.pagesMax();
        CompletableFuture<HistoryReader.Loaded> answer =
                scene.history().lane(through, token, conversation, lane.lane(), pages);
        answer.whenComplete((found, error) -> scene.loop().execute(() -> {
            if (error == null) {
                loaded(lane, found);
            } else {
                later(RETRY_MILLIS_MIN + random.nextLong(RETRY_MILLIS_MIN), () -> read(lane, attempt + 1));
            }
        }));
    }

    private void loaded(FollowedLane lane, HistoryReader.Loaded found) {
        Ledger ledger = scene.ledger();
        ledger.record(Event.Kind.LOADED, device, Ledger.NONE, lane.number(), found.from(), 0);
        List<FollowedLane.Held> messages = new ArrayList<>();
        for (HistoryReader.Line line : found.lines()) {
            int message = ledger.message(line.clientMsgId(), line.sender());
            messages.add(new FollowedLane.Held(message, line.position(), Event.FROM_HISTORY));
            if (!scene.letters().matches(line.clientMsgId(), line.text())) {
                ledger.record(Event.Kind.ALTERED, device, message, lane.number(), line.position(), 0);
            }
        }
        lane.loaded(messages, found.to(), System.nanoTime());
    }

    private void later(long millis, Runnable task) {
        if (!scene.loop().isShuttingDown()) {
            scene.loop().schedule(task, millis, TimeUnit.MILLISECONDS);
        }
    }
}
