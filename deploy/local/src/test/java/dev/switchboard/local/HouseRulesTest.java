package dev.switchboard.local;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** How long and by what names code may be, in all modules, tests included. */
class HouseRulesTest {
    private static final int FILE_LINES_MAX = 400;
    private static final int METHOD_LINES_MAX = 60;
    private static final Pattern FORBIDDEN_NAME =
            Pattern.compile("\\b(?:class|interface|record|enum) \\w*(?:Utils?|Helper|Manager|Common|Impl)\\b");
    private static final Pattern NOT_A_METHOD = Pattern.compile(
            "^(?:if|for|while|switch|try|synchronized|catch|else|do|return|throw|new|case|default|static \\{|[@/*}.)+|&?:\"])"
                    + "|\\b(?:class|interface|record|enum) \\w");

    @Test
    void filesAndMethodsFitOnScreens() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path file : Sources.all()) {
            List<String> lines = Files.readAllLines(file);
            if (lines.size() > FILE_LINES_MAX) {
                tooLong.add(Sources.ROOT.relativize(file) + " has " + lines.size() + " lines");
            }
            for (int indent = 4; indent <= 12; indent += 4) {
                longMethods(lines, indent).forEach(line -> tooLong.add(Sources.ROOT.relativize(file) + ":" + line));
            }
        }
        assertEquals(List.of(), tooLong);
    }

    /** Lines at which methods begin that are too long. Relies on the formatter: a method ends where its indent comes back. */
    private static List<Integer> longMethods(List<String> lines, int indent) {
        String end = " ".repeat(indent) + "}";
        List<Integer> found = new ArrayList<>();
        int start = -1;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            boolean atIndent =
                    line.length() > indent && line.startsWith(" ".repeat(indent)) && line.charAt(indent) != ' ';
            if (!atIndent) {
                continue;
            }
            if (line.equals(end)) {
                if (start >= 0 && i - start + 1 > METHOD_LINES_MAX) {
                    found.add(start + 1);
                }
                start = -1;
            } else if (!NOT_A_METHOD.matcher(line.strip()).find()) {
                start = line.contains("(") && !line.endsWith(";") ? i : -1;
            }
        }
        return found;
    }

    @Test
    void namesSayWhatAThingIs() throws IOException {
        List<String> bad = new ArrayList<>();
        for (Path file : Sources.all()) {
            FORBIDDEN_NAME
                    .matcher(Files.readString(file).replaceAll("(?m)^\\s*(?:\\*|//|/\\*).*$", ""))
                    .results()
                    .forEach(match -> bad.add(Sources.ROOT.relativize(file) + ": " + match.group()));
        }
        assertEquals(List.of(), bad);
    }
}
