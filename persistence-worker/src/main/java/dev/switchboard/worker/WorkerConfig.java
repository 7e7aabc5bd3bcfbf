package dev.switchboard.worker;

import dev.switchboard.settings.Credentials;
import dev.switchboard.settings.DatabaseAddress;
import dev.switchboard.settings.Environment;
import dev.switchboard.settings.Secret;
import dev.switchboard.worker.batch.BatchConfig;
import dev.switchboard.worker.batch.LeaseConfig;
import dev.switchboard.worker.log.RedisConfig;
import dev.switchboard.worker.ops.ManagementConfig;
import dev.switchboard.worker.store.DatabaseConfig;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Everything an operator can set. The only class that knows the names of variables. */
public record WorkerConfig(
        RedisConfig redis, DatabaseConfig database, BatchConfig batch, LeaseConfig lease, ManagementConfig management) {
    private static final int ROWS_MAX = 2_000;
    private static final long BYTES_MAX = 1 << 20;
    /** Leases renew themselves three times; the server drops a session that is silent for 15 s. */
    private static final Duration LEASE_MAX = Duration.ofSeconds(30);

    private static final int DEAD_LETTERS_MAX = 100_000;

    private static final Pattern WORKER_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final String MIGRATION_USER = "switchboard_migration";
    private static final String NOWHERE = "jdbc:mysql://localhost/none";

    /** How log lines look. Read again by the logging configuration itself. */
    enum LogFormat {
        JSON,
        PLAIN
    }

    /** How much is logged. Read again by the logging configuration itself. */
    enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG
    }

    /** What the migrate command needs. */
    record Migration(DatabaseAddress address, Credentials credentials) {}

    /** What the dead-letters command needs. */
    record Letters(DatabaseConfig database, RedisConfig redis) {}

    /**
     * Reads all variables of the worker.
     *
     * @throws InvalidConfigException with every mistake
     */
    public static WorkerConfig from(Environment environment) {
        boolean allowWeak = environment.flag("DURABILITY_ALLOW_WEAK", false);
        RedisConfig redis = new RedisConfig(redisUrl(environment), allowWeak);
        DatabaseAddress address = address(environment);
        Credentials runtime = runtimeCredentials(environment);
        boolean migrate = environment.flag("MYSQL_MIGRATE", false);
        // Asked for in any case, so that the list of what is in effect is always the same.
        String migrationUser = environment.text("MYSQL_MIGRATION_USER", MIGRATION_USER);
        Optional<Secret> migrationPassword = environment.optionalSecret("MYSQL_MIGRATION_PASSWORD");
        if (migrate && migrationPassword.isEmpty()) {
            environment.problem("MYSQL_MIGRATION_PASSWORD", "is required where SWITCHBOARD_MYSQL_MIGRATE is true");
        }
        Optional<Credentials> migration =
                migrationPassword.filter(any -> migrate).map(password -> new Credentials(migrationUser, password));
        BatchConfig batch = new BatchConfig(
                environment.number("BATCH_ROWS_MAX", ROWS_MAX, 1, ROWS_MAX),
                environment.size("BATCH_BYTES_MAX", "1MiB", 64 << 10, BYTES_MAX),
                environment.duration("BATCH_PAUSE", "100ms", Duration.ZERO, Duration.ofMillis(500)));
        LeaseConfig lease = new LeaseConfig(
                workerId(environment), environment.duration("LEASE", "15s", Duration.ofSeconds(1), LEASE_MAX));
        int deadLettersMax = environment.number("DEAD_LETTERS_MAX", DEAD_LETTERS_MAX, 1, 10_000_000);
        ManagementConfig management = new ManagementConfig(
                environment.text("MANAGEMENT_HOST", "127.0.0.1"),
                environment.number("MANAGEMENT_PORT", 9090, 0, 65_535));
        environment.choice("LOG_FORMAT", LogFormat.JSON);
        environment.choice("LOG_LEVEL", LogLevel.INFO);
        refuseMistakes(environment);
        return new WorkerConfig(
                redis,
                new DatabaseConfig(address, runtime, migration, allowWeak, deadLettersMax),
                batch,
                lease,
                management);
    }

    /**
     * Reads only what the migrate command needs, so that it can run where nothing else is known.
     *
     * @throws InvalidConfigException with every mistake
     */
    static Migration migrationFrom(Environment environment) {
        Migration migration = new Migration(address(environment), migrationCredentials(environment));
        refuseMistakes(environment);
        return migration;
    }

    /**
     * Reads what the dead-letters command needs.
     *
     * @throws InvalidConfigException with every mistake
     */
    static Letters lettersFrom(Environment environment) {
        boolean allowWeak = environment.flag("DURABILITY_ALLOW_WEAK", false);
        RedisConfig redis = new RedisConfig(redisUrl(environment), allowWeak);
        DatabaseConfig database = new DatabaseConfig(
                address(environment), runtimeCredentials(environment), Optional.empty(), allowWeak, DEAD_LETTERS_MAX);
        refuseMistakes(environment);
        return new Letters(database, redis);
    }

    private static Credentials runtimeCredentials(Environment environment) {
        return new Credentials(
                environment.text("MYSQL_USER", "switchboard_worker"), environment.secret("MYSQL_PASSWORD"));
    }

    private static Secret redisUrl(Environment environment) {
        // A secret as a whole, because it may hold a password.
        Secret url = environment.secret("REDIS_URL");
        try {
            if (!url.reveal().isEmpty()) {
                RedisURI.create(url.reveal());
            }
        } catch (IllegalArgumentException e) {
            environment.problem("REDIS_URL", "must look like redis://host:6379 or rediss://user:password@host:6379");
        }
        return url;
    }

    private static DatabaseAddress address(Environment environment) {
        int mistakes = environment.problems().size();
        return DatabaseAddress.from(environment).orElseGet(() -> {
            if (environment.problems().size() == mistakes) {
                environment.problem("MYSQL_URL", "is required: set it to jdbc:mysql://host:3306/database");
            }
            return DatabaseAddress.parse(NOWHERE, DatabaseAddress.Tls.VERIFY_IDENTITY, false);
        });
    }

    private static Credentials migrationCredentials(Environment environment) {
        return new Credentials(
                environment.text("MYSQL_MIGRATION_USER", MIGRATION_USER),
                environment.secret("MYSQL_MIGRATION_PASSWORD"));
    }

    private static String workerId(Environment environment) {
        String random = UUID.randomUUID().toString().substring(0, 8);
        String id = environment.text("WORKER_ID", "worker");
        if (!WORKER_ID.matcher(id).matches()) {
            environment.problem("WORKER_ID", "must be 1 to 64 letters, digits, dots, dashes or underscores");
        }
        // A name given twice, or again after a restart, must not make two workers look like one.
        return id + "-" + random;
    }

    private static void refuseMistakes(Environment environment) {
        if (!environment.problems().isEmpty()) {
            throw new InvalidConfigException(environment.problems());
        }
    }
}
