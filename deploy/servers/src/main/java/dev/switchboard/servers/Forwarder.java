package dev.switchboard.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A port on the loopback interface that passes connections on to another port, which can be exchanged or cut off under them: the
 * address that stays when a replica is promoted, or the link between two servers. Any thread may call it; each connection has two
 * threads of its own.
 */
public final class Forwarder implements AutoCloseable {
    private static final int CHUNK_BYTES = 16 * 1024;
    /** Nobody is passed on. */
    private static final int NOWHERE = 0;

    private final ServerSocket listening;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int target;

    /** Passes on to this port from now on. */
    public Forwarder(int target) {
        this.target = target;
        try {
            listening = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("forwarder-" + port(), this::accept);
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** Ends all connections, and passes those that come on to another port. */
    public synchronized void passTo(int port) {
        target = port;
        open.forEach(Forwarder::closeQuietly);
    }

    /** Ends all connections, and those that come. */
    public void cut() {
        passTo(NOWHERE);
    }

    @Override
    public void close() {
        closeQuietly(listening);
        cut();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket from = listening.accept();
                if (!connect(from)) {
                    closeQuietly(from);
                }
            } catch (IOException e) {
                // Closed, or one connection less: whoever waits at the other end finds out.
            }
        }
    }

    /** False: there is nowhere to go. Not while the target changes, so that no connection to the one of before is left over. */
    private synchronized boolean connect(Socket from) {
        if (target == NOWHERE || listening.isClosed()) {
            return false;
        }
        try {
            Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
            open.add(from);
            open.add(to);
            start("forwarder-" + port() + "-out", () -> copy(from, to));
            start("forwarder-" + port() + "-back", () -> copy(to, from));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void copy(Socket from, Socket to) {
        byte[] chunk = new byte[CHUNK_BYTES];
        try {
            for (int read = from.getInputStream().read(chunk);
                    read >= 0;
                    read = from.getInputStream().read(chunk)) {
                to.getOutputStream().write(chunk, 0, read);
            }
        } catch (IOException e) {
            // It ends, whoever ended it.
        } finally {
            for (Socket one : new Socket[] {from, to}) {
                closeQuietly(one);
                open.remove(one);
            }
        }
    }

    private static void start(String name, Runnable run) {
        Thread thread = new Thread(run, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            // There is nothing left to do about it.
        }
    }
}
