package dev.switchboard.benchmarks.proof.row;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of a given size in memory, mounted while this is open. Takes root. One thread. */
public final class SmallDisk implements AutoCloseable {
    private final Path path;

    private SmallDisk(Path path) {
        this.path = path;
    }

    /** The directory is made; it must not be in use. */
    public static SmallDisk mount(Path directory, int mebibytes) throws IOException {
        Path path = Files.createDirectories(directory).toAbsolutePath();
        run("mount", "-t", "tmpfs", "-o", "mode=0777,size=" + mebibytes + "m", "tmpfs", path.toString());
        return new SmallDisk(path);
    }

    public Path path() {
        return path;
    }

    /** What is on it stays. */
    public void resize(int mebibytes) {
        run("mount", "-o", "remount,size=" + mebibytes + "m", path.toString());
    }

    /** From now on nothing can be written to it; what is on it stays. */
    public void fill() {
        try {
            Path filler = path.resolve("filler");
            byte[] block = new byte[1 << 16];
            try (OutputStream out = Files.newOutputStream(filler)) {
                while (true) {
                    out.write(block);
                }
            }
        } catch (IOException e) {
            // Full, as it should be.
        }
    }

    /** There is space again. */
    public void drain() {
        try {
            Files.deleteIfExists(path.resolve("filler"));
        } catch (IOException e) {
            throw new IllegalStateException("can't make space on " + path, e);
        }
    }

    /** Unmounts it, at once for new users; what is on it is gone. */
    @Override
    public void close() {
        run("umount", "-l", path.toString());
    }

    private static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + output.strip());
            }
        } catch (IOException e) {
            throw new IllegalStateException(String.join(" ", command) + " can't be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
