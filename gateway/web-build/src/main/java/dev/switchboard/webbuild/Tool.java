package dev.switchboard.webbuild;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Programs that come inside Maven artifacts: found among the copied jars, unpacked once, and run with a limit of time. */
final class Tool {
    private static final int SECONDS_MAX = 120;

    private Tool() {}

    /** The jar whose name begins so; empty if the pom copied none. */
    static Optional<Path> jar(Path tools, String name) {
        if (!Files.isDirectory(tools)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(tools)) {
            return files.filter(file -> file.getFileName().toString().matches(name + "-\\d.*\\.jar"))
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Unpacks every entry below a folder of that name; returns where it is. Does nothing if that was done before. */
    static Path unpack(Path jar, String folder) {
        String name = jar.getFileName().toString();
        Path target = jar.resolveSibling(name.substring(0, name.length() - ".jar".length()));
        Path done = target.resolve(".unpacked");
        if (Files.exists(done)) {
            return target;
        }
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                int at = entry.getName().indexOf("/" + folder);
                if (!entry.isDirectory() && at >= 0) {
                    write(zip, entry, target.resolve(entry.getName().substring(at + 1)), target);
                }
            }
            Files.writeString(done, "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return target;
    }

    private static void write(ZipFile zip, ZipEntry entry, Path file, Path root) throws IOException {
        if (!file.normalize().startsWith(root)) {
            throw new WebBuildFailedException("an artifact wants to write outside its folder: " + entry.getName());
        }
        Files.createDirectories(file.getParent());
        try (InputStream in = zip.getInputStream(entry)) {
            Files.write(file, in.readAllBytes());
        }
    }

    static Path executable(Path file) {
        if (!file.toFile().canExecute() && !file.toFile().setExecutable(true)) {
            throw new WebBuildFailedException("can't be made executable: " + file);
        }
        return file;
    }

    /** Runs a program in a folder. What it says is the message of the failure; on success it is returned. */
    static String run(String what, Path folder, List<String> command) {
        Path log = folder.resolve("run.log");
        try {
            ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command))
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            // Neither tool needs the network, and none may look for news.
            builder.environment().put("DENO_NO_UPDATE_CHECK", "1");
            builder.environment().put("DENO_DIR", folder.resolve("deno").toString());
            builder.environment().put("NO_COLOR", "1");
            Process process = builder.start();
            boolean ended = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly();
            }
            String said = Files.readString(log, StandardCharsets.UTF_8).strip();
            if (!ended || process.exitValue() != 0) {
                throw new WebBuildFailedException(what + (ended ? " failed:\n" : " took too long:\n") + said);
            }
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WebBuildFailedException(what + " was interrupted");
        }
    }
}
