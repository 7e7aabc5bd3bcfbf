package dev.switchboard.benchmarks.proof.fleet.client;

import dev.switchboard.benchmarks.proof.ledger.Event;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.proto.v1.Refused;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.wire.Position;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** What one device said and is not stored yet. Survives every connection. Confined to the event loop. */
final class Outbox {
    /** Messages that are not accepted yet, at most; beyond it nothing more is taken. */
    private static final int WAITING_MAX = 100;

    private static final int WAITING_BYTES_MAX = 1024 * 1024;
    /** Accepted ones that are kept until they are stored; the oldest beyond it is at risk. */
    private static final int ACCEPTED_MAX = 100;
    /** Without an answer for so long, a message is sent again with the same id. */
    private static final long ANSWER_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Stored much later than usual: whether it still stands in the log is worth a question. */
    private static final long STORED_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long RETRY_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(250);
    /** Messages without an answer at once. Ten refusals in a row close the connection: fewer than that can be on the way. */
    private static final int WINDOW_MAX = 8;

    private final Ledger ledger;
    private final int device;
    private final Consumer<Entry> transmit;
    /** In the order written, by number. */
    private final Map<Integer, Entry> waiting = new LinkedHashMap<>();

    private final Map<Integer, Entry> accepted = new LinkedHashMap<>();
    private int waitingBytes;
    private int window = WINDOW_MAX;
    private long pausedUntil;
    private boolean paused;

    /** One message. */
    static final class Entry {
        private final int number;
        private final int message;
        private final Send send;
        private int lane = Ledger.NONE;
        private Position position = Position.START;
        private long sentAt;
        private boolean sent;
        /** When it was accepted, or last asked after. */
        private long acceptedAt;
        /** It was accepted before, and the log may have lost it before this epoch. */
        private int doubtedIn;
        /** The same when it was last written. */
        private int writtenIn;
        /** The epoch whose log has it: that of its position, or the one in which the log was seen to have it still. */
        private int provedIn;

        /** @param message its number in the ledger */
        Entry(int number, int message, Send send) {
            this.number = number;
            this.message = message;
            this.send = send;
        }

        int number() {
            return number;
        }

        int message() {
            return message;
        }

        Send send() {
            return send;
        }

        private void written(long now) {
            sent = true;
            sentAt = now;
            writtenIn = doubtedIn;
        }

        private void stands(int inLane, Position at, long now) {
            lane = inLane;
            position = at;
            acceptedAt = now;
            provedIn = Integer.compareUnsigned(at.epoch(), writtenIn) >= 0 ? at.epoch() : writtenIn;
        }

        private boolean isProved(int epoch) {
            return Integer.compareUnsigned(provedIn, epoch) >= 0;
        }

        private boolean isStored(Position upTo) {
            return isProved(upTo.epoch()) && position.compareTo(upTo) <= 0;
        }
    }

    Outbox(Ledger ledger, int device, Consumer<Entry> transmit) {
        this.ledger = ledger;
        this.device = device;
        this.transmit = transmit;
    }

    /** Takes what somebody says, or not. */
    void add(Entry entry) {
        int bytes = entry.send().getSerializedSize();
        if (waiting.size() >= WAITING_MAX || waitingBytes + bytes > WAITING_BYTES_MAX) {
            ledger.recordMessage(Event.Kind.NOT_TAKEN, device, entry.message(), 0);
            return;
        }
        waiting.put(entry.number(), entry);
        waitingBytes += bytes;
        ledger.recordMessage(Event.Kind.SAID, device, entry.message(), 0);
    }

    /** Everything said is stored, or finally refused. */
    boolean isEmpty() {
        return waiting.isEmpty() && accepted.isEmpty();
    }

    /** For a message about what is not quiet. */
    String describe() {
        return waiting.size() + " not accepted, " + accepted.size() + " not stored";
    }

