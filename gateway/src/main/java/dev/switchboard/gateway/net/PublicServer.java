package dev.switchboard.gateway.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The event loops of this gateway and the socket that listens for clients. Everything else runs on these loops: connections,
 * their appends, the subscriptions.
 */
public final class PublicServer implements AutoCloseable {
    private static final int ACCEPT_BACKLOG = 4_096;
    private static final int WRITE_HIGH_BYTES = 256 * 1024;
    private static final int WRITE_LOW_BYTES = 64 * 1024;
    private static final int STOP_SECONDS_MAX = 2;

    private final EventLoopGroup loops;
    private @Nullable Channel listening;

    public PublicServer(int threads) {
        IoHandlerFactory io = Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        loops = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("loop", true), io);
    }

    public List<EventLoop> loops() {
        List<EventLoop> all = new ArrayList<>();
        for (EventExecutor loop : loops) {
            all.add((EventLoop) loop);
        }
        return all;
    }

    /** Begins to listen. */
    public void listen(InetSocketAddress address, PublicPipeline pipeline) throws IOException {
        try {
            listening = new ServerBootstrap()
                    .group(loops)
                    .channel(Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                    .option(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG)
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childOption(
                            ChannelOption.WRITE_BUFFER_WATER_MARK,
                            new WriteBufferWaterMark(WRITE_LOW_BYTES, WRITE_HIGH_BYTES))
                    .childHandler(pipeline)
                    .bind(address)
                    .syncUninterruptibly()
                    .channel();
        } catch (Exception e) {
            // Netty throws what bind throws, checked or not, without declaring it.
            throw new IOException("can't listen on " + address + ": " + e.getMessage(), e);
        }
    }

    /** The port that was bound, for those who asked for any. */
    public int port() {
        Channel channel = listening;
        if (channel == null) {
            throw new IllegalStateException("not listening");
        }
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** Takes no more connections; those there are go on. */
    public void stopListening() {
        Channel channel = listening;
        if (channel != null) {
            channel.close().awaitUninterruptibly(STOP_SECONDS_MAX, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        stopListening();
        loops.shutdownGracefully(0, STOP_SECONDS_MAX, TimeUnit.SECONDS)
                .awaitUninterruptibly(STOP_SECONDS_MAX + 1, TimeUnit.SECONDS);
    }
}
