package dev.switchboard.servers;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Redis server on the loopback interface, as durable as both programs demand, with its data, its log and its pid file in one
 * directory. {@link Binaries} says how another product takes its place. One thread at a time.
 */
public final class RedisServer implements AutoCloseable {
    private static final String VERSION = "7.0.15";
    private static final String LOG = "redis.log";
    private static final int RANDOM_PORT_ATTEMPTS = 3;
    /** Enough to read a large log back; an empty one takes a tenth of a second. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(1);
    private static final int ANSWER_BYTES_MAX = 16 * 1024;
    private static final Pattern PROCESS_ID = Pattern.compile("(?m)^process_id:(\\d+)\r?$");
    private static final Pattern LOADED = Pattern.compile("(?m)^loading:0\r?$");
    private static final Pattern VALKEY_VERSION = Pattern.compile("(?m)^valkey_version:(\\S+)\r?$");
    private static final Pattern REDIS_VERSION = Pattern.compile("(?m)^redis_version:(\\S+)\r?$");

    private final Options options;
    private final Path program;
    private final RedisAccounts accounts;
    private final int port;
    private ChildProcess process;
    private String product;

    /**
     * Port 0 takes a random one. Settings are those of {@code redis.conf} and win over ours. Passwords by user; who has none gets a
     * random one, or the one kept with the data. A wrapper stands before the program and replaces itself by it.
     */
    public record Options(
            Path dir, int port, Map<String, String> settings, Map<String, String> passwords, List<String> wrapper) {
        public Options {
            settings = Map.copyOf(settings);
            passwords = Map.copyOf(passwords);
            wrapper = List.copyOf(wrapper);
        }

        public static Options in(Path dir) {
            return new Options(dir, 0, Map.of(), Map.of(), List.of());
        }

        public Options withPort(int port) {
            return new Options(dir, port, settings, passwords, wrapper);
        }

        public Options with(String setting, String value) {
            Map<String, String> more = new LinkedHashMap<>(settings);
            more.put(setting, value);
            return new Options(dir, port, more, passwords, wrapper);
        }

        public Options behind(List<String> wrapper) {
            return new Options(dir, port, settings, passwords, wrapper);
        }

        /** A copy of that server, with the same users, so that it can take its place. Its link may lead over another port. */
        public Options replicaOf(RedisServer primary, int overPort) {
            Login admin = primary.accounts.admin();
            Options linked = with("replicaof", "127.0.0.1 " + overPort)
                    .with("masteruser", admin.user())
                    .with("masterauth", admin.password());
            return new Options(dir, port, linked.settings(), primary.accounts.passwords(), wrapper);
        }

        @Override
        public String toString() {
            return "Options[" + dir + ", port " + port + "]";
        }
    }

    private RedisServer(Options options, Path program, RedisAccounts accounts, int port) {
        this.options = options;
        this.program = program;
        this.accounts = accounts;
        this.port = port;
        this.process = launch();
        this.product = awaitReady();
    }

    /** A server on a random port with its data in that directory, which may hold data already. */
    public static RedisServer start(Path dir) {
        return start(Options.in(dir));
    }

    public static RedisServer start(Options options) {
        RedisAccounts accounts = prepare(options);
        Path program = program();
        if (options.port() != 0) {
            return new RedisServer(options, program, accounts, options.port());
        }
        for (int attempt = 1; ; attempt++) {
            int port = Ports.free();
            try {
                return new RedisServer(options, program, accounts, port);
            } catch (ServerStartException e) {
                // Another process may have taken the random port first; any other cause would only fail again.
                if (attempt == RANDOM_PORT_ATTEMPTS || Ports.isFree(port)) {
                    throw e;
                }
            }
        }
    }

    /** For tests and people: signs in as the admin, who may do everything. */
    public String url() {
        return url(accounts.admin());
    }

    /** As a gateway signs in. */
    public String gatewayUrl() {
        return url(accounts.gateway());
    }

    /** As a worker signs in. */
    public String workerUrl() {
        return url(accounts.worker());
    }

