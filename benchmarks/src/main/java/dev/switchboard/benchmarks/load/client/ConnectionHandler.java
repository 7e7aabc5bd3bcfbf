package dev.switchboard.benchmarks.load.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the load generator: asks for the upgrade, hands what comes to its listener, answers pings. The only handler
 * of its channel, confined to its event loop.
 */
public final class ConnectionHandler extends ChannelInboundHandlerAdapter implements FrameReader.Control {
    private static final String UPGRADED = "HTTP/1.1 101 ";
    private static final int BUFFER_BYTES = 16 * 1024;
    /** Bytes of one read and of half a frame before it; a gateway sends nothing that long. */
    private static final int BUFFER_BYTES_MAX = 4 * 1024 * 1024;

    private static final byte[] CLOSE = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 0x03, (byte) 0xE8};

    private final String token;
    private final FrameListener listener;
    private final FrameReader reader;
    private byte[] bytes = new byte[BUFFER_BYTES];
    private int length;
    private boolean upgraded;
    private boolean closing;
    private String closeReason = "without a close frame";
    private @Nullable Channel channel;

    public ConnectionHandler(String token, FrameListener listener) {
        this.token = token;
        this.listener = listener;
        this.reader = new FrameReader(listener, this);
    }

    /** A buffer for frames to {@link #send}. */
    public ByteBuf buffer(int bytes) {
        return open().alloc().directBuffer(bytes);
    }

    /** Writes the frames in the buffer with one system call, and releases it. */
    public void send(ByteBuf frames) {
        open().writeAndFlush(frames, open().voidPromise());
    }

    /** Says goodbye. */
    public void close() {
        closing = true;
        Channel open = channel;
        if (open != null && open.isActive()) {
            ByteBuf frame = open.alloc().directBuffer(CLOSE.length).writeBytes(CLOSE);
            open.writeAndFlush(frame).addListener(done -> open.close());
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        channel = ctx.channel();
        String request = String.join(
                "\r\n",
                "GET /ws HTTP/1.1",
                "Host: localhost",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Protocol: switchboard.v1",
                "Authorization: Bearer " + token,
                "",
                "");
        byte[] wire = request.getBytes(StandardCharsets.US_ASCII);
        send(buffer(wire.length).writeBytes(wire));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        listener.heard(System.nanoTime());
        try {
            makeRoom(in.readableBytes());
            int count = in.readableBytes();
            in.readBytes(bytes, length, count);
            length += count;
        } finally {
            in.release();
        }
        int read = upgraded ? 0 : skipUpgrade();
        if (upgraded) {
            read = reader.read(bytes, read, length);
            System.arraycopy(bytes, read, bytes, 0, length - read);
            length -= read;
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        listener.turnEnded();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!closing) {
            closing = true;
            listener.lost(closeReason);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        closeReason = String.valueOf(cause);
        ctx.close();
    }

    @Override
    public void ping(byte[] from, int start, int end) {
        int count = end - start;
        ByteBuf pong = buffer(6 + count).writeByte(0x8A).writeByte(0x80 | count).writeInt(0);
        send(pong.writeBytes(from, start, count));
    }

    @Override
    public void close(int code, String reason) {
        closeReason = code + " " + reason;
    }

    private Channel open() {
        Channel open = channel;
        if (open == null) {
            throw new IllegalStateException("not connected");
        }
        return open;
    }

    private void makeRoom(int more) {
        if (bytes.length - length < more) {
            if (length + more > BUFFER_BYTES_MAX) {
                throw new IllegalStateException("more than " + BUFFER_BYTES_MAX + " bytes without a whole frame");
            }
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    /** Where the answer to the upgrade ends; 0 while it doesn't. */
    private int skipUpgrade() {
        String answer = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0) {
            return 0;
        }
        if (!answer.startsWith(UPGRADED)) {
            throw new IllegalStateException(
                    "no upgrade: " + answer.lines().findFirst().orElse(""));
        }
        upgraded = true;
        return end + 4;
    }
}
