package dev.switchboard.worker.log;

import dev.switchboard.wire.Partition;
import java.util.List;

/**
 * One entry of the log, taken apart.
 *
 * @param bytes size of the entry
 * @param count messages and read marks that were counted for it, readable or not
 */
public record DecodedEntry(
        Partition partition,
        LogId id,
        int bytes,
        int count,
        List<LoggedMessage> messages,
        List<LoggedMark> marks,
        List<Unreadable> unreadable) {
    /** The same once everything in it was looked at. */
    DecodedEntry counted(int items) {
        return new DecodedEntry(partition, id, bytes, items, messages, marks, unreadable);
    }

    /** The same with these messages. */
    public DecodedEntry with(List<LoggedMessage> others) {
        return new DecodedEntry(partition, id, bytes, count, others, marks, unreadable);
    }

    /** Only these messages, and a letter in place of all else. */
    public DecodedEntry with(List<LoggedMessage> others, Unreadable letter) {
        return new DecodedEntry(partition, id, bytes, count, others, List.of(), List.of(letter));
    }
}
