package dev.switchboard.local;

import dev.switchboard.local.demo.SignInServer;
import dev.switchboard.servers.DatabaseServer;
import dev.switchboard.servers.Login;
import dev.switchboard.settings.Environment;
import dev.switchboard.settings.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The variables of one gateway or worker beside local servers: what was given, and over it what its place decides. One thread. */
public final class ServiceVariables {
    private static final String HOST = "127.0.0.1";

    private final Map<String, String> variables;

    private ServiceVariables(Map<String, String> given) {
        this.variables = new TreeMap<>(given);
    }

    public static ServiceVariables over(Map<String, String> given) {
        return new ServiceVariables(given);
    }

    /** By the name without prefix. A secret may be given as a value or in a file, not as both. */
    public ServiceVariables with(String name, String value) {
        String variable = Environment.name(name);
        variables.put(variable, value);
        variables.remove(variable + "_FILE");
        return this;
    }

    public ServiceVariables managedAt(int port) {
        return with("MANAGEMENT_PORT", Integer.toString(port));
    }

    public ServiceVariables redis(String url) {
        return with("REDIS_URL", url);
    }

    /** The database as a worker uses it, at an address that leads to it. */
    public ServiceVariables workerOf(DatabaseServer database, String jdbcUrl) {
        return database(jdbcUrl, database.worker())
                .with("MYSQL_MIGRATION_USER", database.migration().user())
                .with("MYSQL_MIGRATION_PASSWORD", database.migration().password())
                .with("MYSQL_MIGRATE", "true");
    }

    /** The database as a gateway uses it, at an address that leads to it. */
    public ServiceVariables gatewayOf(DatabaseServer database, String jdbcUrl) {
        return database(jdbcUrl, database.gateway());
    }

    /** A gateway's public port, and at which ports of this machine people open the pages of its kind, besides what was given. */
    public ServiceVariables publicAt(int port, List<Integer> pages) {
        List<String> origins = new ArrayList<>();
        for (int page : pages) {
            origins.add("http://localhost:" + page);
            origins.add("http://" + HOST + ":" + page);
        }
        Optional.ofNullable(variables.get(Environment.name("ALLOWED_ORIGINS"))).ifPresent(origins::add);
        return with("HOST", HOST)
                .with("PORT", Integer.toString(port))
                .with("ALLOWED_ORIGINS", String.join(",", origins))
                .with("TRUSTED_PROXIES", "direct");
    }

    /** Whose tokens a gateway takes. */
    public ServiceVariables signedWith(Secret secret) {
        return with("JWT_SECRET", secret.reveal()).with("COOKIE_NAME", SignInServer.COOKIE);
    }

    /** Event loops of one of so many gateways, which share this machine's processors. */
    public ServiceVariables sharing(int gateways) {
        int processors = Runtime.getRuntime().availableProcessors();
        return with("THREADS", Integer.toString(Math.max(1, processors / gateways)));
    }

    public Map<String, String> asMap() {
        return Map.copyOf(variables);
    }

    private ServiceVariables database(String jdbcUrl, Login login) {
        return with("MYSQL_URL", jdbcUrl)
                .with("MYSQL_USER", login.user())
                .with("MYSQL_PASSWORD", login.password())
                .with("MYSQL_TLS", "plaintext");
    }
}
