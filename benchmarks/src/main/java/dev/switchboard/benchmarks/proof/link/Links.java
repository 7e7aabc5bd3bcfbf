package dev.switchboard.benchmarks.proof.link;

import dev.switchboard.servers.Ports;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** All links of one site, on one event loop, and the threads on which their traps act. Any thread. */
public final class Links implements AutoCloseable {
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("links"), NioIoHandler.newFactory());
    /** A thread for each trap that is acting: no more than there are connections. */
    private final ExecutorService actions = Executors.newCachedThreadPool(new DefaultThreadFactory("trap", true));

    private final List<TcpProxy> open = new ArrayList<>();

    /** A link to that port of the loopback interface, on a random port of it. */
    public TcpProxy open(String name, int targetPort) {
        return open(name, Ports.free(), targetPort);
    }

    /** The same on that port; on another if somebody has taken it. */
    public synchronized TcpProxy open(String name, int port, int targetPort) {
        TcpProxy proxy = new TcpProxy(this, name, port, targetPort);
        open.add(proxy);
        return proxy;
    }

    /** All of them pass everything again. */
    public synchronized void heal() {
        open.forEach(proxy -> proxy.mode(LinkMode.PASS));
    }

    @Override
    public synchronized void close() {
        open.forEach(TcpProxy::close);
        open.clear();
        actions.shutdownNow();
        group.shutdownGracefully(0, STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly();
    }

    EventLoop loop() {
        return group.next();
    }

    MultiThreadIoEventLoopGroup group() {
        return group;
    }

    ExecutorService actions() {
        return actions;
    }
}
