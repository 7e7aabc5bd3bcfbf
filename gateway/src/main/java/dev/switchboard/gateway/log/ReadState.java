package dev.switchboard.gateway.log;

import dev.switchboard.wire.Position;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How far the PUBLIC lane of a conversation has been read, and what unread counts follow from. Immutable.
 *
 * @param owner up to where the owner has read
 * @param staff up to where anybody of staff has
 * @param lastOwnerSeq of the owner's last message: whoever speaks has read what stood before
 * @param lastAdminSeq of an administrator's
 * @param base the last position of the epoch before that is still there; the start if there is none
 * @param lastTime of the newest message, in milliseconds; 0 if it is not known
 */
public record ReadState(
        Position owner, Position staff, int lastOwnerSeq, int lastAdminSeq, Position base, long lastTime) {
    /** Of a lane without marks. */
    public static final ReadState NONE = new ReadState(Position.START, Position.START, 0, 0, Position.START, 0);

    static final int BYTES = 8 * Integer.BYTES + Long.BYTES;

    /** As the scripts pack it, with what else may stand behind it; nothing for the STAFF lane. */
    public static ReadState of(byte[] packed) {
        if (packed.length < BYTES) {
            return NONE;
        }
        ByteBuffer in = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
        Position owner = new Position(in.getInt(), in.getInt());
        Position staff = new Position(in.getInt(), in.getInt());
        return new ReadState(
                owner, staff, in.getInt(), in.getInt(), new Position(in.getInt(), in.getInt()), in.getLong());
    }

    /** Messages of the other side that this side has not read, where the lane stands at {@code head}. */
    public int unread(Position head, boolean ofStaff) {
        int read = Math.max(reached(ofStaff ? staff : owner, head), ofStaff ? lastAdminSeq : lastOwnerSeq);
        return Math.max(0, head.seq() - read);
    }

    /** A mark of the epoch before counts as far as that epoch survived. */
    private int reached(Position mark, Position head) {
        boolean before = mark.epoch() != head.epoch() && mark.epoch() == base.epoch();
        return Math.min(mark.seq(), before ? base.seq() : head.seq());
    }
}
