package dev.switchboard.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A MariaDB server on the loopback interface with one database, {@value DatabaseAccounts#DATABASE}, and three users who are not
 * root; root can't sign in over the network. Data, log, passwords and pid file are in one directory. {@link Binaries} says how
 * MySQL takes its place. One thread at a time.
 */
public final class DatabaseServer implements AutoCloseable {
    private static final int RANDOM_PORT_ATTEMPTS = 3;
    /** Enough to recover after a kill; a fresh one takes half a second. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);

    private static final Duration STOP_GRACE = Duration.ofSeconds(20);
    private static final Duration GREETING_TIMEOUT = Duration.ofSeconds(1);
    private static final int GREETING_BYTES_MAX = 128;
    private static final int PACKET_HEADER_BYTES = 4;
    private static final byte PROTOCOL_VERSION = 10;
    /** Where the data lies inside the directory. */
    private static final String DATA = "database";

    private final Options options;
    private final DatabaseEngine engine;
    private final DatabaseAccounts accounts;
    private final int port;
    private ChildProcess process;
    private String product;

    /**
     * Port 0 takes a random one. Passwords by user; who has none gets a random one, or the one kept with the data. Arguments are
     * those of the server program and win over ours. A wrapper stands before the program and replaces itself by it.
     */
    public record Options(
            Path dir, int port, Map<String, String> passwords, List<String> arguments, List<String> wrapper) {
        public Options {
            wrapper = List.copyOf(wrapper);
            passwords = Map.copyOf(passwords);
            arguments = List.copyOf(arguments);
        }

        public static Options in(Path dir) {
            return new Options(dir, 0, Map.of(), List.of(), List.of());
        }

        public Options withPort(int port) {
            return new Options(dir, port, passwords, arguments, wrapper);
        }

        public Options withPasswords(String migration, String worker, String gateway) {
            Map<String, String> all = new HashMap<>();
            all.put(DatabaseAccounts.MIGRATION, migration);
            all.put(DatabaseAccounts.WORKER, worker);
            all.put(DatabaseAccounts.GATEWAY, gateway);
            return new Options(dir, port, all, arguments, wrapper);
        }

        public Options with(String argument) {
            List<String> more = new ArrayList<>(arguments);
            more.add(argument);
            return new Options(dir, port, passwords, more, wrapper);
        }

        public Options behind(List<String> wrapper) {
            return new Options(dir, port, passwords, arguments, wrapper);
        }

        @Override
        public String toString() {
            return "Options[" + dir + ", port " + port + "]";
        }
    }

    private DatabaseServer(Options options, DatabaseEngine engine, DatabaseAccounts accounts, int port) {
        this.options = options;
        this.engine = engine;
        this.accounts = accounts;
        this.port = port;
        this.process = launch();
        this.product = awaitReady();
    }

    /** A server on a random port with its data in that directory; a database already there is used again. */
    public static DatabaseServer start(Path dir) {
        return start(Options.in(dir));
    }

    public static DatabaseServer start(Options options) {
        DatabaseEngine engine = DatabaseEngine.of(Binaries.of(System.getenv()));
        DatabaseAccounts accounts = prepare(options, engine);
        if (options.port() != 0) {
            return new DatabaseServer(options, engine, accounts, options.port());
        }
        for (int attempt = 1; ; attempt++) {
            int port = Ports.free();
            try {
                return new DatabaseServer(options, engine, accounts, port);
            } catch (ServerStartException e) {
                // Another process may have taken the random port first; any other cause would only fail again.
                if (attempt == RANDOM_PORT_ATTEMPTS || Ports.isFree(port)) {
                    throw e;
                }
            }
        }
    }

    /** Without user and password. Connect in plaintext: MariaDB speaks no TLS here. */
    public String jdbcUrl() {
        return jdbcUrl(port);
    }

    /** The same by way of another port of this machine that leads here. */
    public String jdbcUrl(int port) {
        return "jdbc:mysql://127.0.0.1:" + port + "/" + DatabaseAccounts.DATABASE + engine.addressOptions(data());
    }

    /** The directory of its data. */
    public Path data() {
        return options.dir().toAbsolutePath().resolve(DATA);
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

    /** Name and version, such as {@code MariaDB 11.4.5}. */
    public String product() {
        return product;
    }

    /** May change tables and rows of the database. */
    public Login migration() {
        return accounts.migration();
    }

    /** May read and change rows. */
    public Login worker() {
        return accounts.worker();
    }

    /** May read. */
    public Login gateway() {
        return accounts.gateway();
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() {
        process.kill();
    }

    /** Starts again on the same port with the same data; a server still running is stopped in order first. */
    public void restart() {
        close();
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
        process.stop(STOP_GRACE);
    }

    private static DatabaseAccounts prepare(Options options, DatabaseEngine engine) {
        Path data = options.dir().resolve(DATA);
        try {
            Files.createDirectories(options.dir());
            new PidFile(pidFile(options.dir())).endLeftover(engine.name());
            if (!Files.isDirectory(data)) {
                Path copy = options.dir().resolve(DATA + ".copy");
                ServerCache.deleteTree(copy);
                engine.createData(copy);
                Files.move(copy, data, StandardCopyOption.ATOMIC_MOVE);
            }
            return DatabaseAccounts.in(options.dir(), options.passwords());
        } catch (IOException e) {
            throw new ServerStartException(
                    "%s can't start: %s: %s".formatted(engine.name(), options.dir(), e.getMessage()), e);
        }
    }

    private static Path pidFile(Path dir) {
        return dir.resolve("database.pid");
    }

    private ChildProcess launch() {
        if (!Ports.isFree(port)) {
            throw new ServerStartException(
                    "%s can't start: port %d on 127.0.0.1 is in use".formatted(engine.name(), port));
        }
        Path dir = options.dir().toAbsolutePath();
        List<String> arguments = new ArrayList<>(options.wrapper());
        arguments.addAll(engine.command());
        arguments.addAll(List.of(
                "--datadir=" + dir.resolve(DATA),
                "--bind-address=127.0.0.1",
                "--port=" + port,
                // Relative to the data directory: a socket's path may have 107 bytes at most.
                "--socket=socket",
                "--pid-file=pid",
                "--skip-name-resolve",
                "--skip-log-bin",
                "--character-set-server=utf8mb4",
                "--innodb-flush-log-at-trx-commit=1",
                "--init-file=" + accountsFile()));
        arguments.addAll(options.arguments());
        try {
            // Left by a kill, it names a process id that may be anybody's by now. The pid file said that nobody is at
            // work here.
            Files.deleteIfExists(dir.resolve(DATA).resolve("socket.lock"));
            KeptPasswords.writePrivately(accountsFile(), accounts.sql(engine));
        } catch (IOException e) {
            throw new ServerStartException(engine.name() + " can't start: can't write in " + dir, e);
        }
        return ChildProcess.start(new ChildProcess.Command(
                engine.name(), arguments, System.getenv(), dir, dir.resolve("database.log"), pidFile(dir)));
    }

    private String awaitReady() {
        String[] version = {""};
        boolean ready = Await.until(START_TIMEOUT, () -> {
            version[0] = greeting();
            return !process.isAlive() || !version[0].isEmpty();
        });
        deleteAccountsFile();
        if (ready && process.isAlive()) {
            return engine.name() + " " + version[0].replaceFirst("-.*", "");
        }
        String log = process.logTail();
        process.kill();
        process.close();
        throw new ServerStartException(
                "%s didn't start on 127.0.0.1:%d; the end of its log:%n%s".formatted(engine.name(), port, log));
    }

    /** The version with which the server greets a new connection; empty while it doesn't. */
    private String greeting() {
        try (Socket socket = new Socket()) {
            int timeoutMillis = (int) GREETING_TIMEOUT.toMillis();
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMillis);
            socket.setSoTimeout(timeoutMillis);
            InputStream in = socket.getInputStream();
            byte[] packet = new byte[GREETING_BYTES_MAX];
            int length = in.read(packet);
            if (length <= PACKET_HEADER_BYTES || packet[PACKET_HEADER_BYTES] != PROTOCOL_VERSION) {
                return "";
            }
            String text = new String(
                    packet, PACKET_HEADER_BYTES + 1, length - PACKET_HEADER_BYTES - 1, StandardCharsets.US_ASCII);
            return text.substring(0, Math.max(0, text.indexOf('\0')));
        } catch (IOException e) {
            return "";
        }
    }

    private Path accountsFile() {
        return options.dir().toAbsolutePath().resolve("database-accounts.sql");
    }

    private void deleteAccountsFile() {
        try {
            Files.deleteIfExists(accountsFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
