package dev.switchboard.local;

import dev.switchboard.settings.Environment;
import dev.switchboard.settings.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a local stack consists of, from these variables:
 * <ul>
 *   <li>{@code SWITCHBOARD_LOCAL_DATA}, {@code fresh}: {@code keep} starts with the data of the run before;
 *   <li>{@code SWITCHBOARD_LOCAL_DIR}, {@code .local}: where data and logs are; relative to the project;
 *   <li>{@code SWITCHBOARD_LOCAL_GATEWAYS}, 2, and {@code SWITCHBOARD_LOCAL_WORKERS}, 1: how many of each;
 *   <li>{@code SWITCHBOARD_LOCAL_GATEWAY_PORT}, 8080: the first gateway's; the others follow;
 *   <li>{@code SWITCHBOARD_LOCAL_SIGN_IN_PORT}, 8090: the demo's sign-in page;
 *   <li>{@code SWITCHBOARD_LOCAL_MANAGEMENT_PORT}, 9090: metrics and health of the first gateway; the others and the workers
 *       follow;
 *   <li>{@code SWITCHBOARD_LOCAL_REDIS_PORT}, 16379, and {@code SWITCHBOARD_LOCAL_MYSQL_PORT}, 13306: the servers it starts;
 *   <li>{@code SWITCHBOARD_LOCAL_TOKEN_LIFE}, 12h: how long a sign-in lasts;
 *   <li>{@code SWITCHBOARD_REDIS_URL}: this Redis instead of one of its own;
 *   <li>{@code SWITCHBOARD_MYSQL_URL}: this database instead of one of its own; the worker reads its other
 *       {@code SWITCHBOARD_MYSQL_…} variables from the environment then;
 *   <li>{@code SWITCHBOARD_JWT_SECRET}: signs the tokens; random if not set.
 * </ul>
 * Every other variable goes to the gateways and workers as it is; {@code SWITCHBOARD_ALLOWED_ORIGINS} adds to their own.
 *
 * @param variables what gateways and workers get besides what the stack decides
 */
public record LocalConfig(Data data, Count count, LocalPorts ports, External external, Map<String, String> variables) {
    private static final int PROCESSES_MAX = 8;
    private static final String DEFAULT_DIRECTORY = ".local";

    /** Where data, logs and pid files are, and whether what lies there is used again. */
    public record Data(Path dir, boolean keep) {}

    /** How many processes of each program. */
    public record Count(int gateways, int workers) {}

    /** Servers that are there already, and how tokens are signed. */
    public record External(
            Optional<String> redisUrl, Optional<String> mysqlUrl, Optional<Secret> jwtSecret, Duration tokenLife) {
        /** Everything of its own, as tests want it. */
        public static External none() {
            return new External(Optional.empty(), Optional.empty(), Optional.empty(), Duration.ofHours(12));
        }
    }

    private enum DataChoice {
        FRESH,
        KEEP
    }

    public LocalConfig {
        variables = Map.copyOf(variables);
        if (count.gateways() != ports.gateways().size()
                || count.gateways() != ports.gatewayManagement().size()
                || count.workers() != ports.workerManagement().size()) {
            throw new IllegalArgumentException("as many ports as processes are needed: " + count + ", " + ports);
        }
    }

    /** Fresh data and random ports, for tests and measurements; the environment of this JVM goes to the programs. */
    public static LocalConfig random(Path dir, int gateways, int workers) {
        return new LocalConfig(
                new Data(dir, false),
                new Count(gateways, workers),
                LocalPorts.random(gateways, workers),
                External.none(),
                System.getenv());
    }

    /** Reads the variables; mistakes are with the environment afterwards. */
    static LocalConfig from(Environment environment, Map<String, String> variables, Path project) {
        boolean keep = environment.choice("LOCAL_DATA", DataChoice.FRESH) == DataChoice.KEEP;
        Path dir = project.resolve(environment.text("LOCAL_DIR", DEFAULT_DIRECTORY));
        int gateways = environment.number("LOCAL_GATEWAYS", 2, 1, PROCESSES_MAX);
        int workers = environment.number("LOCAL_WORKERS", 1, 1, PROCESSES_MAX);
        External external = new External(
                environment.optionalText("REDIS_URL"),
                environment.optionalText("MYSQL_URL"),
                environment.optionalSecret("JWT_SECRET"),
                environment.duration("LOCAL_TOKEN_LIFE", "12h", Duration.ofMinutes(1), Duration.ofDays(30)));
        return new LocalConfig(
                new Data(dir, keep),
                new Count(gateways, workers),
                LocalPorts.from(environment, gateways, workers),
                external,
                variables);
    }

    /** The same with one more variable for gateways and workers, such as a limit that a measurement needs higher. */
    public LocalConfig with(String variable, String value) {
        Map<String, String> more = new HashMap<>(variables);
        more.put(variable, value);
        return new LocalConfig(data, count, ports, external, more);
    }

    @Override
    public String toString() {
        // Without the variables: they may hold secrets.
        return "LocalConfig[" + data + ", " + count + ", " + ports + "]";
    }
}
