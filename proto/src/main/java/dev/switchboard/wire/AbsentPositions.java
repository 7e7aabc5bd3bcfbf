package dev.switchboard.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Positions at which no message stands, as a conversation in Redis keeps them: packed, one after the other. Without state. */
public final class AbsentPositions {
    /** Of one: its kind, epoch and seq. */
    public static final int BYTES = 1 + 2 * Integer.BYTES;

    private AbsentPositions() {}

    /**
     * One of them.
     *
     * @param dead in the dead letters; else void: the same message stands at an earlier position
     */
    public record One(Position position, boolean dead) {}

    /** Adds one behind what was written. */
    public static void write(ByteBuffer to, Position position, boolean dead) {
        to.order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) (dead ? 1 : 0))
                .putInt(position.epoch())
                .putInt(position.seq());
    }

    /** Reads all; what is no whole position at the end is left out. */
    public static List<One> read(byte[] packed) {
        ByteBuffer in = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
        List<One> all = new ArrayList<>(packed.length / BYTES);
        while (in.remaining() >= BYTES) {
            boolean dead = in.get() != 0;
            all.add(new One(new Position(in.getInt(), in.getInt()), dead));
        }
        return List.copyOf(all);
    }
}
