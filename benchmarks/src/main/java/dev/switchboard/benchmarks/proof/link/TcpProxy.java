package dev.switchboard.benchmarks.proof.link;

import dev.switchboard.benchmarks.proof.link.Trap.Fate;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.Ports;
import dev.switchboard.servers.ServerStartException;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A link: a port of the loopback interface that leads to another one. What it does to its connections, present and future, is
 * switched while it runs. The methods may be called from any thread, not from its event loop; what they change holds on return.
 */
public final class TcpProxy implements AutoCloseable {
    private static final int BIND_ATTEMPTS_MAX = 10;
    /** Of the system, at each side and each way: a line holds little, and would hold megabytes if the system chose. */
    private static final int BUFFER_BYTES = 128 * 1024;

    private static final Duration UNBIND_TIMEOUT = Duration.ofSeconds(5);

    private final Links links;
    private final EventLoop loop;
    private final String name;
    private final int port;
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong open = new AtomicLong();
    private final LinkConnection.Events events;

    private @Nullable Channel listener;

    // What follows belongs to the event loop.
    private final Set<LinkConnection> connections = new LinkedHashSet<>();
    private final List<Channel> callers = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final List<Trap> traps = new ArrayList<>();
    private InetSocketAddress target;
    private LinkMode mode = LinkMode.PASS;
    private @Nullable Exempt exempt;

    /** Connections that are treated otherwise than the rest. */
    private record Exempt(LinkMode mode, Predicate<LinkConnection> whose) {}

    TcpProxy(Links links, String name, int port, int targetPort) {
        this.links = links;
        this.loop = links.loop();
        this.name = name;
        this.target = at(targetPort);
        this.events = new LinkConnection.Events(
                connection -> connection.mode(modeOf(connection)), this::sprung, connection -> {
                    connections.remove(connection);
                    open.decrementAndGet();
                });
        this.port = bindAnywhere(port);
    }

    public String name() {
        return name;
    }

    /** Where this link begins. */
    public int port() {
        return port;
    }

    /** Connections that have come since the start. */
    public long accepted() {
        return accepted.get();
    }

    /** Connections that are open now. */
    public long openConnections() {
        return open.get();
    }

    /** All connections, present and future, without exception. */
    public synchronized void mode(LinkMode next) {
        if (next.closes() && listener != null) {
            listener.close().syncUninterruptibly();
            listener = null;
            // The system's socket is closed at the next turn of the selector.
            Await.until(UNBIND_TIMEOUT, () -> Ports.isFree(port));
        }
        onLoop(() -> {
            mode = next;
            exempt = null;
            connections().forEach(connection -> connection.mode(next));
            List<Channel> waiting = List.copyOf(callers);
            callers.clear();
            waiting.forEach(this::answer);
        });
        if (!next.closes() && listener == null) {
            listener = bind(port).syncUninterruptibly().channel();
        }
    }

    /** Connections, present and future, of which that is true; the others stay as they are. */
    public void mode(LinkMode next, Predicate<LinkConnection> whose) {
        onLoop(() -> {
            exempt = new Exempt(next, whose);
            connections().forEach(connection -> connection.mode(modeOf(connection)));
        });
    }

    /** Tears all connections, and leads those that come to another port. */
    public void passTo(int targetPort) {
        onLoop(() -> {
            target = at(targetPort);
            connections().forEach(connection -> connection.end(true));
        });
    }

    /** From now on connections remember when they have said that, see {@link LinkConnection#said}. */
    public void listenFor(String text) {
        onLoop(() -> {
            names.add(text);
            connections.forEach(connection -> connection.listenFor(text));
        });
    }

    /** Holds the next occurrence of a text on its way to the target, on any connection. */
    public Trap trap(String bait, Trap.Action action) {
        return trap(bait, 1, action);
    }

