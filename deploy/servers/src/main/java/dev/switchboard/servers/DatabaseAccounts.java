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

/**
 * The three users of the database and what each may do: the migration user changes tables, the worker changes rows, the gateway
 * reads. Their passwords are kept beside the data, readable by nobody else. One thread at a time.
 */
record DatabaseAccounts(Login migration, Login worker, Login gateway) {
    static final String MIGRATION = "switchboard_migration";
    static final String WORKER = "switchboard_worker";
    static final String GATEWAY = "switchboard_gateway";
    static final String DATABASE = "switchboard";

    private static final String FILE = "database-logins.properties";
    private static final int PASSWORD_BYTES = 18;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Passwords asked for win over those kept from an earlier start, and these over random ones. */
    static DatabaseAccounts in(Path dir, Map<String, String> wanted) throws IOException {
        Path file = dir.resolve(FILE);
        Properties kept = new Properties();
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                kept.load(reader);
            }
        }
        kept.putAll(wanted);
        DatabaseAccounts accounts =
                new DatabaseAccounts(login(MIGRATION, kept), login(WORKER, kept), login(GATEWAY, kept));
        StringWriter text = new StringWriter();
        kept.store(text, null);
        writePrivately(file, text.toString());
        return accounts;
    }

    /**
     * One statement per line, to be run before anybody can connect, at every start: it makes the users, or gives them the passwords
     * in effect.
     */
    String sql(DatabaseEngine engine) {
        return String.join(
                "\n",
                "CREATE DATABASE IF NOT EXISTS " + DATABASE + " CHARACTER SET utf8mb4;",
                engine.lockRoot(),
                account(migration, "ALL PRIVILEGES"),
                account(worker, "SELECT, INSERT, UPDATE, DELETE"),
                account(gateway, "SELECT"),
                "");
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

    private static Login login(String user, Properties passwords) {
        Object password = passwords.computeIfAbsent(user, any -> randomPassword());
        return new Login(user, (String) password);
    }

    private static String randomPassword() {
        byte[] bytes = new byte[PASSWORD_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String account(Login login, String privileges) {
        String user = "'" + login.user() + "'@'127.0.0.1'";
        String password = "'" + login.password().replace("\\", "\\\\").replace("'", "''") + "'";
        return String.join(
                "\n",
                "CREATE USER IF NOT EXISTS " + user + " IDENTIFIED BY " + password + ";",
                "ALTER USER " + user + " IDENTIFIED BY " + password + ";",
                "GRANT " + privileges + " ON " + DATABASE + ".* TO " + user + ";");
    }
}
