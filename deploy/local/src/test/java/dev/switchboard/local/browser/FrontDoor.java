package dev.switchboard.local.browser;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What a platform has in front of its gateways: one address, and behind it the first of them that takes a connection. It passes
 * bytes on as they are, but can lose single WebSocket frames on their way to a browser. One thread for each direction of a
 * connection. Any thread may say what is to be lost.
 */
final class FrontDoor implements Closeable {
    private static final int CONNECT_MILLIS_MAX = 2_000;
    private static final int HEAD_BYTES_MAX = 16 * 1024;
    /** Larger than any frame of a gateway. */
    private static final int FRAME_BYTES_MAX = 2 * 1024 * 1024;

    private static final int HEADER_BYTES_MAX = 10;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "front-door");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger lost = new AtomicInteger();
    private volatile List<Integer> gateways = List.of();
    private volatile @Nullable Loss loss;

    /** Frames that hold this text, and how many of them from now on. */
    private record Loss(String text, int until) {}

    private FrontDoor(ServerSocket server) {
        this.server = server;
    }

    /** On a random port; closed to everybody until it leads somewhere. */
    static FrontDoor open() throws IOException {
        FrontDoor door = new FrontDoor(new ServerSocket(0, 128, InetAddress.getLoopbackAddress()));
        door.threads.execute(door::accept);
        return door;
    }

    URI url() {
        return URI.create("http://localhost:" + server.getLocalPort());
    }

    /** To the first of these that takes a connection. */
    void leadTo(List<URI> addresses) {
        gateways = addresses.stream().map(URI::getPort).toList();
    }

    /** So many frames with this text will not arrive. */
    void lose(String text, int frames) {
        lost.set(0);
        loss = new Loss(text, frames);
    }

    void loseNothing() {
        loss = null;
    }

    /** How many frames were lost since it was last asked for. */
    int lost() {
        return lost.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                open.add(client);
                threads.execute(() -> serve(client));
            } catch (IOException e) {
                // Closed, or a client that left in the queue.
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket gateway = connect()) {
            open.add(gateway);
            client.setTcpNoDelay(true);
            gateway.setTcpNoDelay(true);
            threads.execute(() -> toGateway(client, gateway));
            toBrowser(new DataInputStream(gateway.getInputStream()), client.getOutputStream());
        } catch (IOException e) {
            // One side is gone: so is the other now.
        } finally {
            open.remove(client);
            open.removeIf(Socket::isClosed);
        }
    }

    private Socket connect() throws IOException {
        IOException failure = new IOException("leads nowhere");
        for (int port : gateways) {
            Socket socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS_MAX);
                return socket;
            } catch (IOException e) {
                socket.close();
                failure = e;
            }
        }
        throw failure;
    }

    private static void toGateway(Socket client, Socket gateway) {
        try (client;
                gateway) {
            client.getInputStream().transferTo(gateway.getOutputStream());
        } catch (IOException e) {
            // The other direction ends with it.
        }
    }

    private void toBrowser(DataInputStream in, OutputStream out) throws IOException {
        byte[] head = head(in);
        out.write(head);
        if (!new String(head, StandardCharsets.ISO_8859_1).startsWith("HTTP/1.1 101 ")) {
            in.transferTo(out);
            return;
        }
        for (int first; (first = in.read()) >= 0; ) {
            byte[] frame = frame(first, in);
            if (!isLost(frame)) {
                out.write(frame);
            }
        }
    }

    /** Of the first answer, with the blank line behind it. */
    private static byte[] head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (int last = 0; last != 0x0D0A0D0A; ) {
            int next = in.read();
            if (next < 0 || head.size() > HEAD_BYTES_MAX) {
                throw new IOException("no answer");
            }
            head.write(next);
            last = last << 8 | next;
        }
        return head.toByteArray();
    }

    /** A whole one, as it came. What a server sends is not masked. */
    private static byte[] frame(int first, DataInputStream in) throws IOException {
        int length = in.readUnsignedByte();
        ByteBuffer header =
                ByteBuffer.allocate(HEADER_BYTES_MAX).put((byte) first).put((byte) length);
        long payload = length;
        if (length == LENGTH_16) {
            payload = in.readUnsignedShort();
            header.putShort((short) payload);
        } else if (length == LENGTH_64) {
            payload = in.readLong();
            header.putLong(payload);
        }
        if (payload < 0 || payload > FRAME_BYTES_MAX) {
            throw new IOException("a frame of " + payload + " bytes");
        }
        header.flip();
        byte[] frame = new byte[header.remaining() + (int) payload];
        int begin = header.remaining();
        header.get(frame, 0, begin);
        in.readFully(frame, begin, (int) payload);
        return frame;
    }

    private boolean isLost(byte[] frame) {
        Loss now = loss;
        if (now == null || !new String(frame, StandardCharsets.UTF_8).contains(now.text)) {
            return false;
        }
        return lost.getAndUpdate(count -> Math.min(count + 1, now.until)) < now.until;
    }
}
