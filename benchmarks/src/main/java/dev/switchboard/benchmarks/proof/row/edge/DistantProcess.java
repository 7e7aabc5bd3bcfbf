package dev.switchboard.benchmarks.proof.row.edge;

import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.servers.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The process of a {@link DistantFleet}, at the other end of a cable, and what is said to it. One thread. */
final class DistantProcess implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(90);
    private static final int STOP_SECONDS_MAX = 10;

    private final Process process;
    private final PrintStream to;
    private final BufferedReader from;
    private final Path ledger;
    private long began;

    private DistantProcess(Process process, Path ledger) {
        this.process = process;
        this.ledger = ledger;
        this.to = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        this.from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Its users are connected to the first gateway on return, and talk. */
    static DistantProcess start(RowContext context, ProofSite site, Cable cable, int users, Duration talk)
            throws IOException {
        Path ledger = context.dir().resolve("distant.ledger.gz").toAbsolutePath();
        String prefix = "distant" + Long.toString(System.nanoTime() & 0xFFFFFF, 36) + "-";
        List<String> command = new ArrayList<>(cable.atTheOtherEnd());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                DistantFleet.class.getName(),
                "http://" + cable.address() + ":" + site.gatewayPort(0),
                ledger.toString(),
                Long.toString(context.seed() + 1),
                prefix,
                Integer.toString(users),
                Long.toString(talk.toSeconds())));
        Process process = new ProcessBuilder(command)
                .redirectError(context.dir().resolve("distant.log").toFile())
                .start();
        DistantProcess distant = new DistantProcess(process, ledger);
        try {
            for (int i = 0; i < users; i++) {
                String user = DistantFleet.user(prefix, i);
                distant.to.println(user + " " + site.token(user, false));
            }
            distant.to.println(DistantFleet.GO);
            distant.began = Long.parseLong(distant.answer(DistantFleet.STARTED, START_TIMEOUT));
            return distant;
        } catch (RuntimeException e) {
            distant.close();
            throw e;
        }
    }

    /** When its ledger began, by the clock that all processes share. */
    long began() {
        return began;
    }

    /** What it saw; all of it after the end. */
    Path ledger() {
        return ledger;
    }

    /** Ends its talk and waits until all is settled; what is not. */
    String end() {
        to.println(DistantFleet.END);
        return answer(DistantFleet.ENDED, END_TIMEOUT);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private String answer(String beginning, Duration timeout) {
        String[] line = {""};
        Await.until(timeout, () -> {
            try {
                if (from.ready()) {
                    line[0] = String.valueOf(from.readLine());
                }
                return line[0].startsWith(beginning) || !process.isAlive();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        if (!line[0].startsWith(beginning)) {
            throw new IllegalStateException("the distant clients did not answer " + beginning.strip());
        }
        return line[0].substring(beginning.length());
    }
}
