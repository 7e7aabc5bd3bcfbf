package dev.switchboard.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerCacheTest {
    private final AtomicInteger fillings = new AtomicInteger();

    @TempDir
    Path dir;

    @Test
    void fillsAnEntryOnce() {
        Path first = entry(cache());
        Path second = entry(cache());

        assertEquals(first, second);
        assertEquals(1, fillings.get());
    }

    @Test
    void fillsADamagedEntryAgain() throws IOException {
        Files.delete(entry(cache()).resolve("file"));

        assertTrue(Files.exists(entry(cache()).resolve("file")));
        assertEquals(2, fillings.get());
    }

    @Test
    void publishesNothingThatFailed() {
        ServerCache cache = cache();

        assertThrows(
                ServerStartException.class,
                () -> cache.directory("entry", directory -> true, directory -> {
                    throw new IOException("disk full");
                }));

        assertFalse(Files.exists(dir.resolve("cache/switchboard/entry")));
    }

    @Test
    void avoidsADirectoryOthersMayWriteTo() throws IOException {
        Path open = Files.createDirectories(dir.resolve("cache/switchboard"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertTrue(entry(cache()).startsWith(dir.resolve("tmp")));
    }

    private ServerCache cache() {
        return ServerCache.of(dir.resolve("cache").toString(), dir, dir.resolve("tmp"));
    }

    private Path entry(ServerCache cache) {
        return cache.directory("entry", directory -> Files.exists(directory.resolve("file")), directory -> {
            fillings.incrementAndGet();
            Files.writeString(directory.resolve("file"), "content");
        });
    }
}
