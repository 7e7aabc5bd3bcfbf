package dev.switchboard.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Which process works on a directory, and which JVM started it. With it a next start ends what a killed one left, and never
 * touches a process that somebody still uses. One thread at a time.
 */
final class PidFile {
    static final String SUFFIX = ".pid";

    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(10);

    private final Path file;

    PidFile(Path file) {
        this.file = file;
    }

    /** Makes sure that nothing of an earlier start is running: ends it if its JVM is gone, throws if that is alive. */
    void endLeftover(String name) {
        Optional<Entry> left = read().filter(entry -> entry.child().isAlive());
        if (left.isEmpty()) {
            return;
        }
        Entry entry = left.get();
        if (entry.owner().isAlive()) {
            throw new ServerStartException("%s can't start: %s is in use by process %d, which process %d started"
                    .formatted(
                            name,
                            file.toAbsolutePath().getParent(),
                            entry.child().pid(),
                            entry.owner().pid()));
        }
        entry.child().kill();
        if (!Await.until(KILL_TIMEOUT, () -> !entry.child().isAlive())) {
            throw new ServerStartException("%s can't start: process %d of an earlier run can't be ended"
                    .formatted(name, entry.child().pid()));
        }
    }

    void write(long childPid) {
        ProcessStamp child = ProcessStamp.of(childPid);
        ProcessStamp owner = ProcessStamp.of(ProcessHandle.current().pid());
        try {
            Files.writeString(
                    file, "%d %d %d %d%n".formatted(child.pid(), child.startTicks(), owner.pid(), owner.startTicks()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<Entry> read() {
        try {
            String[] fields = Files.readString(file).strip().split(" ", -1);
            return Optional.of(
                    new Entry(ProcessStamp.parse(fields[0], fields[1]), ProcessStamp.parse(fields[2], fields[3])));
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            // Absent, or cut short by a crash right at the start: then the leash has ended the process.
            return Optional.empty();
        }
    }

    private record Entry(ProcessStamp child, ProcessStamp owner) {}
}
