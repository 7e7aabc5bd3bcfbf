package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Position;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * What all devices of a run did and saw, in the order in which it happened. Only ever grows. Any thread may write and read.
 * Devices, lanes and messages have numbers, so that an event takes some thirty bytes and a soak fits into memory.
 */
public final class Ledger {
    /** Where an event is about no message or lane. */
    public static final int NONE = -1;

    private static final int BLOCK = 1 << 14;

    private final LongSupplier nanoClock;
    private final long startNanos;
    private final List<Device> devices = new ArrayList<>();
    private final Numbers<LaneKey> lanes = new Numbers<>();
    private final Numbers<MessageKey> messages = new Numbers<>();
    private final List<Block> blocks = new ArrayList<>();
    private int size;

    public Ledger(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.startNanos = nanoClock.getAsLong();
    }

    /** Reads what {@link #write} wrote. Its clock stands still. */
    public static Ledger read(Path file) throws IOException {
        return LedgerFile.read(file);
    }

    /** For replay: definitions first, then one line for each event. */
    public void write(Path file) throws IOException {
        LedgerFile.write(this, file);
    }

    /** Nanoseconds since this ledger began; all its events and marks count so. */
    public long now() {
        return nanoClock.getAsLong() - startNanos;
    }

    /** Numbers a device. */
    public synchronized int device(Device device) {
        devices.add(device);
        return devices.size() - 1;
    }

    public synchronized int lane(UUID conversation, Lane lane) {
        return lanes.of(new LaneKey(conversation, lane));
    }

    public synchronized int message(UUID clientMsgId, String sender) {
        return messages.of(new MessageKey(clientMsgId, sender));
    }

    public void record(Event.Kind kind, int device, int detail) {
        record(kind, device, NONE, NONE, Position.START, detail);
    }

    public void recordMessage(Event.Kind kind, int device, int message, int detail) {
        record(kind, device, message, NONE, Position.START, detail);
    }

    /** The general form; the event happens now. */
    public void record(Event.Kind kind, int device, int message, int lane, Position position, int detail) {
        add(new Event(now(), kind, device, message, lane, position, detail));
    }

    /** A copy in which nothing happened in lanes that this is false for; numbers are the same. It is complete: its clock stands. */
    public Ledger only(Predicate<LaneKey> wanted) {
        long end = now();
        Ledger copy = new Ledger(() -> end);
        copy.devices.addAll(devices());
        lanes().forEach(copy.lanes::of);
        messages().forEach(copy.messages::of);
        Set<Integer> unwanted = new HashSet<>();
        List<LaneKey> all = lanes();
        for (int lane = 0; lane < all.size(); lane++) {
            if (!wanted.test(all.get(lane))) {
                unwanted.add(lane);
            }
        }
        forEach(event -> {
            if (!unwanted.contains(event.lane())) {
                copy.add(event);
            }
        });
        return copy;
    }

    synchronized void add(Event event) {
        int at = size % BLOCK;
        if (at == 0) {
            blocks.add(new Block());
        }
        blocks.get(blocks.size() - 1).set(at, event);
        size++;
    }

    public synchronized int size() {
        return size;
    }

    public synchronized List<Device> devices() {
        return List.copyOf(devices);
    }

    public synchronized List<LaneKey> lanes() {
        return List.copyOf(lanes.values);
    }

    public synchronized List<MessageKey> messages() {
        return List.copyOf(messages.values);
    }

    /** Shows all events so far, in order. What is added meanwhile is not shown. */
    public void forEach(Consumer<Event> reader) {
        int count = size();
        for (int i = 0; i < count; i++) {
            reader.accept(event(i));
        }
    }

    private synchronized Event event(int index) {
        return blocks.get(index / BLOCK).get(index % BLOCK);
    }

    /** Things by number, and numbers by thing. */
    private static final class Numbers<T> {
        private final List<T> values = new ArrayList<>();
        private final Map<T, Integer> numbers = new HashMap<>();

        int of(T value) {
            Integer known = numbers.get(value);
            if (known != null) {
                return known;
            }
            values.add(value);
            numbers.put(value, values.size() - 1);
            return values.size() - 1;
        }
    }

    /** Some events, column by column. */
    private static final class Block {
        private final long[] nanos = new long[BLOCK];
        private final Event.Kind[] kinds = new Event.Kind[BLOCK];
        private final int[] devices = new int[BLOCK];
        private final int[] messages = new int[BLOCK];
        private final int[] lanes = new int[BLOCK];
        private final int[] epochs = new int[BLOCK];
        private final int[] seqs = new int[BLOCK];
        private final int[] details = new int[BLOCK];

        void set(int at, Event event) {
            nanos[at] = event.nanos();
            kinds[at] = event.kind();
            devices[at] = event.device();
            messages[at] = event.message();
            lanes[at] = event.lane();
            epochs[at] = event.position().epoch();
            seqs[at] = event.position().seq();
            details[at] = event.detail();
        }

        Event get(int at) {
            return new Event(
                    nanos[at],
                    kinds[at],
                    devices[at],
                    messages[at],
                    lanes[at],
                    new Position(epochs[at], seqs[at]),
                    details[at]);
        }
    }
}
