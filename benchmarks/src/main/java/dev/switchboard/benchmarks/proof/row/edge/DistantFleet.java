package dev.switchboard.benchmarks.proof.row.edge;

import dev.switchboard.benchmarks.proof.fleet.Fleet;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A fleet in a process of its own, so that it can live in another network: users who talk, on one gateway. Tokens come as lines of
 * standard input, each after the name it is for, and end with {@value #GO}; then it talks. {@value #END} ends it: what it saw is in
 * its ledger afterwards. One thread. Its arguments are the gateway, the ledger's file, the seed, the prefix of names, how many
 * users, how many seconds.
 */
final class DistantFleet {
    static final String GO = "go";
    static final String END = "end";
    /** What it answers: when its ledger began by the clock that all processes share, in nanoseconds, and what is not settled. */
    static final String STARTED = "started ";

    static final String ENDED = "ended ";

    private static final Duration QUIET_MAX = Duration.ofSeconds(60);
    private static final double PER_USER_AND_SECOND = 0.5;
    private static final int ARGUMENTS = 6;

    private DistantFleet() {}

    @SuppressWarnings("try") // It must have left before its ledger is written.
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != ARGUMENTS) {
            throw new IllegalArgumentException("takes a gateway, a file, a seed, a prefix, users, seconds");
        }
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Map<String, String> tokens = new HashMap<>();
        for (String line = in.readLine(); line != null && !line.equals(GO); line = in.readLine()) {
            int blank = line.indexOf(' ');
            tokens.put(line.substring(0, blank), line.substring(blank + 1));
        }
        Ledger ledger = new Ledger(System::nanoTime);
        long began = System.nanoTime() - ledger.now();
        FleetPlan plan = plan(Long.parseLong(arguments[2]), arguments[3], arguments[4], arguments[5]);
        List<URI> gateways = List.of(URI.create(arguments[0]));
        try (Fleet fleet =
                Fleet.start(plan, gateways, (user, admin) -> Objects.requireNonNull(tokens.get(user), user), ledger)) {
            out.println(STARTED + began);
            for (String line = in.readLine(); line != null && !line.equals(END); line = in.readLine()) {
                out.println(line);
            }
            fleet.stopSending();
            List<String> unsettled = fleet.awaitQuiet(QUIET_MAX);
            fleet.close();
            ledger.write(Path.of(arguments[1]));
            out.println(ENDED + String.join("; ", unsettled));
        }
    }

    /** The name of one of its users, as it asks for a token. */
    static String user(String prefix, int number) {
        return "%s%04d".formatted(prefix, number);
    }

    private static FleetPlan plan(long seed, String prefix, String users, String seconds) {
        int count = Integer.parseInt(users);
        FleetPlan usual = FleetPlan.usual(seed, Duration.ofSeconds(Long.parseLong(seconds)));
        return usual.with(usual.crowd().of(count, 0).withPrefix(prefix))
                .with(usual.talk().of(PER_USER_AND_SECOND * count, usual.talk().lasts()))
                .with(FleetPlan.Trouble.NONE);
    }
}
