package dev.switchboard.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A link to Redis that a test can cut, or make deaf to publications. Two threads of its own for each connection.
 *
 * <p>Deaf: connections that subscribe stay open, and nothing comes from Redis over them; the others go on as before.
 */
final class TcpRelay implements AutoCloseable {
    private final ServerSocket server;
    private final URI target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;
    private volatile boolean deaf;

    TcpRelay(String redisUrl) throws IOException {
        target = URI.create(redisUrl);
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread(this::accept);
    }

    /** The same Redis, through this link. */
    String url() {
        return target.toString().replace(":" + target.getPort(), ":" + server.getLocalPort());
    }

    /** Ends all connections, and every new one at once. */
    void cut() {
        cut = true;
        sockets.forEach(TcpRelay::end);
    }

    void heal() {
        cut = false;
    }

    void deafen() {
        deaf = true;
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                if (cut) {
                    client.close();
                    continue;
                }
                Socket redis = new Socket(target.getHost(), target.getPort());
                sockets.add(client);
                sockets.add(redis);
                Link link = new Link();
                thread(() -> link.pump(client, redis, true));
                thread(() -> link.pump(redis, client, false));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    /** One connection. */
    private final class Link {
        private volatile boolean subscribes;

        void pump(Socket from, Socket to, boolean toRedis) {
            byte[] buffer = new byte[64 * 1024];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    if (toRedis && new String(buffer, 0, read, StandardCharsets.ISO_8859_1).contains("SSUBSCRIBE")) {
                        subscribes = true;
                    }
                    if (toRedis || !deaf || !subscribes) {
                        out.write(buffer, 0, read);
                    }
                }
            } catch (IOException e) {
                // One end is gone, so the other goes too.
            }
            end(from);
            end(to);
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError("closing a socket does not fail", e);
        }
    }

    private static void thread(Runnable task) {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }
}
