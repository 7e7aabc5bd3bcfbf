package dev.switchboard.benchmarks.proof.fleet.content;

import com.google.protobuf.ByteString;
import dev.switchboard.wire.WireUuid;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * What everybody of a fleet says: ids, texts, and whether a text arrived as it was said. An id holds the number of its message, so
 * that nothing has to be looked up. Confined to the event loop.
 */
public final class Letters {
    private static final long VERSION_7 = 0x7000;
    private static final long SEED_MASK = 0xFFF;
    private static final long VARIANT = 1L << 63;
    private static final long NUMBER_MASK = (1L << 40) - 1;

    private final Texts texts;
    private final long high;
    /** By number. The text itself can be had again. */
    private final Map<Integer, Integer> prints = new HashMap<>();

    public Letters(Texts texts, long seed, long startMillis) {
        this.texts = texts;
        this.high = startMillis << 16 | VERSION_7 | (seed & SEED_MASK);
    }

    public UUID id(int number) {
        return new UUID(high, VARIANT | number);
    }

    public ByteString idBytes(int number) {
        return ByteString.copyFrom(WireUuid.bytes(id(number)));
    }

    public String text(int number) {
        String text = texts.text(number);
        prints.put(number, text.hashCode());
        return text;
    }

    /** False: this message of ours was said with another text. */
    public boolean matches(UUID id, String text) {
        long low = id.getLeastSignificantBits();
        boolean ours = id.getMostSignificantBits() == high && (low & ~NUMBER_MASK) == VARIANT;
        Integer print = ours ? prints.get((int) (low & NUMBER_MASK)) : null;
        return print == null ? !ours : print == text.hashCode();
    }

    /** -1: none of ours. */
    public int number(UUID id) {
        long low = id.getLeastSignificantBits();
        boolean ours = id.getMostSignificantBits() == high && (low & ~NUMBER_MASK) == VARIANT;
        return ours ? (int) (low & NUMBER_MASK) : -1;
    }
}
