package dev.switchboard.worker.log;

import dev.switchboard.wire.Partition;
import java.util.ArrayList;
import java.util.List;

/** What goes into one transaction: whole entries of one or more partitions, in the order of their logs. Immutable. */
public final class Batch {
    private final List<Slice> slices;
    private final List<LoggedMessage> messages = new ArrayList<>();
    private final List<LoggedMark> marks = new ArrayList<>(0);
    private final List<Unreadable> unreadable = new ArrayList<>(0);

    public Batch(List<Slice> slices) {
        this.slices = List.copyOf(slices);
        for (Slice slice : slices) {
            for (DecodedEntry entry : slice.entries()) {
                messages.addAll(entry.messages());
                marks.addAll(entry.marks());
                unreadable.addAll(entry.unreadable());
            }
        }
    }

    public List<Slice> slices() {
        return slices;
    }

    public List<LoggedMessage> messages() {
        return messages;
    }

    public List<LoggedMark> marks() {
        return marks;
    }

    public List<Unreadable> unreadable() {
        return unreadable;
    }

    public boolean isEmpty() {
        return slices.isEmpty();
    }

    /** Milliseconds of Redis' clock at which the oldest entry was accepted. */
    public long oldestMillis() {
        return slices.stream()
                .mapToLong(slice -> slice.entries().get(0).id().millis())
                .min()
                .orElse(0);
    }

    /**
     * The share of one partition.
     *
     * @param fence the number under which this worker owned the partition when it read the entries
     * @param epoch the epoch then in force
     * @param entries at least one
     */
    public record Slice(Partition partition, long fence, int epoch, List<DecodedEntry> entries) {
        public Slice {
            entries = List.copyOf(entries);
        }

        /** The id of the newest entry. */
        public LogId last() {
            return entries.get(entries.size() - 1).id();
        }

        /** Messages and read marks that were counted for these entries. */
        public int count() {
            return entries.stream().mapToInt(DecodedEntry::count).sum();
        }

        /** The highest epoch in this slice; MySQL keeps it, so that an emptied Redis never hands out an older one. */
        public int epochMax() {
            int max = epoch;
            for (DecodedEntry entry : entries) {
                for (LoggedMessage message : entry.messages()) {
                    int other = message.message().getEpoch();
                    max = Integer.compareUnsigned(other, max) > 0 ? other : max;
                }
            }
            return max;
        }
    }
}
