package dev.switchboard.local.browser;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Finds the browser of this machine: {@code -Dbrowser.path}, else the first one on the PATH. Nothing is downloaded. */
final class Chromium {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome");

    private Chromium() {}

    static Optional<Path> find() {
        String given = System.getProperty("browser.path", "");
        if (!given.isEmpty()) {
            return Optional.of(Path.of(given)).filter(Files::isExecutable);
        }
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            for (String name : NAMES) {
                Path file = Path.of(folder, name);
                if (Files.isExecutable(file)) {
                    return Optional.of(file);
                }
            }
        }
        return Optional.empty();
    }

    /** {@code -Dbrowser=required}: no browser is a failure. */
    static boolean isRequired() {
        return System.getProperty("browser", "").equals("required");
    }
}
