package dev.switchboard.benchmarks.proof.fleet.content;

import dev.switchboard.benchmarks.proof.ledger.Device;
import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.LaneKey;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.servers.Await;
import dev.switchboard.wire.Position;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks history for every lane a ledger knows and writes down what it says, when everything is at rest. One thread. */
public final class Judge {
    private static final Duration HISTORY_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final HistoryReader history;
    private final Ledger ledger;
    private final String name;
    private final String token;
    private String why = "";

    /** @param token of an administrator of that name */
    public Judge(HistoryReader history, Ledger ledger, String name, String token) {
        this.history = history;
        this.ledger = ledger;
        this.name = name;
        this.token = token;
    }

    /** As that gateway tells it. */
    public void record(URI gateway) {
        int device = ledger.device(new Device("history", name, Device.Follows.NOTHING));
        List<LaneKey> lanes = ledger.lanes();
        for (int number = 0; number < lanes.size(); number++) {
            ledger.record(Event.Kind.ASKED_HISTORY, device, Ledger.NONE, number, Position.START, 0);
            for (HistoryReader.Line line : read(gateway, lanes.get(number)).lines()) {
                int message = ledger.message(line.clientMsgId(), line.sender());
                ledger.record(Event.Kind.HISTORY, device, message, number, line.position(), 0);
            }
        }
    }

    /** A page that can't be had now may be had a moment later. */
    private HistoryReader.Loaded read(URI gateway, LaneKey lane) {
        long deadline = System.nanoTime() + HISTORY_TIMEOUT.toNanos();
        while (true) {
            Optional<HistoryReader.Loaded> loaded = ask(gateway, lane);
            if (loaded.isPresent()) {
                return loaded.get();
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("history of " + lane + " can't be read: " + why);
            }
            Await.until(PAUSE, () -> false);
        }
    }

    private Optional<HistoryReader.Loaded> ask(URI gateway, LaneKey lane) {
        try {
            return Optional.of(history.lane(gateway, token, lane.conversation(), lane.lane(), Integer.MAX_VALUE)
                    .get(HISTORY_TIMEOUT.toSeconds(), TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            why = String.valueOf(e);
            return Optional.empty();
        }
    }
}