    /** One of these at a port that leads here. */
    public String over(int otherPort, String url) {
        return url.replace("@127.0.0.1:" + port, "@127.0.0.1:" + otherPort);
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Name and version, such as {@code Redis 7.0.15}. */
    public String product() {
        return product;
    }

    public Path log() {
        return options.dir().toAbsolutePath().resolve(LOG);
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() {
        process.kill();
    }

    /** Starts again on the same port with the same data; a server still running is stopped in order first. */
    public void restart() {
        process.close();
        process = launch();
        product = awaitReady();
    }

    /** SIGSTOP: connections stay open and nothing is answered. */
    public void pause() {
        process.pause();
    }

    /** SIGCONT. */
    public void resume() {
        process.resume();
    }

    @Override
    public void close() {
        process.close();
    }

    private static RedisAccounts prepare(Options options) {
        try {
            Files.createDirectories(options.dir());
            return RedisAccounts.in(options.dir(), options.passwords());
        } catch (IOException e) {
            throw new ServerStartException("Redis can't start: can't write to " + options.dir(), e);
        }
    }

    private String url(Login login) {
        return "redis://" + login.user() + ":" + login.password() + "@127.0.0.1:" + port;
    }

    private static Path program() {
        return Binaries.of(System.getenv()).redisServer().orElseGet(() -> {
            String name = "redis-server-" + VERSION + "-linux-" + Artifact.processor();
            return new Artifact("Redis", "", name)
                    .unpack(ServerCache.ofThisUser(), "redis-" + VERSION, path -> false)
                    .resolve(name);
        });
    }

    private ChildProcess launch() {
        Path dir = options.dir().toAbsolutePath();
        Path pidFile = dir.resolve("redis.pid");
        // Before the port is looked at: the one who holds it may be what a killed run left.
        new PidFile(pidFile).endLeftover("Redis");
        if (!Ports.isFree(port)) {
            throw new ServerStartException("Redis can't start: port " + port + " on 127.0.0.1 is in use");
        }
        List<String> arguments = new ArrayList<>(options.wrapper());
        arguments.addAll(List.of(program.toString(), "--port", Integer.toString(port)));
        Map<String, String> settings = new LinkedHashMap<>(Map.of(
                "bind", "127.0.0.1",
                "dir", dir.toString(),
                "save", "",
                "appendonly", "yes",
                "appendfsync", "always",
                "no-appendfsync-on-rewrite", "no",
                "maxmemory", "1gb",
                "maxmemory-policy", "noeviction",
                "tcp-keepalive", "60",
                "tcp-backlog", "128"));
        settings.put("aclfile", RedisAccounts.rules(dir).toString());
        // Below this a rewrite of the log costs more than the file it makes smaller.
        settings.put("auto-aof-rewrite-min-size", "512mb");
        // A gateway that pauses for two seconds under full load must not lose its subscriptions for it.
        settings.put("client-output-buffer-limit", "pubsub 256mb 128mb 60");
        settings.putAll(options.settings());
        settings.forEach((name, value) -> {
            arguments.add("--" + name);
            arguments.addAll(List.of(value.split(" ", -1)));
        });
        return ChildProcess.start(new ChildProcess.Command("Redis", arguments, System.getenv(), dir, log(), pidFile));
    }

    private String awaitReady() {
        String[] info = {""};
        boolean ready = Await.until(START_TIMEOUT, () -> {
            info[0] = info();
            return !process.isAlive()
                    || (LOADED.matcher(info[0]).find()
                            && first(PROCESS_ID, info[0]).equals(Long.toString(process.pid())));
        });
        if (ready && process.isAlive()) {
            String valkey = first(VALKEY_VERSION, info[0]);
            return valkey.isEmpty() ? "Redis " + first(REDIS_VERSION, info[0]) : "Valkey " + valkey;
        }
        String log = process.logTail();
        process.kill();
        process.close();
        throw new ServerStartException(
                "Redis didn't start on 127.0.0.1:%d; the end of its log:%n%s".formatted(port, log));
    }

    /** What the server says of itself; empty while it doesn't answer. */
    private String info() {
        try (Socket socket = new Socket()) {
            int timeoutMillis = (int) ANSWER_TIMEOUT.toMillis();
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMillis);
            socket.setSoTimeout(timeoutMillis);
            Login admin = accounts.admin();
            socket.getOutputStream()
                    .write(("AUTH " + admin.user() + " " + admin.password()
                                    + "\r\nINFO server\r\nINFO persistence\r\nQUIT\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            return new String(in.readNBytes(ANSWER_BYTES_MAX), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }

    private static String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }
}
