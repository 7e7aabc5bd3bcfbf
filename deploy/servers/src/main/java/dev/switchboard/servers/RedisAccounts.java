package dev.switchboard.servers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The three users of Redis and what each may do, as {@code deploy/redis/users.acl} says: the admin everything, gateway and worker
 * what their work needs. Nobody gets in without signing in. Immutable; the passwords are kept beside the data.
 */
record RedisAccounts(Login admin, Login gateway, Login worker) {
    private static final String ADMIN = "switchboard_admin";
    private static final String GATEWAY = "switchboard_gateway";
    private static final String WORKER = "switchboard_worker";
    private static final String PASSWORDS = "redis-logins.properties";
    private static final String RULES = "users.acl";

    /** Passwords asked for win over those kept in this directory, and these over random ones. Writes the file that Redis reads. */
    static RedisAccounts in(Path dir, Map<String, String> wanted) throws IOException {
        KeptPasswords kept = KeptPasswords.in(dir.resolve(PASSWORDS), wanted);
        RedisAccounts accounts = new RedisAccounts(kept.login(ADMIN), kept.login(GATEWAY), kept.login(WORKER));
        kept.save();
        KeptPasswords.writePrivately(rules(dir), accounts.rules());
        return accounts;
    }

    /** The file that Redis is started with. */
    static Path rules(Path dir) {
        return dir.resolve(RULES);
    }

    /** By user. */
    Map<String, String> passwords() {
        return Map.of(ADMIN, admin.password(), GATEWAY, gateway.password(), WORKER, worker.password());
    }

    private String rules() throws IOException {
        try (InputStream in = RedisAccounts.class.getResourceAsStream("/redis/" + RULES)) {
            if (in == null) {
                throw new IOException(RULES + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("ADMIN_PASSWORD_SHA256", sha256(admin))
                    .replace("GATEWAY_PASSWORD_SHA256", sha256(gateway))
                    .replace("WORKER_PASSWORD_SHA256", sha256(worker))
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .collect(Collectors.joining("\n", "", "\n"));
        }
    }

    private static String sha256(Login login) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(login.password().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