    /** The same for the next so many. Bytes that are text in no protocol may stand in it, such as {@code \u0003}. */
    public Trap trap(String bait, int times, Trap.Action action) {
        Trap trap = new Trap(bait, times, action);
        onLoop(() -> {
            traps.removeIf(Trap::isSpent);
            traps.add(trap);
            connections.forEach(connection -> connection.lay(trap));
        });
        return trap;
    }

    /** No trap that was laid springs any more. */
    public void disarm() {
        onLoop(() -> {
            traps.forEach(Trap::disarm);
            traps.clear();
        });
    }

    /** Ends all connections and frees the port. */
    @Override
    public void close() {
        mode(LinkMode.CUT);
    }

    private int bindAnywhere(int first) {
        int candidate = first;
        for (int attempt = 1; ; attempt++) {
            ChannelFuture bound = bind(candidate).awaitUninterruptibly();
            if (bound.isSuccess()) {
                listener = bound.channel();
                return candidate;
            }
            if (attempt == BIND_ATTEMPTS_MAX) {
                throw new ServerStartException("no port for the link " + name, bound.cause());
            }
            candidate = Ports.free();
        }
    }

    private ChannelFuture bind(int at) {
        return new ServerBootstrap()
                .group(links.group())
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_RCVBUF, BUFFER_BYTES)
                .childOption(ChannelOption.SO_SNDBUF, BUFFER_BYTES)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel near) {
                        accepted.incrementAndGet();
                        answer(near);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), at);
    }

    /** A black hole lets a caller wait without a word until it is none any more. */
    private void answer(Channel near) {
        if (mode.closes()) {
            near.close();
        } else if (mode.forwards()) {
            connect(near);
        } else {
            callers.add(near);
        }
    }

    private void connect(Channel near) {
        InetSocketAddress asked = target;
        new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_RCVBUF, BUFFER_BYTES)
                .option(ChannelOption.SO_SNDBUF, BUFFER_BYTES)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(asked)
                .addListener((ChannelFuture connected) -> {
                    if (connected.isSuccess() && asked.equals(target)) {
                        join(near, connected.channel());
                    } else {
                        // Nobody is there, or it leads elsewhere by now.
                        connected.channel().close();
                        near.config().setOption(ChannelOption.SO_LINGER, 0);
                        near.close();
                    }
                });
    }

    private void join(Channel near, Channel far) {
        LinkConnection connection = new LinkConnection(numbers.incrementAndGet(), near, far, events);
        connections.add(connection);
        open.incrementAndGet();
        names.forEach(connection::listenFor);
        traps.forEach(connection::lay);
        near.pipeline().addLast(new SideHandler(connection, true));
        far.pipeline().addLast(new SideHandler(connection, false));
        connection.start(modeOf(connection));
    }

    private LinkMode modeOf(LinkConnection connection) {
        Exempt rule = exempt;
        return rule != null && rule.whose().test(connection) ? rule.mode() : mode;
    }

    private void sprung(LinkConnection connection, Trap trap) {
        CompletableFuture.supplyAsync(trap::act, links.actions())
                .exceptionally(failure -> Fate.RELEASE)
                .thenAcceptAsync(connection::decide, loop);
    }

    /** A copy: a connection that ends leaves the set. */
    private List<LinkConnection> connections() {
        return List.copyOf(connections);
    }

    private static InetSocketAddress at(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private void onLoop(Runnable step) {
        loop.submit(step).syncUninterruptibly();
    }

    /** One side of a connection. */
    private static final class SideHandler extends ChannelInboundHandlerAdapter {
        private final LinkConnection connection;
        private final boolean near;

        SideHandler(LinkConnection connection, boolean near) {
            this.connection = connection;
            this.near = near;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (near) {
                connection.fromNear((ByteBuf) message);
            } else {
                connection.fromFar((ByteBuf) message);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            connection.writable();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            connection.ended(ctx.channel());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // A reset on one side is one on the other.
            connection.end(true);
        }
    }
}
