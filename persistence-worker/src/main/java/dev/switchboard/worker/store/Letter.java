package dev.switchboard.worker.store;

import com.google.protobuf.ByteString;
import dev.switchboard.wire.Partition;
import dev.switchboard.worker.log.LogId;

/**
 * A dead letter as it is kept.
 *
 * @param item place within the entry, or {@link dev.switchboard.worker.log.Unreadable#WHOLE}
 * @param bytes as they stood in the log, however they are kept
 * @param whole false: only the beginning of the bytes is kept
 * @param createdAt UTC
 */
public record Letter(
        long id,
        Partition partition,
        LogId entry,
        int item,
        ByteString bytes,
        boolean whole,
        String reason,
        String createdAt) {}
