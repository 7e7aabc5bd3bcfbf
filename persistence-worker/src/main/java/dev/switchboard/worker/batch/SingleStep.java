package dev.switchboard.worker.batch;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.switchboard.worker.log.Absent;
import dev.switchboard.worker.log.Batch;
import dev.switchboard.worker.log.DecodedEntry;
import dev.switchboard.worker.log.EntryDecoder;
import dev.switchboard.worker.log.LoggedMessage;
import dev.switchboard.worker.log.MarkOutcome;
import dev.switchboard.worker.log.PartitionLog;
import dev.switchboard.worker.log.RawEntry;
import dev.switchboard.worker.log.RedisLog;
import dev.switchboard.worker.log.Unreadable;
import dev.switchboard.worker.ops.WorkerMeters;
import dev.switchboard.worker.store.Committed;
import dev.switchboard.worker.store.MessageStore;
import dev.switchboard.worker.store.OwnershipLostException;
import dev.switchboard.worker.store.Trouble;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stores the oldest entry of a suspected partition, one part after the other, and notes in MySQL before each what it is about to
 * do. Whoever takes over from a worker that dies of it finds the note; after {@link Suspects#STEP_DEATHS_MAX} deaths at the same
 * one it is set aside without another try. Confined to the worker's thread.
 */
final class SingleStep {
    private final RedisLog log;
    private final MessageStore store;
    private final WorkerMeters meters;

    SingleStep(RedisLog log, MessageStore store, WorkerMeters meters) {
        this.log = log;
        this.store = store;
        this.meters = meters;
    }

    /** What became of the entry; empty if the log holds none. */
    Optional<MarkOutcome> run(Suspects.Suspect suspect) throws SQLException, OwnershipLostException {
        PartitionLog partition = suspect.log();
        Optional<RawEntry> first = log.first(partition.partition());
        if (first.isEmpty()) {
            return Optional.empty();
        }
        RawEntry raw = first.get();
        Set<Integer> aside = store.setAside(partition.partition(), raw.id());
        if (aside.contains(Unreadable.WHOLE) || isFatal(suspect, raw, Trouble.Step.WHOLE)) {
            Unreadable letter = whole(partition, raw, "workers died while they read this entry");
            DecodedEntry unread = new DecodedEntry(
                    partition.partition(), raw.id(), letter.bytes().size(), 0, List.of(), List.of(), List.of(letter));
            return Optional.of(finish(partition, unread, List.of()));
        }
        note(suspect, raw, Trouble.Step.WHOLE);
        DecodedEntry entry = EntryDecoder.decode(partition.partition(), raw.id(), raw.value());
        List<Absent> absent = new ArrayList<>();
        List<LoggedMessage> stored = new ArrayList<>();
        for (LoggedMessage message : entry.messages()) {
            if (aside.contains(message.item())) {
                absent.add(Absent.dead(message));
            } else if (isFatal(suspect, raw, message.item())) {
                Unreadable letter = message.unstorable("workers died while they stored this");
                count(store.setAside(letter.asVeiled(), partition.fence()));
                absent.add(Absent.dead(message));
            } else {
                note(suspect, raw, message.item());
                count(store.commitAlone(message, partition.fence()));
                stored.add(message);
            }
        }
        if (isFatal(suspect, raw, Trouble.Step.REST)) {
            Unreadable letter =
                    whole(partition, raw, "workers died while they stored what is no message in this entry");
            return Optional.of(finish(partition, entry.with(stored, letter), absent));
        }
        note(suspect, raw, Trouble.Step.REST);
        return Optional.of(finish(partition, entry.with(stored), absent));
    }

    /** Moves the cursor behind the entry, which may be repeated like any batch, and marks. */
    private MarkOutcome finish(PartitionLog partition, DecodedEntry entry, List<Absent> dead)
            throws SQLException, OwnershipLostException {
        Batch batch = new Batch(
                List.of(new Batch.Slice(partition.partition(), partition.fence(), partition.epoch(), List.of(entry))));
        Committed committed = store.commit(batch);
        count(committed);
        List<Absent> absent = new ArrayList<>(dead);
        absent.addAll(committed.absent());
        return log.mark(batch, absent).getOrDefault(partition.partition(), MarkOutcome.MARKED);
    }

    /** Owners that died at this before are counted on. */
    private void note(Suspects.Suspect suspect, RawEntry raw, int item) throws SQLException, OwnershipLostException {
        Trouble.Step step = new Trouble.Step(raw.id(), item, deathsAt(suspect, raw, item));
        store.noteStep(suspect.log().partition(), suspect.log().fence(), step);
    }

    private static boolean isFatal(Suspects.Suspect suspect, RawEntry raw, int item) {
        return deathsAt(suspect, raw, item) >= Suspects.STEP_DEATHS_MAX;
    }

    private static int deathsAt(Suspects.Suspect suspect, RawEntry raw, int item) {
        Trouble.@Nullable Step fatal = suspect.fatal();
        if (fatal == null || fatal.item() != item || !fatal.entry().equals(raw.id())) {
            return 0;
        }
        return fatal.deaths();
    }

    private static Unreadable whole(PartitionLog partition, RawEntry raw, String reason) {
        byte[] value = raw.value();
        ByteString bytes = value == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(value);
        return new Unreadable(partition.partition(), raw.id(), Unreadable.WHOLE, bytes, reason).asVeiled();
    }

    private void count(Committed committed) {
        meters.committed(committed.rows(), committed.voids(), committed.deadLetters());
    }
}
