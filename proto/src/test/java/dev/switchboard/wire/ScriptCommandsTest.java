package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the scripts call, their callers must be allowed to: the template of users and the scripts go together. */
@Tag("SEC37")
class ScriptCommandsTest {
    /** Scripts that workers run; all others are the gateways'. */
    private static final Set<Script> OF_WORKERS = Set.of(Script.PREPARE, Script.RESTORE, Script.MARK, Script.REPLAYED);

    private static final Pattern CALL = Pattern.compile("call\\('([A-Z]+)'");

    @ParameterizedTest
    @EnumSource(Script.class)
    void itsCallerMayRunEveryCommand(Script script) throws IOException {
        Set<String> called = new TreeSet<>();
        Matcher call = CALL.matcher(script.source());
        while (call.find()) {
            called.add(call.group(1).toLowerCase(Locale.ROOT));
        }
        assertTrue(!called.isEmpty(), "no commands found in " + script);
        String user = OF_WORKERS.contains(script) ? "switchboard_worker" : "switchboard_gateway";
        String rules = Files.readAllLines(Path.of("../deploy/redis/users.acl")).stream()
                .filter(line -> line.startsWith("user " + user + " "))
                .findFirst()
                .orElseThrow();
        Set<String> missing = new TreeSet<>(called);
        Arrays.stream(rules.split(" ", -1))
                .filter(word -> word.startsWith("+"))
                .forEach(word -> missing.remove(word.substring(1)));
        assertEquals(Set.of(), missing, user + " runs " + script);
    }
}
