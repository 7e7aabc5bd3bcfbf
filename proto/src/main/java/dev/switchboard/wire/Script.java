package dev.switchboard.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** The atomic steps in Redis. Each is a file under {@code /redis}, which documents its keys, arguments and answers. */
public enum Script {
    APPEND,
    /**
     * The steps of {@link #APPEND}, which Redis runs at out-of-memory as well: for callers whose backlog limit is 0, so that nothing
     * is accepted and what is known already is recalled.
     */
    RECALL("append", "#!lua flags=allow-oom"),
    EPOCH,
    PREPARE,
    RESTORE,
    MARK,
    RESUME,
    READ,
    PAGE,
    REVOKE,
    REVOKED,
    FAILED,
    ASKED,
    REPLAYED;

    private final String source;
    private final String sha1;

    Script() {
        this("", "");
    }

    /** The steps of another file under another first line, which says what Redis may do; empty: those of its own. */
    Script(String steps, String firstLine) {
        String file = "/redis/" + (steps.isEmpty() ? name().toLowerCase(Locale.ROOT) : steps) + ".lua";
        try (InputStream in = Script.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing from the jar");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            source = firstLine.isEmpty() ? text : firstLine + text.substring(text.indexOf('\n'));
            sha1 = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(source.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-1", e);
        }
    }

    public String source() {
        return source;
    }

    /** The name Redis knows the script by. */
    public String sha1() {
        return sha1;
    }
}
