package dev.switchboard.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The network between a replica and its primary. Cut, it swallows nothing and says nothing: bytes wait, as behind a dead switch,
 * and arrive once it is healed. Threads of its own carry them; a test's thread cuts and heals.
 */
final class ReplicaLink implements AutoCloseable {
    private static final int CHUNK_BYTES = 8 * 1024;

    private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int primary;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final Object gate = new Object();
    private boolean cut;
    private boolean closed;

    /** To a primary on this port. */
    ReplicaLink(int primary) throws IOException {
        this.primary = primary;
        carry(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    void cut() {
        synchronized (gate) {
            cut = true;
        }
    }

    void heal() {
        synchronized (gate) {
            cut = false;
            gate.notifyAll();
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (gate) {
            closed = true;
            gate.notifyAll();
        }
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** What a thread of the link does until the link, or what it carries, is closed. */
    private interface Carrying {
        void run() throws IOException, InterruptedException;
    }

    private static void carry(Carrying work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException | InterruptedException e) {
                        // The end of what it carries.
                    }
                },
                "replica-link");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket replica = listening.accept();
            sockets.add(replica);
            Socket upstream = new Socket(InetAddress.getLoopbackAddress(), primary);
            sockets.add(upstream);
            carry(() -> forward(replica, upstream));
            carry(() -> forward(upstream, replica));
        }
    }

    private void forward(Socket from, Socket to) throws IOException, InterruptedException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                awaitHealed();
                out.write(chunk, 0, n);
            }
        }
    }

    private void awaitHealed() throws InterruptedException {
        synchronized (gate) {
            while (cut && !closed) {
                gate.wait();
            }
        }
    }
}
