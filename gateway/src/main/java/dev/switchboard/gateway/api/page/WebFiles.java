package dev.switchboard.gateway.api.page;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the web build has made, read once at the start. Immutable. Looked for beside the page of the support chat, in a folder
 * or in a jar; a program that was built without the web part has none of it.
 */
public final class WebFiles {
    private static final String PAGE = "soporte.html";

    private final Map<String, byte[]> byName;

    private WebFiles(Map<String, byte[]> byName) {
        this.byName = byName;
    }

    /** The files of the program itself. */
    public static WebFiles ofThisProgram() throws IOException {
        URL page = WebFiles.class.getResource("/web/" + PAGE);
        if (page == null) {
            return new WebFiles(Map.of());
        }
        try {
            URI uri = page.toURI();
            if (!uri.getScheme().equals("jar")) {
                return new WebFiles(read(Path.of(uri).resolveSibling(".")));
            }
            try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                return new WebFiles(read(jar.getPath("/web")));
            }
        } catch (URISyntaxException e) {
            throw new IOException("the class path is no URL", e);
        }
    }

    private static Map<String, byte[]> read(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        List<Path> all;
        try (Stream<Path> found = Files.list(folder)) {
            all = found.filter(Files::isRegularFile).toList();
        }
        for (Path file : all) {
            files.put(file.getFileName().toString(), Files.readAllBytes(file));
        }
        return files;
    }

    /** False: there are no pages in this program. */
    public boolean hasPages() {
        return byName.containsKey(PAGE);
    }

    Optional<byte[]> file(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    Map<String, byte[]> all() {
        return byName;
    }
}
