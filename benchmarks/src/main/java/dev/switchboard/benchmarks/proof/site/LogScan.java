package dev.switchboard.benchmarks.proof.site;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What a log says from a place in it on. Immutable, any thread. */
public record LogScan(Path log, long from) {
    /** Lines that no fault from outside explains: nobody caught something, or a buffer was lost. */
    private static final Pattern DEFECT =
            Pattern.compile("LEAK:|Exception in thread|reached at the tail of the pipeline"
                    + "|exception was thrown by|task raised an exception|Unexpected exception in the selector loop"
                    + "|OutOfMemoryError|StackOverflowError|AssertionError|NullPointerException|ClassCastException"
                    + "|IndexOutOfBoundsException|IllegalReferenceCountException|ConcurrentModificationException");

    private static final int LINES_MAX = 20;
    private static final int LINE_LENGTH_MAX = 400;

    /** From the end on, as it is now. */
    public static LogScan fromNow(Path log) {
        try {
            return new LogScan(log, Files.exists(log) ? Files.size(log) : 0);
        } catch (IOException e) {
            throw new IllegalStateException("can't read " + log, e);
        }
    }

    /** Lines that tell of a defect, the first ones. */
    public List<String> defects() {
        return lines(DEFECT);
    }

    /** Lines in which the pattern is found, the first ones, cut where they are long. */
    public List<String> lines(Pattern pattern) {
        List<String> found = new ArrayList<>();
        if (!Files.exists(log)) {
            return found;
        }
        try (SeekableByteChannel file = Files.newByteChannel(log).position(from);
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && found.size() < LINES_MAX; line = lines.readLine()) {
                if (pattern.matcher(line).find()) {
                    found.add(line.substring(0, Math.min(line.length(), LINE_LENGTH_MAX)));
                }
            }
            return found;
        } catch (IOException e) {
            throw new IllegalStateException("can't read " + log, e);
        }
    }
}
