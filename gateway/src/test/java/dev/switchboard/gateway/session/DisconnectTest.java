package dev.switchboard.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The reasons to close, the table for those who write clients, and what the browser's client does are one and the same. */
class DisconnectTest {
    private static final Path README = Path.of("../proto/README.md");
    private static final Path CLIENT = Path.of("src/main/web/client/backoff.ts");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (\\d{4}) \\| ([A-Z]+) \\|");
    /** Cases of one switch that share a result. */
    private static final Pattern CASES = Pattern.compile("((?:case \\d+:\\s*)+)return '([a-z-]+)'");

    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final String OTHERWISE = "retry";

    /** What the browser's client calls what it does. */
    private static final Map<Disconnect.Grade, Set<String>> VERDICTS = Map.of(
            Disconnect.Grade.RECONNECT, Set.of(OTHERWISE),
            Disconnect.Grade.PAUSE, Set.of("slow"),
            Disconnect.Grade.DROP, Set.of("too-large"),
            Disconnect.Grade.RENEW, Set.of("sign-in"),
            Disconnect.Grade.TERMINAL, Set.of("protocol", "forbidden", "replaced"));

    @Test
    void theTableForClientsIsTrue() throws IOException {
        Map<Integer, String> expected = new TreeMap<>();
        Arrays.stream(Disconnect.values())
                .forEach(reason -> expected.put(reason.code(), reason.grade().name()));
        Map<Integer, String> told = new TreeMap<>();
        for (MatchResult row : ROW.matcher(Files.readString(README)).results().toList()) {
            told.put(Integer.parseInt(row.group(1)), row.group(2));
        }
        assertEquals(Disconnect.values().length, expected.size(), "every reason has a code of its own");
        assertEquals(expected, told);
    }

    @Test
    void theBrowsersClientActsByTheGrade() throws IOException {
        Map<Integer, String> verdicts = new TreeMap<>();
        Matcher cases = CASES.matcher(Files.readString(CLIENT));
        while (cases.find()) {
            String verdict = cases.group(2);
            NUMBER.matcher(cases.group(1))
                    .results()
                    .forEach(code -> verdicts.put(Integer.parseInt(code.group()), verdict));
        }
        assertTrue(verdicts.size() >= 9, verdicts::toString);
        for (Disconnect reason : Disconnect.values()) {
            String verdict = verdicts.getOrDefault(reason.code(), OTHERWISE);
            assertTrue(
                    VERDICTS.getOrDefault(reason.grade(), Set.of()).contains(verdict),
                    () -> reason + " is " + reason.grade() + ", the client's verdict is " + verdict);
            verdicts.remove(reason.code());
        }
        assertEquals(Map.of(), verdicts, "codes that the gateway does not know");
    }
}
