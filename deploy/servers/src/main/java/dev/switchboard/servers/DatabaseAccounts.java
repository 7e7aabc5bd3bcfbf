package dev.switchboard.servers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

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

    /** Passwords asked for win over those kept from an earlier start, and these over random ones. */
    static DatabaseAccounts in(Path dir, Map<String, String> wanted) throws IOException {
        KeptPasswords kept = KeptPasswords.in(dir.resolve(FILE), wanted);
        DatabaseAccounts accounts =
                new DatabaseAccounts(kept.login(MIGRATION), kept.login(WORKER), kept.login(GATEWAY));
        kept.save();
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