    /** Writes what is due, in order. */
    void pump(long now) {
        if (paused && now - pausedUntil < 0) {
            return;
        }
        paused = false;
        int unanswered = 0;
        // A copy: what is written may be answered by the end of the connection at once.
        for (Entry entry : List.copyOf(waiting.values())) {
            unanswered++;
            if (unanswered > window) {
                return;
            }
            if (entry.sent && now - entry.sentAt < ANSWER_NANOS) {
                continue;
            }
            if (entry.sent) {
                ledger.recordMessage(Event.Kind.UNKNOWN, device, entry.message(), 0);
            }
            entry.written(now);
            transmit.accept(entry);
        }
    }

    /** A new connection: whatever has no answer is unknown, and goes out again. */
    void reconnected() {
        paused = false;
        waiting.values().forEach(entry -> entry.sent = false);
    }

    /** False: it does not wait for that. */
    boolean accepted(int number, int lane, Position position, Position storedUpTo, long now) {
        Entry entry = waiting.remove(number);
        if (entry == null) {
            return false;
        }
        waitingBytes -= entry.send().getSerializedSize();
        window = Math.min(WINDOW_MAX, window + 1);
        entry.stands(lane, position, now);
        if (entry.isStored(storedUpTo)) {
            ledger.recordMessage(Event.Kind.STORED, device, entry.message(), 0);
            return true;
        }
        accepted.put(number, entry);
        if (accepted.size() > ACCEPTED_MAX) {
            Iterator<Entry> oldest = accepted.values().iterator();
            ledger.recordMessage(Event.Kind.AT_RISK, device, oldest.next().message(), 0);
            oldest.remove();
        }
        return true;
    }

    void refused(int number, Refused refused, long now) {
        Entry entry = waiting.get(number);
        if (entry == null) {
            return;
        }
        if (!refused.getRetryable()) {
            waiting.remove(number);
            waitingBytes -= entry.send().getSerializedSize();
            ledger.recordMessage(Event.Kind.GAVE_UP, device, entry.message(), refused.getCodeValue());
            return;
        }
        entry.sent = false;
        // The later ones wait, too: they would arrive before it.
        long wait = Math.max(
                RETRY_NANOS_MIN, Duration.ofMillis(refused.getRetryAfterMs()).toNanos());
        if (!paused || now + wait - pausedUntil > 0) {
            pausedUntil = now + wait;
        }
        paused = true;
        // One feels the way: were several under way when the gateway can answer again, a later one could be the first
        // it takes.
        window = 1;
    }

    /** Everything of the lane up to there is stored. */
    void stored(int lane, Position position) {
        // A position of an earlier epoch compares as lower, and yet may have been lost.
        epoch(lane, position.epoch());
        accepted.values().removeIf(entry -> {
            boolean done = entry.lane == lane && entry.isStored(position);
            if (done) {
                ledger.recordMessage(Event.Kind.STORED, device, entry.message(), 0);
            }
            return done;
        });
    }

    /** The epoch of a lane: a higher one than before may have lost what was not stored. The same ids go out again. */
    void epoch(int lane, int epoch) {
        again(entry -> entry.lane == lane && !entry.isProved(epoch), epoch);
    }

    /** The server has lost the end of this lane, or all of it, whatever its epoch. */
    void lost(int lane) {
        again(entry -> entry.lane == lane, 0);
    }

    /** Lanes in which something was accepted long ago and is not stored. Each message is named once in a while. */
    Set<Integer> overdue(long now) {
        Set<Integer> lanes = new HashSet<>(0);
        for (Entry entry : accepted.values()) {
            if (now - entry.acceptedAt >= STORED_NANOS) {
                entry.acceptedAt = now;
                lanes.add(entry.lane);
            }
        }
        return lanes;
    }

    /** Before what was never accepted: it was said before it. */
    private void again(Predicate<Entry> which, int epoch) {
        List<Entry> doubted = accepted.values().stream().filter(which).toList();
        if (doubted.isEmpty()) {
            return;
        }
        List<Entry> rest = List.copyOf(waiting.values());
        waiting.clear();
        for (Entry entry : doubted) {
            accepted.remove(entry.number());
            entry.sent = false;
            entry.doubtedIn = epoch;
            waiting.put(entry.number(), entry);
            waitingBytes += entry.send().getSerializedSize();
        }
        rest.forEach(entry -> waiting.put(entry.number(), entry));
    }
}
