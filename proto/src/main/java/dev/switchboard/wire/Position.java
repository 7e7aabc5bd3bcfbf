package dev.switchboard.wire;

/**
 * A place in one lane of a conversation. {@code seq} counts 1, 2, 3 … without holes; {@code epoch} rises when Redis may have
 * lost a suffix, so it is compared first. Epochs are seconds since 1970, but nothing compares them with a clock.
 */
public record Position(int epoch, int seq) implements Comparable<Position> {
    /** Before everything. */
    public static final Position START = new Position(0, 0);

    @Override
    public int compareTo(Position other) {
        int byEpoch = Integer.compareUnsigned(epoch, other.epoch);
        return byEpoch != 0 ? byEpoch : Integer.compareUnsigned(seq, other.seq);
    }
}
