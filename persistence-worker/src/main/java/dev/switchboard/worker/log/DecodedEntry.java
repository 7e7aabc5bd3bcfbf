package dev.switchboard.worker.log;

import dev.switchboard.wire.Partition;
import java.util.List;

/**
 * One entry of the log, taken apart.
 *
 * @param bytes size of the entry
 * @param count messages that the append script counted for it, readable or not
 */
public record DecodedEntry(
        Partition partition,
        LogId id,
        int bytes,
        int count,
        List<LoggedMessage> messages,
        List<Unreadable> unreadable) {}
