package dev.switchboard.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/**
 * Stands between workers and a server, looks at what workers send, and cuts connections when it is told to. Two threads for each
 * connection; what it looks with is called by any of them.
 */
final class TestProxy implements AutoCloseable {
    private static final int BYTES_MAX = 1 << 16;
    /** Of a packet of the MySQL protocol: its length and number. */
    private static final int HEADER_BYTES = 4;

    private static final byte QUERY = 3;

    private final ServerSocket listening;
    private final int server;
    private final Function<byte[], Verdict> watch;
    private final Queue<Socket> open = new ConcurrentLinkedQueue<>();

    /** What to do about something that was sent. */
    enum Verdict {
        PASS,
        /** Cut the connection; the server never gets it. */
        CUT_BEFORE,
        /** Let the server have it and answer, then cut the connection instead of passing the answer on. */
        CUT_AFTER
    }

    TestProxy(int server, Function<byte[], Verdict> watch) {
        this.server = server;
        this.watch = watch;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("proxy", this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Whether a worker ends a transaction with this. */
    static boolean isCommit(byte[] sent) {
        return sent.length > HEADER_BYTES
                && sent[HEADER_BYTES] == QUERY
                && new String(sent, HEADER_BYTES + 1, sent.length - HEADER_BYTES - 1, StandardCharsets.UTF_8)
                        .toLowerCase(Locale.ROOT)
                        // MySQL 8.0.23 and later take attributes of a query, and how many there are, before its text.
                        .replaceFirst("^\\x00\\x01", "")
                        .strip()
                        .equals("commit");
    }

    static boolean holds(byte[] sent, String text) {
        return new String(sent, StandardCharsets.ISO_8859_1).contains(text);
    }

    @Override
    public void close() {
        closeQuietly(listening);
        open.forEach(TestProxy::closeQuietly);
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server);
                open.add(client);
                open.add(upstream);
                Link link = new Link(client, upstream);
                start("proxy-up", link::up);
                start("proxy-down", link::down);
            }
        } catch (IOException e) {
            // Closed: the test is over, or the server is not there and its client notices.
            open.forEach(TestProxy::closeQuietly);
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Both directions of one connection. */
    private final class Link {
        private final Socket client;
        private final Socket upstream;
        private volatile boolean cutBeforeAnswer;

        Link(Socket client, Socket upstream) {
            this.client = client;
            this.upstream = upstream;
        }

        void up() {
            pump(client, upstream, true);
        }

        void down() {
            pump(upstream, client, false);
        }

        private void pump(Socket from, Socket to, boolean up) {
            byte[] buffer = new byte[BYTES_MAX];
            try (from;
                    to) {
                InputStream in = from.getInputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    if (up) {
                        Verdict verdict = watch.apply(Arrays.copyOf(buffer, n));
                        if (verdict == Verdict.CUT_BEFORE) {
                            return;
                        }
                        cutBeforeAnswer = verdict == Verdict.CUT_AFTER;
                    } else if (cutBeforeAnswer) {
                        return;
                    }
                    to.getOutputStream().write(buffer, 0, n);
                }
            } catch (IOException e) {
                // Either side has gone; the other follows.
                return;
            }
        }
    }
}
