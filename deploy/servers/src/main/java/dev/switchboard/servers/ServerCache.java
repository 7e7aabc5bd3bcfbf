package dev.switchboard.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Unpacked programs and prepared data of this user, in {@code $XDG_CACHE_HOME/switchboard}, else {@code ~/.cache/switchboard}, else
 * the temporary directory. Any number of processes may share it: an entry appears at once and whole, by a rename, and is never
 * changed after that.
 */
final class ServerCache {
    private static final String UNFINISHED = ".unfinished-";
    /** After this time the half-filled entry of a killed process is cleared away. */
    private static final Duration UNFINISHED_AGE_MAX = Duration.ofHours(1);

    private final Path root;

    /** Writes an entry into an empty directory. */
    interface Filling {
        void fill(Path directory) throws IOException;
    }

    /** Whether an entry found is whole: cleaners of temporary directories delete single files. */
    interface Check {
        boolean isWhole(Path directory) throws IOException;
    }

    private ServerCache(Path root) {
        this.root = root;
    }

    static ServerCache ofThisUser() {
        return of(
                System.getenv("XDG_CACHE_HOME"),
                Path.of(System.getProperty("user.home")),
                Path.of(System.getProperty("java.io.tmpdir")));
    }

    static ServerCache of(@Nullable String cacheHome, Path home, Path temporary) {
        Path preferred = cacheHome == null || cacheHome.isBlank() ? home.resolve(".cache") : Path.of(cacheHome);
        long uid = currentUid();
        List<Path> candidates = List.of(preferred.resolve("switchboard"), temporary.resolve("switchboard-" + uid));
        for (Path candidate : candidates) {
            if (isOurs(candidate, uid)) {
                return new ServerCache(candidate);
            }
        }
        throw new ServerStartException("none of these directories can be used as a cache of this user: " + candidates);
    }

    /** The entry of that name, made now if it isn't there or isn't whole. */
    Path directory(String name, Check check, Filling filling) {
        Path entry = root.resolve(name);
        try {
            if (Files.isDirectory(entry)) {
                if (check.isWhole(entry)) {
                    return entry;
                }
                // Out of the way by a rename: whoever runs from the damaged entry keeps its open files.
                Files.move(entry, Files.createTempDirectory(root, UNFINISHED).resolve("damaged"));
            }
            clearUnfinished();
            Path filled = Files.createTempDirectory(root, UNFINISHED);
            filling.fill(filled);
            publish(filled, entry);
            return entry;
        } catch (IOException e) {
            throw new ServerStartException("can't unpack " + name + " into " + root + ": " + e.getMessage(), e);
        }
    }

    static long currentUid() {
        try {
            return ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
        } catch (IOException e) {
            throw new UncheckedIOException("these servers run on Linux only", e);
        }
    }

    static void deleteTree(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Files.copy(path, to.resolve(from.relativize(path)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    /** We run programs from here, so nobody else may be able to write to it. */
    private static boolean isOurs(Path directory, long uid) {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
            return ((Integer) Files.getAttribute(directory, "unix:uid")).longValue() == uid
                    && !permissions.contains(PosixFilePermission.GROUP_WRITE)
                    && !permissions.contains(PosixFilePermission.OTHERS_WRITE)
                    && Files.isWritable(directory);
        } catch (IOException e) {
            return false;
        }
    }

    private static void publish(Path filled, Path entry) throws IOException {
        try {
            Files.move(filled, entry, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!Files.isDirectory(entry)) {
                throw e;
            }
            // Another process was faster with the same content.
            deleteTree(filled);
        }
    }

    private void clearUnfinished() throws IOException {
        Instant oldest = Instant.now().minus(UNFINISHED_AGE_MAX);
        try (Stream<Path> entries = Files.list(root)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                if (entry.getFileName().toString().startsWith(UNFINISHED)
                        && Files.getLastModifiedTime(entry).toInstant().isBefore(oldest)) {
                    deleteTree(entry);
                }
            }
        }
    }
}
