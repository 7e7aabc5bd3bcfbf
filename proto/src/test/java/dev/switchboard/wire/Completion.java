package dev.switchboard.wire;

import dev.switchboard.proto.v1.Lane;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What the append script puts behind a record, written down once more in Java. */
final class Completion {
    private Completion() {}

    static byte[] of(MessageRecord record, int afterPublic, int seq, long time) {
        byte[] prefix = record.prefix();
        ByteBuffer out = ByteBuffer.allocate(prefix.length + 19).order(ByteOrder.LITTLE_ENDIAN);
        out.put(prefix);
        if (record.lane() == Lane.STAFF) {
            out.put((byte) 109).putInt(afterPublic);
        }
        out.put((byte) 117).putInt(seq).put((byte) 121).putLong(time);
        byte[] completed = new byte[out.position()];
        out.flip().get(completed);
        return completed;
    }
}
