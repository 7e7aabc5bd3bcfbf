package dev.switchboard.gateway;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.Send;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.WireUuid;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A client made of bytes, so that a test can send what no library would. Reads on a thread of its own and keeps everything it
 * got.
 */
public final class TestSocket implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Socket socket;
    private final OutputStream out;
    private final InputStream in;
    private final LinkedBlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
    private final ConcurrentLinkedQueue<Frame> all = new ConcurrentLinkedQueue<>();
    private volatile boolean endOfStream;
    private volatile boolean answersPings = true;

    /** One WebSocket frame from the server. */
    public record Frame(int opcode, ByteString payload) {
        public int closeCode() {
            return payload.asReadOnlyByteBuffer().getShort() & 0xFFFF;
        }

        public ServerFrame message() {
            try {
                return ServerFrame.parseFrom(payload);
            } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                throw new AssertionError("not a ServerFrame", e);
            }
        }
    }

    /** An HTTP answer: status line and headers as sent, body as text. */
    public record Answer(int status, String head, String body) {
        public Optional<String> header(String name) {
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst();
        }
    }

    private TestSocket(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        out = socket.getOutputStream();
        in = socket.getInputStream();
    }

    /** A plain connection. */
    public static TestSocket connect(int port) throws IOException {
        return over(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** A plain connection for which the kernel keeps as little as it may, so that not reading is soon felt. */
    public static TestSocket connectNarrow(int port) throws IOException {
        Socket narrow = new Socket();
        narrow.setReceiveBufferSize(4 * 1024);
        narrow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return over(narrow);
    }

    /** Over a connection of the test's own, such as one with TLS. */
    public static TestSocket over(Socket socket) throws IOException {
        return new TestSocket(socket);
    }

    /** The lines of a handshake that succeeds, apart from the credentials. */
    public static List<String> handshakeLines(String subprotocol) {
        return new ArrayList<>(List.of(
                "GET /ws HTTP/1.1",
                "Host: localhost",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Protocol: " + subprotocol));
    }

    /** An open WebSocket of this token, past its Welcome, which is the first frame that {@link #next} gives. */
    public static TestSocket open(int port, String token, String subprotocol) throws IOException {
        TestSocket client = connect(port);
        List<String> lines = handshakeLines(subprotocol);
        lines.add("Authorization: Bearer " + token);
        Answer answer = client.request(lines);
        if (answer.status() != 101) {
            throw new IOException("handshake refused: " + answer);
        }
        client.startReading();
        return client;
    }

    /** The answer to a request on a connection of its own. */
    public static Answer ask(int port, List<String> lines) throws IOException {
        try (TestSocket client = connect(port)) {
            return client.request(lines);
        }
    }

    public Answer request(List<String> lines) throws IOException {
        send((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
        return readAnswer();
    }

    public void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    public Answer readAnswer() throws IOException {
        socket.setSoTimeout((int) PATIENCE.toMillis() + 5_000);
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("closed after: " + head.toString(StandardCharsets.ISO_8859_1));
            }
            head.write(b);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        Answer answer = new Answer(Integer.parseInt(text.substring(9, 12)), text, "");
        int length = answer.header("Content-Length").map(Integer::parseInt).orElse(0);
        return new Answer(answer.status(), text, new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }

    /** Reads up to the end of the connection; how many bytes came. */
    public long readToEnd() throws IOException {
        socket.setSoTimeout((int) PATIENCE.toMillis());
        return in.transferTo(OutputStream.nullOutputStream());
    }

    /** Begins to take frames. */
    public void startReading() throws IOException {
        socket.setSoTimeout(0);
        Thread reader = new Thread(this::read, "test-socket");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (DataInputStream data = new DataInputStream(in)) {
            while (true) {
                int first = data.readUnsignedByte();
                int length = data.readUnsignedByte();
                if (length == 126) {
                    length = data.readUnsignedShort();
                } else if (length == 127) {
                    length = (int) data.readLong();
                }
                byte[] payload = new byte[length];
                data.readFully(payload);
                Frame frame = new Frame(first & 0x0F, ByteString.copyFrom(payload));
                if (frame.opcode() == 9) {
                    if (answersPings) {
                        send(frame(0x8A, payload));
                    }
                } else {
                    all.add(frame);
                    frames.add(frame);
                }
            }
        } catch (IOException e) {
            endOfStream = true;
            frames.add(new Frame(-1, ByteString.EMPTY));
        }
    }

    /** A masked frame. {@code first} is the first byte as it stands on the wire: FIN, reserved bits, opcode. */
    public static byte[] frame(int first, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length <= 125) {
            frame.write(0x80 | payload.length);
        } else if (payload.length <= 0xFFFF) {
            frame.write(0x80 | 126);
            frame.writeBytes(
                    ByteBuffer.allocate(2).putShort((short) payload.length).array());
        } else {
            frame.write(0x80 | 127);
            frame.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        byte[] mask = {0x12, 0x34, 0x56, 0x78};
        frame.writeBytes(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.write(payload[i] ^ mask[i & 3]);
        }
        return frame.toByteArray();
    }

    public void send(ClientFrame frame) throws IOException {
        send(frame(0x82, frame.toByteArray()));
    }

    public void send(Send.Builder command) throws IOException {
        send(ClientFrame.newBuilder().setSend(command).build());
    }

    /** A send with a new id. */
    public static Send.Builder say(String text) {
        return Send.newBuilder().setClientMsgId(newId()).setText(text);
    }

    public static ByteString newId() {
        return ByteString.copyFrom(WireUuid.bytes(UUID.randomUUID()));
    }

    /** The next frame; fails after {@link #PATIENCE}. A closed connection gives opcode -1. */
    public Frame next() {
        try {
            Frame frame = frames.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (frame == null) {
                throw new AssertionError("no frame within " + PATIENCE);
            }
            return frame;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public ServerFrame nextMessage() {
        return next().message();
    }

    /** The next message that fits; others are passed over. */
    public ServerFrame await(Predicate<ServerFrame> wanted) {
        while (true) {
            Frame frame = next();
            if (frame.opcode() != 2) {
                throw new AssertionError(
                        "the connection was closed: " + (frame.opcode() == 8 ? frame.closeCode() : frame.opcode()));
            }
            ServerFrame message = frame.message();
            if (wanted.test(message)) {
                return message;
            }
        }
    }

    public ServerFrame await(ServerFrame.FrameCase wanted) {
        return await(message -> message.getFrameCase() == wanted);
    }

    /** Reads up to the close frame; its code. -1 if the connection ended without one. */
    public int closeCode() {
        while (true) {
            Frame frame = next();
            if (frame.opcode() == 8) {
                return frame.closeCode();
            }
            if (frame.opcode() == -1) {
                return -1;
            }
        }
    }

    /** Leaves heartbeats without an answer from here on. */
    public void ignorePings() {
        answersPings = false;
    }

    /** Everything received so far, in order. */
    public List<Frame> received() {
        return List.copyOf(all);
    }

    public boolean ended() {
        return endOfStream;
    }

    public Socket socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
