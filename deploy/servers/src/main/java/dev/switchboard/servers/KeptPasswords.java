package dev.switchboard.servers;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Properties;

/** Passwords of a server's users, random at its first start and kept beside its data, readable by nobody else. One thread. */
final class KeptPasswords {
    private static final int PASSWORD_BYTES = 18;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path file;
    private final Properties passwords = new Properties();

    private KeptPasswords(Path file) {
        this.file = file;
    }

    /** Passwords asked for win over those kept from an earlier start, and these over random ones. */
    static KeptPasswords in(Path file, Map<String, String> wanted) throws IOException {
        KeptPasswords kept = new KeptPasswords(file);
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                kept.passwords.load(reader);
            }
        }
        kept.passwords.putAll(wanted);
        return kept;
    }

    Login login(String user) {
        Object password = passwords.computeIfAbsent(user, any -> randomPassword());
        return new Login(user, (String) password);
    }

    void save() throws IOException {
        StringWriter text = new StringWriter();
        passwords.store(text, null);
        writePrivately(file, text.toString());
    }

    /** Creates or replaces a file that only this user can read, from its first byte on. */
    static void writePrivately(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(file + " is no regular file");
        }
        Files.writeString(file, text);
    }

    private static String randomPassword() {
        byte[] bytes = new byte[PASSWORD_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
