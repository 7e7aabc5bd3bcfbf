package dev.switchboard.webbuild;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Everything a result depends on, as one hash; kept beside the result, so that nothing is done twice. Confined to one thread. */
final class Fingerprint {
    private final MessageDigest digest;

    Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    Fingerprint add(String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        return this;
    }

    /** Names and contents of all files below a folder, or of one file. */
    Fingerprint addFiles(Path root) throws IOException {
        if (!Files.exists(root)) {
            return add("absent");
        }
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                add(root.relativize(file).toString());
                digest.update(Files.readAllBytes(file));
            }
        }
        return this;
    }

    String value() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Whether the same was done before, and what it made is still there. */
    static boolean isCurrent(Path stamp, String value, List<Path> results) throws IOException {
        return Files.exists(stamp)
                && Files.readString(stamp).equals(value)
                && results.stream().allMatch(Files::exists);
    }
}
