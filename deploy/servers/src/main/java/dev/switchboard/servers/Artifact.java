package dev.switchboard.servers;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** Files of one folder inside a Maven artifact on the class path. Stateless; any thread. */
final class Artifact {
    private final String folder;
    private final String program;
    private final URL url;

    /** The artifact that holds this program, as {@code folder/program}; the folder may be empty, else ends with a slash. */
    Artifact(String product, String folder, String program) {
        this.folder = folder;
        this.program = program;
        URL found = Artifact.class.getResource("/" + folder + program);
        if (found == null) {
            throw new ServerStartException("%s can't start: no program for %s %s among the Maven artifacts"
                    .formatted(product, System.getProperty("os.name"), System.getProperty("os.arch")));
        }
        this.url = found;
    }

    /** The processor as the artifacts name it. */
    static String processor() {
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return arch.equals("aarch64") ? "arm64" : arch;
    }

    /** Unpacks what is wanted into the cache, once, and says where. */
    Path unpack(ServerCache cache, String name, Predicate<String> wanted) {
        return cache.directory(name, this::isWhole, target -> copy(target, wanted));
    }

    private boolean isWhole(Path directory) throws IOException {
        Path unpacked = directory.resolve(program);
        return Files.isExecutable(unpacked)
                && Files.size(unpacked) == url.openConnection().getContentLengthLong();
    }

    private void copy(Path target, Predicate<String> wanted) throws IOException {
        JarURLConnection connection = (JarURLConnection) url.openConnection();
        connection.setUseCaches(false);
        try (JarFile jar = connection.getJarFile()) {
            for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
                if (entry.isDirectory() || !entry.getName().startsWith(folder)) {
                    continue;
                }
                String path = entry.getName().substring(folder.length());
                if (path.equals(program) || wanted.test(path)) {
                    copy(jar, entry, target.resolve(path));
                }
            }
        }
        if (!target.resolve(program).toFile().setExecutable(true, true)) {
            throw new IOException("can't make " + program + " executable");
        }
    }

    private static void copy(JarFile jar, JarEntry entry, Path target) throws IOException {
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        try (InputStream in = jar.getInputStream(entry)) {
            Files.copy(in, target);
        }
    }
}
