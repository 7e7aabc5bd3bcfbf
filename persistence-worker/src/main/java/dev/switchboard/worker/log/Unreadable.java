package dev.switchboard.worker.log;

import com.google.protobuf.ByteString;
import dev.switchboard.wire.Partition;
import org.jspecify.annotations.Nullable;

/**
 * A part of the log that can't become a row, with its bytes and the reason. Goes to the dead letters.
 *
 * @param item place within the entry, from 0
 * @param reason for operators; never holds what was said
 * @param message what it is, where that could be read
 * @param veiled its bytes killed workers on their way to MySQL, so they go there in another form
 */
public record Unreadable(
        Partition partition,
        LogId entry,
        int item,
        ByteString bytes,
        String reason,
        @Nullable LoggedMessage message,
        boolean veiled) {
    /** Stands for the entry as a whole. */
    public static final int WHOLE = Integer.MAX_VALUE;

    /** Of something that could not be read. */
    public Unreadable(Partition partition, LogId entry, int item, ByteString bytes, String reason) {
        this(partition, entry, item, bytes, reason, null, false);
    }

    /** The same, of what killed workers. */
    public Unreadable asVeiled() {
        return new Unreadable(partition, entry, item, bytes, reason, message, true);
    }
}
