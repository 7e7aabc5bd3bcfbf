package dev.switchboard.benchmarks.proof.row;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * One WebSocket on a plain socket, for what no conforming client does: it stops in the middle of a frame, or tears its connection.
 * It answers pings only while somebody has it read. One thread.
 */
public final class RawClient implements AutoCloseable {
    /** Answers of a door that are no HTTP status. */
    public static final int CLOSED = 0;

    public static final int SILENT = -1;

    public static final int WELCOME = 101;
    public static final int UNAUTHORIZED = 401;
    public static final int FULL = 503;

    /** A connection that ended without a close frame. */
    public static final int ABNORMAL = 1006;

    private static final int CONNECT_MILLIS_MAX = 15_000;
    private static final int HEAD_BYTES_MAX = 16 * 1024;
    private static final String HEAD = """
            GET /ws HTTP/1.1\r
            Host: %s:%d\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            Sec-WebSocket-Protocol: switchboard.v1\r
            Authorization: Bearer %s\r
            \r
            """;

    private static final int OPCODE = 0x0F;
    private static final int LENGTH = 0x7F;
    private static final int LENGTH_OF_16_BITS = 126;
    private static final int LENGTH_OF_64_BITS = 127;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    /** With a mask of zeros and without content, as the gateway's pings are. */
    private static final byte[] PONG = {(byte) 0x8A, (byte) 0x80, 0, 0, 0, 0};

    private final Socket socket;
    private final InputStream in;

    private RawClient(Socket socket, InputStream in) {
        this.socket = socket;
        this.in = in;
    }

    /** Connects and asks to be let in; does not wait for the answer. */
    public static RawClient knock(URI door, String token) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(door.getHost(), door.getPort()), CONNECT_MILLIS_MAX);
            byte[] head = HEAD.formatted(door.getHost(), door.getPort(), token).getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(head);
            return new RawClient(socket, new BufferedInputStream(socket.getInputStream()));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** The status of the answer; {@link #CLOSED} if there is an end instead of one, {@link #SILENT} if neither comes in time. */
    public int status(Duration timeout) throws IOException {
        socket.setSoTimeout((int) timeout.toMillis());
        StringBuilder head = new StringBuilder();
        try {
            while (head.indexOf("\r\n\r\n") < 0 && head.length() < HEAD_BYTES_MAX) {
                head.append((char) next());
            }
        } catch (SocketTimeoutException e) {
            return SILENT;
        } catch (IOException e) {
            return CLOSED;
        }
        return Integer.parseInt(head.substring("HTTP/1.1 ".length(), "HTTP/1.1 101".length()));
    }

    /** Waits for the first message; false if it does not come. */
    public boolean awaitFrame(Duration timeout) throws IOException {
        socket.setSoTimeout((int) timeout.toMillis());
        try {
            return readFrame() >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Begins a frame of so many bytes and does not end it. */
    public void beginFrame(int bytes) throws IOException {
        byte[] half = new byte[4 + 4 + bytes / 2];
        Arrays.fill(half, (byte) 7);
        half[0] = (byte) 0x82;
        half[1] = (byte) (0x80 | LENGTH_OF_16_BITS);
        half[2] = (byte) (bytes >> Byte.SIZE);
        half[3] = (byte) bytes;
        socket.getOutputStream().write(half);
    }

    /** RST. */
    public void tear() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Reads until the end; the code of the close frame, {@link #ABNORMAL} without one, {@link #SILENT} if it goes on. */
    public int closeCode(Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            while (true) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return SILENT;
                }
                socket.setSoTimeout((int) Math.max(1, Duration.ofNanos(left).toMillis()));
                int code = readFrame();
                if (code > 0) {
                    return code;
                }
            }
        } catch (SocketTimeoutException e) {
            return SILENT;
        } catch (IOException e) {
            return ABNORMAL;
        }
    }

    /** FIN without a word. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is over in any case.
        }
    }

    /** The code of a close frame, 0 of any other. */
    private int readFrame() throws IOException {
        int opcode = next() & OPCODE;
        long length = next() & LENGTH;
        if (length == LENGTH_OF_16_BITS) {
            length = (long) next() << Byte.SIZE | next();
        } else if (length == LENGTH_OF_64_BITS) {
            length = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                length = length << Byte.SIZE | next();
            }
        }
        if (opcode == CLOSE && length >= Short.BYTES) {
            return next() << Byte.SIZE | next();
        }
        in.skipNBytes(length);
        if (opcode == PING) {
            socket.getOutputStream().write(PONG);
        }
        return opcode == CLOSE ? ABNORMAL : 0;
    }

    private int next() throws IOException {
        int read = in.read();
        if (read < 0) {
            throw new EOFException("closed");
        }
        return read;
    }
}
