package dev.switchboard.benchmarks.proof.link;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Sends back whatever comes, and remembers it. A thread for each connection; any may ask what came. */
final class EchoServer implements AutoCloseable {
    private static final int READ_BYTES_MAX = 64 * 1024;

    private final ServerSocket listener;
    private final List<Talk> talks = new CopyOnWriteArrayList<>();

    /** What one connection brought, and the sizes of its reads. */
    static final class Talk {
        private final Socket socket;
        private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
        private final List<Integer> reads = new CopyOnWriteArrayList<>();
        private volatile String ended = "";

        Talk(Socket socket) {
            this.socket = socket;
        }

        String heard() {
            synchronized (heard) {
                return heard.toString(StandardCharsets.UTF_8);
            }
        }

        List<Integer> reads() {
            return reads;
        }

        /** Empty while it hasn't, then {@code FIN} or what the system said. */
        String ended() {
            return ended;
        }
    }

    EchoServer() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread("echo-accept", this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    List<Talk> talks() {
        return talks;
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Talk talk : talks) {
            talk.socket.close();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Talk talk = new Talk(listener.accept());
                talks.add(talk);
                thread("echo", () -> echo(talk));
            } catch (IOException e) {
                // Closed: the loop ends.
            }
        }
    }

    private static void echo(Talk talk) {
        byte[] bytes = new byte[READ_BYTES_MAX];
        try {
            InputStream in = talk.socket.getInputStream();
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                synchronized (talk.heard) {
                    talk.heard.write(bytes, 0, count);
                }
                talk.reads.add(count);
                talk.socket.getOutputStream().write(bytes, 0, count);
            }
            talk.ended = "FIN";
            talk.socket.close();
        } catch (IOException e) {
            talk.ended = String.valueOf(e.getMessage());
        }
    }

    private static void thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }
}
