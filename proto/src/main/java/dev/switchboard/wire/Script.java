package dev.switchboard.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** The atomic steps in Redis. Each is one file under {@code /redis}, which documents its keys, arguments and answers. */
public enum Script {
    APPEND,
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
        String file = "/redis/" + name().toLowerCase(Locale.ROOT) + ".lua";
        try (InputStream in = Script.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing from the jar");
            }
            byte[] bytes = in.readAllBytes();
            source = new String(bytes, StandardCharsets.UTF_8);
            sha1 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
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
