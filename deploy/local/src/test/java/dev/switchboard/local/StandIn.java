package dev.switchboard.local;

import dev.switchboard.ops.ManagementServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** In the place of a gateway or a worker: ready if it was given the variables that its arguments name, ends otherwise. */
final class StandIn {
    private StandIn() {}

    static Program program(String... variables) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                StandIn.class.getName()));
        command.addAll(List.of(variables));
        return new Program(command);
    }

    public static void main(String[] variables) throws IOException, InterruptedException {
        List<String> missing = Arrays.stream(variables)
                .filter(variable -> System.getenv("SWITCHBOARD_" + variable) == null)
                .toList();
        if (!missing.isEmpty()) {
            System.out.println("missing: " + missing);
            System.exit(1);
        }
        int port = Integer.parseInt(String.valueOf(System.getenv("SWITCHBOARD_MANAGEMENT_PORT")));
        ManagementServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port), () -> "", List::of, List::of, List::of);
        new CountDownLatch(1).await();
    }
}
