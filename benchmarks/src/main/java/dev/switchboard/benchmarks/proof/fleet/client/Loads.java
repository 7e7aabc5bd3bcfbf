package dev.switchboard.benchmarks.proof.fleet.client;

import dev.switchboard.benchmarks.proof.fleet.content.HistoryReader;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.wire.WireUuid;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Loads lanes of one device from history, again and again until that succeeds. Confined to the event loop of its fleet. */
final class Loads {
    /** Loads that no gateway has asked for are spread over this time, so that not everybody asks at once. */
    private static final long RESYNC_SPREAD_MILLIS = 10_000;

    private static final long RETRY_MILLIS_MIN = 1_000;

    private final Scene scene;
    private final ChatClient.Who who;
    private final int device;
    private final String token;
    private final SplittableRandom random;

    Loads(Scene scene, ChatClient.Who who, int device, String token, SplittableRandom random) {
        this.scene = scene;
        this.who = who;
        this.device = device;
        this.token = token;
        this.random = random;
    }

    /** A page opens: nobody else does at the same moment. */
    void now(FollowedLane lane) {
        if (lane.load()) {
            read(lane, 0);
        }
    }

    /** Everybody else may have to do the same. */
    void soon(FollowedLane lane) {
        after(lane, random.nextLong(RESYNC_SPREAD_MILLIS));
    }

    /** When the gateway has said so: it spreads them itself. */
    void after(FollowedLane lane, long millis) {
        if (lane.load()) {
            later(millis, () -> read(lane, 0));
        }
    }

    private void read(FollowedLane lane, int attempt) {
        URI through = scene.gateway(who.home() + attempt);
        UUID conversation = WireUuid.of(lane.conversation().toByteArray());
        int pages = who.pagesMax() == 0 ? Integer.MAX_VALUE : who.pagesMax();
        scene.history()
                .lane(through, token, conversation, lane.lane(), pages)
                .whenComplete((found, error) -> scene.loop().execute(() -> {
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
