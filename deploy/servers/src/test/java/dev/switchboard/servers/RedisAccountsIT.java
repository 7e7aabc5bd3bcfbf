package dev.switchboard.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signs in as each user of Redis and tries what is not in its list. */
@Tag("SEC37")
class RedisAccountsIT {
    private static final int ANSWER_MILLIS_MAX = 10_000;
    /** Anybody may send these, signed in or not. */
    private static final Set<String> FOR_ANYBODY = Set.of("auth", "hello", "quit", "reset");

    private static final int ARGUMENTS_MAX = 6;

    @TempDir
    static Path dir;

    @SuppressWarnings("NullAway.Init")
    private static RedisServer redis;

    @BeforeAll
    static void start() throws IOException {
        redis = RedisServer.start(dir);
        ask(redis.url(), "SET {p1}:c:1 there", "SET elsewhere there", "XADD {p1}:log * e 1");
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "XTRIM {p1}:log MINID 0",
                "XTRIM {p1}:log MAXLEN 0",
                "FLUSHALL",
                "FLUSHDB",
                "DEL {p1}:log",
                "XDEL {p1}:log 0-1",
                "KEYS *",
                "SCAN 0",
                "CONFIG SET appendfsync no",
                "CONFIG REWRITE",
                "ACL LIST",
                "ACL SETUSER switchboard_gateway +@all",
                "SHUTDOWN NOSAVE",
                "MONITOR",
                "CLIENT KILL TYPE normal",
                "REPLICAOF NO ONE",
                "SCRIPT FLUSH",
                "FUNCTION DELETE any",
                "PUBLISH {p1}:admins forged",
                "SUBSCRIBE {p1}:admins",
                "GET elsewhere",
                "SET elsewhere gone",
                "SPUBLISH elsewhere forged",
                "SPUBLISH {p1}:other forged",
                "SSUBSCRIBE elsewhere",
                "EVAL \"return redis.call('XTRIM',KEYS[1],'MINID','0')\" 1 {p1}:log",
                "EVAL \"return redis.call('FLUSHALL')\" 0",
                "EVAL \"return redis.call('SPUBLISH','elsewhere','forged')\" 0"
            })
    void theGatewayIsDenied(String command) throws IOException {
        assertDenied(redis.gatewayUrl(), command);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "XADD elsewhere * e forged",
                "SET elsewhere gone",
                "DEL elsewhere",
                "GET {access}:revocation",
                "UNLINK {p1}:log",
                "RENAME {p1}:log {p1}:other",
                "FLUSHALL",
                "KEYS *",
                "CONFIG SET appendfsync no",
                "ACL LIST",
                "EVAL \"return 1\" 0",
                "SCRIPT FLUSH",
                "SHUTDOWN NOSAVE",
                "PUBLISH {p1}:admins forged",
                "SPUBLISH elsewhere forged",
                "SPUBLISH {p1}:other forged",
                "SSUBSCRIBE {p1}:admins",
                "HGET elsewhere field",
                "XREAD STREAMS elsewhere 0"
            })
    void theWorkerIsDenied(String command) throws IOException {
        assertDenied(redis.workerUrl(), command);
    }

    @Test
    void bothMayDoTheirWork() throws IOException {
        for (String command : List.of("GET {p1}:c:1", "SPUBLISH {p1}:user:ana hello", "INFO server", "TIME", "PING")) {
            assertFalse(ask(redis.gatewayUrl(), command).contains("-NOPERM"), command);
        }
        for (String command : List.of("XLEN {p1}:log", "SPUBLISH {p1}:admins hello", "CONFIG GET maxmemory", "PING")) {
            assertFalse(ask(redis.workerUrl(), command).contains("-NOPERM"), command);
        }
    }

    @Test
    void nobodyGetsInWithoutSigningIn() throws IOException {
        assertTrue(send("PING").startsWith("-NOAUTH"));
        assertTrue(send("AUTH default any").startsWith("-WRONGPASS"));
        assertTrue(send("AUTH any").startsWith("-WRONGPASS"));
        assertTrue(send("AUTH switchboard_gateway wrong").startsWith("-WRONGPASS"));
    }

    /** Redis 7.0 replays what scripts wrote with the rights of the default user, whoever had run them. */
    @Test
    void whatScriptsWroteSurvivesARestart() throws IOException {
        String two =
                "EVAL \"redis.call('HSET',KEYS[1],'a','1') redis.call('HSET',KEYS[1],'b','2') return 1\" 1 {p1}:c:2";
        assertTrue(ask(redis.gatewayUrl(), two).startsWith(":1"));
        redis.kill();
        redis.restart();
        assertTrue(ask(redis.url(), "HLEN {p1}:c:2").startsWith(":2"));
        nobodyGetsInWithoutSigningIn();
    }

    /** Of every command this server knows, exactly those named in the template. */
    @Test
    void eachMayRunWhatItsLineNamesAndNothingElse() throws IOException {
        assertEquals(named("switchboard_gateway"), allowed("switchboard_gateway"));
        assertEquals(named("switchboard_worker"), allowed("switchboard_worker"));
    }

    @Test
    void keepsPasswordsWhereNobodyElseReadsThem() throws IOException {
        for (String file : List.of("users.acl", "redis-logins.properties")) {
            assertEquals(
                    "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve(file))), file);
        }
        String password = URI.create(redis.gatewayUrl()).getUserInfo().split(":", 2)[1];
        assertFalse(Files.readString(dir.resolve("users.acl")).contains(password));
    }

    private static Set<String> named(String user) throws IOException {
        return Files.readAllLines(Path.of("../redis/users.acl")).stream()
                .filter(line -> line.startsWith("user " + user + " "))
                .flatMap(line -> Stream.of(line.split(" ", -1)))
                .filter(word -> word.startsWith("+"))
                .map(word -> word.substring(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> allowed(String user) throws IOException {
        List<String> commands = ask(redis.url(), "COMMAND LIST")
                .lines()
                .filter(line -> !line.isEmpty() && Character.isLetter(line.charAt(0)))
                .sorted()
                .toList();
        assertTrue(commands.size() > 100, () -> commands.size() + " commands");
        List<String> tries = new ArrayList<>();
        for (String command : commands) {
            // How many arguments a command takes it says only by refusing other numbers.
            for (int arguments = 0; arguments <= ARGUMENTS_MAX; arguments++) {
                tries.add("ACL DRYRUN " + user + " " + command.replace('|', ' ') + " {p1}:c:1".repeat(arguments));
            }
        }
        List<String> answers = textLines(ask(redis.url(), tries.toArray(String[]::new)));
        assertEquals(tries.size(), answers.size());
        Set<String> allowed = new TreeSet<>();
        for (int i = 0; i < commands.size(); i++) {
            String command = commands.get(i);
            int first = i * (ARGUMENTS_MAX + 1);
            List<String> said = answers.subList(first, first + ARGUMENTS_MAX + 1);
            boolean judged = said.stream().anyMatch(answer -> !answer.startsWith("-"));
            boolean denied = said.stream().anyMatch(answer -> answer.contains("permissions to run the"));
            boolean container = commands.stream().anyMatch(other -> other.startsWith(command + "|"));
            if (judged && !denied && !container && !FOR_ANYBODY.contains(command)) {
                allowed.add(command);
            }
        }
        return allowed;
    }

    /** One line an answer: the text of a bulk string without its length. */
    private static List<String> textLines(String answers) {
        return answers.lines().filter(line -> !line.startsWith("$")).toList();
    }

    private static void assertDenied(String url, String command) throws IOException {
        String answer = ask(url, command);
        // At once; of a script as Redis says it, and as Valkey does.
        assertTrue(
                answer.startsWith("-NOPERM")
                        || answer.contains("The user executing the script can't")
                        || answer.startsWith("-ERR ACL failure in script"),
                answer);
    }

    private static String ask(String url, String... commands) throws IOException {
        String[] login = URI.create(url).getUserInfo().split(":", 2);
        String answers = send("AUTH " + login[0] + " " + login[1] + "\r\n" + String.join("\r\n", commands));
        assertTrue(answers.startsWith("+OK\r\n"), answers);
        return answers.substring(5, answers.length() - 5);
    }

    private static String send(String commands) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
            socket.setSoTimeout(ANSWER_MILLIS_MAX);
            socket.getOutputStream().write((commands + "\r\nQUIT\r\n").getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
