package dev.switchboard.servers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of the loopback interface. Any thread. */
public final class Ports {
    /**
     * Below the range from which Linux takes the local ports of outgoing connections (32768 and up): a port of that range
     * may be taken by a client while its server is down for a restart.
     */
    private static final int RANDOM_MIN = 15_000;

    private static final int RANDOM_MAX = 32_000;
    private static final int ATTEMPTS_MAX = 100;

    private Ports() {}

    /** A port nobody listens on now. Another process may still take it first. */
    public static int free() {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(RANDOM_MIN, RANDOM_MAX);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port among " + ATTEMPTS_MAX + " tried");
    }

    /** Different ones of that kind, for a caller who takes them only later. */
    public static List<Integer> free(int count) {
        Set<Integer> ports = new LinkedHashSet<>();
        while (ports.size() < count) {
            ports.add(free());
        }
        return List.copyOf(ports);
    }

    public static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // As the servers do: a port whose last connections are in TIME_WAIT counts as free.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
