package dev.switchboard.benchmarks.proof.row.edge;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A cable from this machine into a network namespace, which has nothing else: what runs there is on another machine as far as TCP
 * can tell. Takes root. Exists while it is open; what a killed JVM left is removed when the next one is laid. One thread.
 */
final class Cable implements AutoCloseable {
    /** The name of a namespace goes on with the process that made it. */
    private static final String PREFIX = "switchboard-proof-";

    private static final int NUMBERS = 250;

    private final String namespace;
    private final String here;
    private final String there;
    private final int number;
    private final Thread hook = new Thread(this::remove, "remove-cable");

    private Cable(int number) {
        this.number = number;
        this.namespace = PREFIX + ProcessHandle.current().pid();
        this.here = "proofh" + number;
        this.there = "prooft" + number;
    }

    static Cable lay() throws IOException {
        removeLeftovers();
        Cable cable = new Cable(ThreadLocalRandom.current().nextInt(NUMBERS));
        Runtime.getRuntime().addShutdownHook(cable.hook);
        try {
            cable.build();
            return cable;
        } catch (IOException e) {
            cable.close();
            throw e;
        }
    }

    /** Says why none can be laid on this machine. */
    static Optional<String> lacks() {
        try {
            lay().close();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("no network namespace can be made: " + e.getMessage());
        }
    }

    /** The address of this machine at the cable. */
    String address() {
        // From the range that is set aside for tests of networks.
        return "198.18." + number + ".1";
    }

    /** To be put before a program: it runs at the other end. */
    List<String> atTheOtherEnd() {
        return List.of("ip", "netns", "exec", namespace);
    }

    /** Nothing gets through any more, and nobody is told. */
    void out() throws IOException {
        run("ip", "-n", namespace, "link", "set", there, "down");
    }

    void in() throws IOException {
        run("ip", "-n", namespace, "link", "set", there, "up");
    }

    @Override
    public void close() {
        remove();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook runs.
        }
    }

    private void build() throws IOException {
        run("ip", "netns", "add", namespace);
        run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", namespace);
        run("ip", "addr", "add", address() + "/30", "dev", here);
        run("ip", "link", "set", here, "up");
        run("ip", "-n", namespace, "addr", "add", "198.18." + number + ".2/30", "dev", there);
        run("ip", "-n", namespace, "link", "set", "lo", "up");
        in();
    }

    /** Whatever is there of it. */
    private void remove() {
        // First the pair: a namespace lives on as long as something runs in it.
        runIfPossible("ip", "link", "del", here);
        runIfPossible("ip", "netns", "del", namespace);
    }

    private static void removeLeftovers() throws IOException {
        for (String line : run("ip", "netns", "list").split("\n", -1)) {
            String name = line.strip().split(" ", -1)[0];
            if (name.startsWith(PREFIX) && !isAlive(name.substring(PREFIX.length()))) {
                run("ip", "netns", "del", name);
            }
        }
    }

    private static boolean isAlive(String pid) {
        return ProcessHandle.of(Long.parseLong(pid)).map(ProcessHandle::isAlive).orElse(false);
    }

    private static void runIfPossible(String... command) {
        try {
            run(command);
        } catch (IOException e) {
            // It was not there.
        }
    }

    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + output.strip());
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
