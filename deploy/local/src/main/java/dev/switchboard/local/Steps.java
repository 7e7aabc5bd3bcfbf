package dev.switchboard.local;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;

/** One line on the terminal for each step, with the time it took. Any thread. */
public final class Steps {
    private static final int WIDTH = 62;

    private final PrintStream out;

    private Steps(PrintStream out) {
        this.out = out;
    }

    /** To the terminal itself: Maven would put its own marks before each line. */
    public static Steps toTerminal() {
        return new Steps(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
    }

    public static Steps to(PrintStream out) {
        return new Steps(out);
    }

    public static Steps silent() {
        return new Steps(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    /** Does the step, then says so. A step that throws prints nothing: its exception will be told. */
    public <T> T step(Supplier<T> step, Function<T, String> sentence) {
        long started = System.nanoTime();
        T result = step.get();
        done(sentence.apply(result), Duration.ofNanos(System.nanoTime() - started));
        return result;
    }

    public void step(Runnable step, String sentence) {
        step(
                () -> {
                    step.run();
                    return sentence;
                },
                same -> same);
    }

    void failed(String sentence) {
        out.println("✘ " + sentence);
    }

    void line(String text) {
        out.println(text);
    }

    private void done(String sentence, Duration took) {
        String padded = sentence + " ".repeat(Math.max(1, WIDTH - sentence.length()));
        out.printf(Locale.ROOT, "✔ %s%5.1f s%n", padded, took.toMillis() / 1000.0);
    }
}
