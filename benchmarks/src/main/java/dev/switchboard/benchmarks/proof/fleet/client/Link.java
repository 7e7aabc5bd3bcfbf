package dev.switchboard.benchmarks.proof.fleet.client;

import dev.switchboard.proto.v1.ClientFrame;
import dev.switchboard.proto.v1.ServerFrame;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket, from its handshake to its end. It ends once and says nothing afterwards. Confined to the event loop of its
 * fleet.
 */
public final class Link {
    private static final String SUBPROTOCOL = "switchboard.v1";
    /** From the first packet to the upgrade; beyond it the connection is given up. */
    private static final int OPENING_MILLIS_MAX = 15_000;

    private static final int FRAME_BYTES_MAX = 128 * 1024;
    private static final int HTTP_BYTES_MAX = 16 * 1024;
    /** Of a slow reader: what the kernel takes in its place would hide that it is slow. */
    private static final int SLOW_RECEIVE_BUFFER_BYTES = 4 * 1024;

    private static final int SLOW_READS_PER_SECOND = 4;

    private final Listener listener;
    private final Pace pace;
    private final long openedAt = System.nanoTime();
    private @Nullable Channel channel;
    private long heardAt = openedAt;
    private int code = CloseCode.ABNORMAL;
    private Optional<Duration> askedToWait = Optional.empty();
    private boolean ended;

    /** Who a connection is for. */
    interface Listener {
        void frame(ServerFrame frame);

        /** Once, after everything else. */
        void ended(int code);
    }

    /**
     * How fast a device reads.
     *
     * @param bytesPerSecond 0: nothing at all
     */
    public record Pace(boolean slow, int bytesPerSecond) {
        public static final Pace AT_ONCE = new Pace(false, 0);
    }

    private Link(Listener listener, Pace pace) {
        this.listener = listener;
        this.pace = pace;
    }

