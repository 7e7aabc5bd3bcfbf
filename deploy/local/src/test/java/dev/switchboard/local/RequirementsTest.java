package dev.switchboard.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every numbered requirement in {@code requirements.tsv} has a test that carries its number, and every number is listed. */
class RequirementsTest {
    private static final String NUMBER = "(?:SEC|[FGHJPRTUW])\\d+|S[01]\\.\\d+";
    private static final Pattern TAG = Pattern.compile("@Tag\\(\"(" + NUMBER + ")\"\\)");
    private static final Pattern ROW = Pattern.compile("(" + NUMBER + ")\t\\S.*\\S");

    @Test
    void everyRequirementHasATestAndEveryTagARequirement() throws IOException {
        List<String> listed = listed();
        Set<String> tagged = tagged();
        Set<String> untested = new TreeSet<>(listed);
        untested.removeAll(tagged);
        assertEquals(new TreeSet<>(), untested, "listed, but no test has this tag");
        tagged.removeAll(listed);
        assertEquals(new TreeSet<>(), tagged, "tags that requirements.tsv does not list");
    }

    @Test
    void theRowsOfTheFirstIssueAreListed() throws IOException {
        List<String> expected = new ArrayList<>();
        Map<String, int[]> ranges = new TreeMap<>(Map.of(
                "H", new int[] {1, 15},
                "J", new int[] {1, 12},
                "W", new int[] {1, 12},
                "P", new int[] {1, 12}));
        ranges.forEach((family, range) -> {
            for (int i = range[0]; i <= range[1]; i++) {
                expected.add(family + i);
            }
        });
        expected.addAll(List.of("J14", "P14", "P16"));
        Stream.of(1, 2, 3, 8, 9, 10, 11, 14, 16, 17, 21, 22, 23, 24, 25, 32, 33, 34, 35, 36, 39)
                .forEach(number -> expected.add("SEC" + number));
        expected.removeAll(listed());
        assertEquals(List.of(), expected);
    }

    private static List<String> listed() throws IOException {
        List<String> numbers = new ArrayList<>();
        try (InputStream in = RequirementsTest.class.getResourceAsStream("/requirements.tsv")) {
            assertTrue(in != null, "requirements.tsv is missing");
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
                if (!line.isEmpty()) {
                    Matcher row = ROW.matcher(line);
                    assertTrue(row.matches(), "not a number, a tab and its meaning: " + line);
                    assertTrue(!numbers.contains(row.group(1)), row.group(1) + " stands there twice");
                    numbers.add(row.group(1));
                }
            }
        }
        return numbers;
    }

    private static Set<String> tagged() throws IOException {
        Set<String> tags = new TreeSet<>();
        for (Path file : Sources.all()) {
            if (file.toString().contains("/src/test/")) {
                TAG.matcher(Files.readString(file)).results().forEach(tag -> tags.add(tag.group(1)));
            }
        }
        return tags;
    }
}
