package dev.switchboard.benchmarks.proof.site;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a process takes of its machine. Immutable.
 *
 * @param rssBytes memory it occupies
 * @param heapBytes its Java heap after a full collection
 * @param files open file descriptors
 */
public record Vitals(long rssBytes, long heapBytes, int files) {
    private static final Pattern RSS = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");
    /** The lines of the serial collector: young and old generation. */
    private static final Pattern GENERATION = Pattern.compile("total \\d+K, used (\\d+)K");

    private static final int KIB = 1024;

    /** Of a JVM with the serial collector; collects its garbage first. */
    public static Vitals ofJvm(long pid) {
        jcmd(pid, "GC.run");
        long heap = 0;
        String answer = jcmd(pid, "GC.heap_info");
        Matcher generations = GENERATION.matcher(answer);
        while (generations.find()) {
            heap += Long.parseLong(generations.group(1)) * KIB;
        }
        if (heap == 0) {
            throw new IllegalStateException("jcmd tells no heap of process %d: %s".formatted(pid, answer));
        }
        return new Vitals(rss(pid), heap, files(pid));
    }

    public static long rss(long pid) {
        try {
            Matcher line = RSS.matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
            return line.find() ? Long.parseLong(line.group(1)) * KIB : 0;
        } catch (IOException e) {
            throw new IllegalStateException("process " + pid + " is gone", e);
        }
    }

    public static int files(long pid) {
        try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return (int) files.count();
        } catch (IOException e) {
            throw new IllegalStateException("process " + pid + " is gone", e);
        }
    }

    private static String jcmd(long pid, String command) {
        Path program = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        try {
            Process process = new ProcessBuilder(program.toString(), Long.toString(pid), command)
                    .redirectErrorStream(true)
                    .start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return answer;
        } catch (IOException e) {
            throw new IllegalStateException("jcmd of this JDK can't be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