    /** Begins to connect. */
    static Link open(EventLoop loop, URI gateway, String token, Pace pace, Listener listener) {
        Link link = new Link(listener, pace);
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, OPENING_MILLIS_MAX)
                .handler(link.initializer(gateway, token));
        if (pace.slow()) {
            bootstrap.option(ChannelOption.SO_RCVBUF, SLOW_RECEIVE_BUFFER_BYTES);
        }
        // A listener is only told when it has what this returns.
        bootstrap.connect(gateway.getHost(), gateway.getPort()).addListener(connected -> {
            if (!connected.isSuccess()) {
                loop.execute(link::end);
            }
        });
        return link;
    }

    /** Lost without a word if the connection is gone: {@code ended} tells. */
    void send(ClientFrame frame) {
        Channel open = channel;
        if (open != null && !ended) {
            open.writeAndFlush(
                    new BinaryWebSocketFrame(Unpooled.wrappedBuffer(frame.toByteArray())), open.voidPromise());
        }
    }

    /** When anything was heard last, pings included. */
    long heardAt() {
        return heardAt;
    }

    /** Who was refused at the door may have been told when to come back. */
    Optional<Duration> askedToWait() {
        return askedToWait;
    }

    /** Leaves with a goodbye. */
    void close() {
        Channel open = channel;
        if (open == null) {
            code = CloseCode.OWN;
            end();
        } else if (!ended) {
            code = CloseCode.OWN;
            open.writeAndFlush(new CloseWebSocketFrame(CloseCode.NORMAL, "")).addListener(done -> open.close());
        }
    }

    /** Leaves without a word. */
    void cut() {
        code = CloseCode.OWN;
        giveUp();
    }

    /** Nothing is heard any more. */
    void giveUp() {
        Channel open = channel;
        if (open == null) {
            end();
        } else {
            open.close();
        }
    }

    /** A slow reader takes everything from now on. */
    void readAtOnce() {
        Channel open = channel;
        if (open != null && pace.slow()) {
            // In this order: what is turned on reads at once, through the gate.
            open.pipeline().get(Gate.class).open();
            open.config().setAutoRead(true);
        }
    }

    private static Optional<Duration> retryAfter(HttpResponse response) {
        Integer seconds = response.headers().getInt(HttpHeaderNames.RETRY_AFTER);
        return Optional.ofNullable(seconds).map(Duration::ofSeconds);
    }

    private void end() {
        if (!ended) {
            ended = true;
            listener.ended(code);
        }
    }

    private ChannelInitializer<Channel> initializer(URI gateway, String token) {
        WebSocketClientProtocolConfig config = WebSocketClientProtocolConfig.newBuilder()
                .webSocketUri(URI.create("ws://" + gateway.getHost() + ":" + gateway.getPort() + "/ws"))
                .version(WebSocketVersion.V13)
                .subprotocol(SUBPROTOCOL)
                .customHeaders(new DefaultHttpHeaders().set(HttpHeaderNames.AUTHORIZATION, "Bearer " + token))
                // No page, and so none of an origin that a gateway would have to know.
                .generateOriginHeader(false)
                .maxFramePayloadLength(FRAME_BYTES_MAX)
                .handleCloseFrames(false)
                // Who says goodbye does it by hand, and who is cut off does not.
                .sendCloseFrame(null)
                .dropPongFrames(true)
                .handshakeTimeoutMillis(OPENING_MILLIS_MAX)
                .build();
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel made) {
                channel = made;
                if (pace.slow()) {
                    int bytes = Math.max(1, pace.bytesPerSecond() / SLOW_READS_PER_SECOND);
                    made.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(bytes));
                }
                ChannelPipeline pipeline = made.pipeline();
                pipeline.addLast(new Gate());
                pipeline.addLast(new HttpClientCodec());
                pipeline.addLast(new HttpObjectAggregator(HTTP_BYTES_MAX));
                pipeline.addLast(new WebSocketClientProtocolHandler(config));
                pipeline.addLast(new Frames());
            }
        };
    }

    /** Notes that something was heard, and holds a slow reader back once it is connected. */
    private final class Gate extends ChannelDuplexHandler {
        private boolean closed;

        void open() {
            closed = false;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            heardAt = System.nanoTime();
            ctx.fireChannelRead(message);
        }

        @Override
        public void read(ChannelHandlerContext ctx) {
            if (!closed) {
                ctx.read();
            }
        }

        void slowDown(ChannelHandlerContext ctx) {
            closed = true;
            ctx.channel().config().setAutoRead(false);
            if (pace.bytesPerSecond() > 0) {
                readSome(ctx);
            }
        }

        private void readSome(ChannelHandlerContext ctx) {
            if (closed && ctx.channel().isOpen()) {
                ctx.read();
                long wait = TimeUnit.SECONDS.toMillis(1) / SLOW_READS_PER_SECOND;
                ctx.executor().schedule(() -> readSome(ctx), wait, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** The end of the pipeline. */
    private final class Frames extends SimpleChannelInboundHandler<WebSocketFrame> {
        private boolean welcomed;

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) throws IOException {
            if (frame instanceof CloseWebSocketFrame close) {
                if (code != CloseCode.OWN) {
                    code = close.statusCode() < 0 ? CloseCode.ABNORMAL : close.statusCode();
                }
                ctx.writeAndFlush(close.retain()).addListener(done -> ctx.close());
            } else if (frame instanceof BinaryWebSocketFrame && !ended) {
                ServerFrame read = ServerFrame.parseFrom(new ByteBufInputStream(frame.content()));
                listener.frame(read);
                if (pace.slow() && !welcomed && read.hasWelcome()) {
                    welcomed = true;
                    Gate gate = ctx.pipeline().get(Gate.class);
                    gate.slowDown(ctx.pipeline().context(gate));
                }
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (cause instanceof WebSocketClientHandshakeException refused && refused.response() != null) {
                askedToWait = retryAfter(refused.response());
            }
            // Resets, and what a dying gateway sent half of: the connection is over, its code says no more.
            ctx.close();
        }
    }
}
