package dev.switchboard.gateway;

import dev.switchboard.gateway.api.ws.FrameHandler;
import dev.switchboard.gateway.auth.AuthConfig;
import dev.switchboard.gateway.desk.ReadHistory;
import dev.switchboard.gateway.desk.RequestRates;
import dev.switchboard.gateway.desk.SendMessage;
import dev.switchboard.gateway.desk.TextRules;
import dev.switchboard.gateway.history.HistoryDatabase;
import dev.switchboard.gateway.log.Append;
import dev.switchboard.gateway.log.Durability;
import dev.switchboard.gateway.log.LogLimits;
import dev.switchboard.gateway.net.ClientAddress;
import dev.switchboard.gateway.session.SessionLimits;
import dev.switchboard.proto.v1.Limits;
import dev.switchboard.settings.Credentials;
import dev.switchboard.settings.DatabaseAddress;
import dev.switchboard.settings.Environment;
import dev.switchboard.settings.Secret;
import io.lettuce.core.RedisURI;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Everything an operator can set, read once at the start. With {@link AuthConfig} the only class that knows variable names. */
public record GatewayConfig(
        Listen listen,
        Redis redis,
        AuthConfig auth,
        SessionLimits session,
        Admission admission,
        Speech speech,
        Http http,
        LogLimits log,
        HistoryDatabase.Settings history,
        Duration drain) {

    /**
     * The two ports.
     *
     * @param tls certificate and key; empty where TLS ends in front of the gateway
     */
    public record Listen(InetSocketAddress open, InetSocketAddress management, Optional<Tls> tls, int threads) {}

    /** PEM files. */
    public record Tls(Path certificate, Path key) {}

    /**
     * Where Redis is, and when a message counts as accepted.
     *
     * @param allowWeak run although it may lose what was accepted
     */
    public record Redis(Secret url, boolean allowWeak, Durability promise) {}

    /**
     * Who may connect, as far as numbers go.
     *
     * @param requestTimeout from accepting a connection to a whole request
     * @param loopLagMax how late an event loop may be all the time; beyond it nobody new is let in
     */
    public record Admission(
            int connectionsMax,
            int perAddressMax,
            int handshakesPerSecondMax,
            Duration requestTimeout,
            Duration loopLagMax,
            ClientAddress addresses) {}

    /** What may be said, and how often. */
    public record Speech(TextRules text, SendMessage.Rates rates) {}

    /**
     * Requests over HTTP.
     *
     * @param idle from an answer to the next request of a connection
     * @param signIn where a page without a token leads; empty: it shows one that says so
     */
    public record Http(
            Duration idle,
            RequestRates.Rate user,
            RequestRates.Rate admin,
            ReadHistory.Page page,
            Optional<URI> signIn) {}

    private enum LogFormat {
        JSON,
        PLAIN
    }

    private enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG
    }

    private static final Duration DAY = Duration.ofDays(1);

    /** Reads all variables. The caller looks at {@link Environment#problems} before using the result. */
    public static GatewayConfig from(Environment environment) {
        // Read by the logging configuration itself; here only so that a mistake is told and they are listed.
        environment.choice("LOG_FORMAT", LogFormat.JSON);
        environment.choice("LOG_LEVEL", LogLevel.INFO);
        return new GatewayConfig(
                listen(environment),
                new Redis(
                        redisUrl(environment), environment.flag("DURABILITY_ALLOW_WEAK", false), promise(environment)),
                AuthConfig.from(environment),
                new SessionLimits(
                        environment.number("UNANSWERED_SENDS_MAX", 32, 1, 1_000),
                        (int) environment.size("OUTBOUND_MAX", "1MiB", 256 << 10, 64 << 20),
                        environment.size("OUTBOUND_TOTAL_MAX", "64MiB", 256 << 10, 16L << 30),
                        environment.duration("UNWRITABLE_MAX", "10s", Duration.ofSeconds(1), Duration.ofMinutes(1)),
                        environment.duration("PING_INTERVAL", "20s", Duration.ofSeconds(1), Duration.ofMinutes(5)),
                        environment.duration("BEACON_INTERVAL", "15s", Duration.ofSeconds(1), Duration.ofSeconds(20)),
                        environment.number("CONNECTIONS_PER_USER_MAX", 10, 1, 10_000)),
                admission(environment),
                speech(environment),
                http(environment),
                new LogLimits(
                        environment.number("BACKLOG_MESSAGES_MAX", 1_000_000, 1, Integer.MAX_VALUE),
                        environment.number("REDIS_MEMORY_PERCENT_MAX", 80, 1, 100),
                        environment.number("DEDUPE_IDS_MAX", 100_000, 1, 10_000_000),
                        environment.duration("DEDUPE_AGE", "12h", Duration.ofMinutes(1), DAY.multipliedBy(7)),
                        environment.number("APPENDS_IN_FLIGHT_MAX", 5_000, 1, 1_000_000),
                        environment.size("APPEND_BYTES_IN_FLIGHT_MAX", "32MiB", 1 << 20, 1 << 30),
                        environment.duration("REDIS_TIMEOUT", "2s", Duration.ofMillis(100), Duration.ofSeconds(10))),
                history(environment),
                environment.duration("DRAIN", "10s", Duration.ZERO, Duration.ofMinutes(10)));
    }

    private static HistoryDatabase.Settings history(Environment environment) {
        Optional<DatabaseAddress> address = DatabaseAddress.from(environment);
        String user = environment.text("MYSQL_USER", "switchboard_gateway");
        Optional<Secret> password = environment.optionalSecret("MYSQL_PASSWORD");
        if (address.isPresent() && password.isEmpty()) {
            environment.problem("MYSQL_PASSWORD", "is required where SWITCHBOARD_MYSQL_URL is set");
        }
        return new HistoryDatabase.Settings(
                address,
                new Credentials(user, password.orElseGet(() -> new Secret(""))),
                environment.number("MYSQL_CONNECTIONS_MAX", 8, 1, 100),
                environment.duration("MYSQL_STATEMENT_TIMEOUT", "5s", Duration.ofSeconds(1), Duration.ofMinutes(1)));
    }

    /** What clients are told of the limits. */
    Limits announced() {
        return Limits.newBuilder()
                .setTextCodePointsMax(speech.text().codePointsMax())
                .setTextBytesMax(speech.text().bytesMax())
                .setFrameBytesMax(FrameHandler.MESSAGE_BYTES_MAX)
                .setUnansweredMax(session.unansweredSendsMax())
                .setPingIntervalMs((int) session.pingInterval().toMillis())
                .setSilenceMaxMs((int) (session.pingInterval().toMillis() * 7 / 4))
                .build();
    }

    private static Listen listen(Environment environment) {
        String host = environment.text("HOST", "127.0.0.1");
        int port = environment.number("PORT", 8080, 0, 65_535);
        Optional<Path> certificate =
                environment.optionalText("TLS_CERTIFICATE_FILE").map(Path::of);
        Optional<Path> key = environment.optionalText("TLS_KEY_FILE").map(Path::of);
        boolean allowPlaintext = environment.flag("ALLOW_PLAINTEXT", false);
        if (certificate.isPresent() != key.isPresent()) {
            environment.problem(
                    "TLS_KEY_FILE", "and SWITCHBOARD_TLS_CERTIFICATE_FILE belong together: set both or none");
        }
        certificate.ifPresent(file -> readable(environment, "TLS_CERTIFICATE_FILE", file));
        key.ifPresent(file -> readable(environment, "TLS_KEY_FILE", file));
        InetSocketAddress open = address(environment, "HOST", host, port);
        if (certificate.isEmpty()
                && !allowPlaintext
                && !open.isUnresolved()
                && !open.getAddress().isLoopbackAddress()) {
            environment.problem(
                    "HOST",
                    "is " + host + ", where passwords and messages would travel in plain text: set "
                            + "SWITCHBOARD_TLS_CERTIFICATE_FILE and SWITCHBOARD_TLS_KEY_FILE, or "
                            + "SWITCHBOARD_ALLOW_PLAINTEXT=true where TLS ends in front of this gateway");
        }
        InetSocketAddress management = address(
                environment,
                "MANAGEMENT_HOST",
                environment.text("MANAGEMENT_HOST", "127.0.0.1"),
                environment.number("MANAGEMENT_PORT", 9090, 0, 65_535));
        int threads = environment.number("THREADS", Runtime.getRuntime().availableProcessors(), 1, 64);
        return new Listen(
                open, management, certificate.flatMap(file -> key.map(keyFile -> new Tls(file, keyFile))), threads);
    }

    static Secret redisUrl(Environment environment) {
        Secret url = environment.secret("REDIS_URL");
        if (!url.reveal().isEmpty()) {
            try {
                RedisURI.create(url.reveal());
            } catch (IllegalArgumentException e) {
                // Not its message: that quotes the URL, and with it the password.
                environment.problem("REDIS_URL", "is no URL such as redis://user:password@host:6379");
            }
        }
        return url;
    }

    private static Durability promise(Environment environment) {
        String text = environment.text("ACK_DURABILITY", "local");
        Duration timeout =
                environment.duration("ACK_STORED_TIMEOUT", "5s", Duration.ofMillis(100), Durability.STORED_TIMEOUT_MAX);
        return Durability.parse(text, timeout).orElseGet(() -> {
            environment.problem(
                    "ACK_DURABILITY",
                    "must be local, replicated(N) with N from 1 to " + Durability.REPLICAS_MAX + ", or stored, was \""
                            + text + "\"");
            return new Durability.Local();
        });
    }

    private static Admission admission(Environment environment) {
        return new Admission(
                environment.number("CONNECTIONS_MAX", 19_000, 1, 1_000_000),
                environment.number("CONNECTIONS_PER_ADDRESS_MAX", 500, 1, 1_000_000),
                environment.number("HANDSHAKES_PER_SECOND_MAX", 2_000, 1, 100_000),
                environment.duration("REQUEST_TIMEOUT", "10s", Duration.ofMillis(100), Duration.ofMinutes(1)),
                environment.duration("LOOP_LAG_MAX", "250ms", Duration.ofMillis(10), Duration.ofSeconds(10)),
                addresses(environment));
    }

    private static ClientAddress addresses(Environment environment) {
        List<String> proxies = environment.list("TRUSTED_PROXIES", "");
        if (proxies.isEmpty()) {
            return ClientAddress.unknown();
        }
        if (proxies.equals(List.of("direct"))) {
            return ClientAddress.direct();
        }
        try {
            return ClientAddress.behind(proxies);
        } catch (IllegalArgumentException e) {
            environment.problem("TRUSTED_PROXIES", "is wrong: " + e.getMessage() + "; or say direct");
            return ClientAddress.unknown();
        }
    }

    private static Speech speech(Environment environment) {
        TextRules text = new TextRules(environment.number("TEXT_CODE_POINTS_MAX", 4_000, 1, 16_000), (int)
                environment.size("TEXT_MAX", "16KiB", 4, 48 << 10));
        return new Speech(
                text,
                new SendMessage.Rates(
                        rate(environment, "RATE_USER", 60, 20), rate(environment, "RATE_ADMIN", 600, 100)));
    }

    private static Http http(Environment environment) {
        return new Http(
                environment.duration("HTTP_IDLE_TIMEOUT", "75s", Duration.ofMillis(100), Duration.ofMinutes(10)),
                requests(environment, "HTTP_RATE_USER", 600, 120),
                requests(environment, "HTTP_RATE_ADMIN", 6_000, 600),
                new ReadHistory.Page(
                        environment.number("HISTORY_PAGE_MESSAGES_MAX", 100, 1, 1_000),
                        environment.size("HISTORY_PAGE_MAX", "512KiB", 64 << 10, 8 << 20)),
                signIn(environment));
    }

    private static RequestRates.Rate requests(Environment environment, String name, int perMinute, int burst) {
        return RequestRates.Rate.perMinute(
                environment.number(name + "_PER_MINUTE", perMinute, 1, 60_000_000),
                environment.number(name + "_BURST", burst, 1, 1_000_000));
    }

    private static Optional<URI> signIn(Environment environment) {
        return environment.optionalText("SIGN_IN_URL").flatMap(text -> {
            try {
                URI uri = new URI(text);
                boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
                if (web && uri.getHost() != null && uri.getUserInfo() == null && uri.getFragment() == null) {
                    return Optional.of(uri);
                }
            } catch (URISyntaxException e) {
                // Told below, with the other ways to be wrong.
            }
            environment.problem("SIGN_IN_URL", "must be an http or https URL without a fragment, was " + text);
            return Optional.<URI>empty();
        });
    }

    private static Append.Rate rate(Environment environment, String name, int perMinute, int burst) {
        int messages = environment.number(name + "_PER_MINUTE", perMinute, 1, 60_000_000);
        return new Append.Rate(environment.number(name + "_BURST", burst, 1, 1_000_000), 60_000.0 / messages);
    }

    private static InetSocketAddress address(Environment environment, String name, String host, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            environment.problem(name, "is no address of this machine: " + host);
            return InetSocketAddress.createUnresolved(host, port);
        }
    }

    private static void readable(Environment environment, String name, Path file) {
        if (!Files.isReadable(file)) {
            environment.problem(name, "names a file that can't be read: " + file);
        }
    }
}
