package dev.switchboard.benchmarks.load;

import dev.switchboard.benchmarks.load.client.ConnectionHandler;
import dev.switchboard.benchmarks.load.client.FrameListener;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * All users of one run and an admin on each gateway, on one event loop: no two threads share anything, and one wake-up serves
 * whatever has come for all of them. The methods may be called from outside; each does its work on that loop.
 */
final class Crowd implements AutoCloseable {
    private static final Duration STEP_TIMEOUT = Duration.ofSeconds(30);

    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final Tally tally = new Tally();
    private final Faults faults = new Faults();
    private final List<ChatUser> users = new ArrayList<>();
    private final List<ConnectionHandler> admins = new ArrayList<>();
    private final CompletableFuture<Void> complete = new CompletableFuture<>();
    private int welcomes;
    private long permitted;
    private boolean stopped;

    /** Who comes: their names begin with {@code prefix}, {@code tokens} makes them known. */
    record Guests(String prefix, int users, int underWayMax, int textBytes, Tokens tokens) {}

    /** Issues what a gateway accepts. */
    interface Tokens {
        String issue(String user, boolean admin);
    }

    /** Connects everybody; all are welcomed on return. */
    Crowd(List<URI> gateways, Guests guests) {
        DefaultThreadFactory threads = new DefaultThreadFactory("load");
        group = new MultiThreadIoEventLoopGroup(
                1, threads, Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        loop = group.next();
        try {
            ask(() -> {
                connectAll(gateways, guests);
                return true;
            });
            await(complete);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Everybody sends as fast as answers come. */
    void saturate() {
        ask(() -> {
            users.forEach(user -> user.permit(ChatUser.UNLIMITED));
            return true;
        });
    }

    /** Everybody sends by a schedule; latencies of what is intended for the window are recorded. */
    void follow(Schedule schedule, long windowStart, long windowEnd) {
        ask(() -> {
            tally.window(windowStart, windowEnd);
            users.forEach(user -> user.follow(schedule));
            pace(schedule);
            return true;
        });
    }

    /** Nobody sends anything more. */
    void stop() {
        ask(() -> {
            stopped = true;
            users.forEach(ChatUser::stop);
            return true;
        });
    }

    Tally.Counts counts() {
        return ask(tally::counts);
    }

    boolean faultless() {
        return ask(faults::none);
    }

    /** True when each send has its answer and as many messages were delivered as accepted. */
    boolean quiet() {
        return ask(() -> users.stream().allMatch(ChatUser::answered)
                && tally.counts().delivered() >= tally.counts().accepted());
    }

    boolean toldStored() {
        return ask(() -> users.stream().allMatch(ChatUser::toldStored));
    }

    /** Nothing more will come. Returns how many messages may be stored although they were not accepted. */
    long finish() {
        return ask(() -> users.stream().mapToLong(ChatUser::finish).sum());
    }

    /** For the time after {@link #finish}. */
    Faults faults() {
        return faults;
    }

    /** For the time after {@link #finish}. */
    Tally tally() {
        return tally;
    }

    @Override
    public void close() {
        if (group.isShuttingDown()) {
            return;
        }
        loop.execute(() -> {
            users.forEach(ChatUser::close);
            admins.forEach(ConnectionHandler::close);
        });
        group.shutdownGracefully(100, 2_000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }

    private void connectAll(List<URI> gateways, Guests guests) {
        ChatUser.Crew crew = new ChatUser.Crew(loop, tally, faults, guests, this::welcomed, this::lost);
        long now = System.currentTimeMillis();
        for (int i = 0; i < guests.users(); i++) {
            String name = "%s%04d".formatted(guests.prefix(), i);
            ChatUser user = new ChatUser(i, name, now, guests.tokens().issue(name, false), crew);
            users.add(user);
            connect(gateways.get(i % gateways.size()), user.sender());
            connect(gateways.get((i + 1) % gateways.size()), user.receiver());
        }
        for (int i = 0; i < gateways.size(); i++) {
            String name = "%sadmin%d".formatted(guests.prefix(), i);
            ConnectionHandler admin = new ConnectionHandler(guests.tokens().issue(name, true), new IdleAdmin(name));
            admins.add(admin);
            connect(gateways.get(i), admin);
        }
    }

    private void connect(URI gateway, ConnectionHandler handler) {
        new Bootstrap()
                .group(loop)
                .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(handler)
                .connect(gateway.getHost(), gateway.getPort())
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        complete.completeExceptionally(connected.cause());
                    }
                });
    }

    private void welcomed() {
        welcomes++;
        if (welcomes == 2 * users.size() + admins.size()) {
            complete.complete(null);
        }
    }

    private void lost(String who) {
        faults.add(Faults.Kind.DISCONNECTED, who);
        // Who is refused at the door need not be waited for.
        complete.completeExceptionally(new IllegalStateException(who));
    }

    /** Sends what is due and comes again when the next message is. */
    private void pace(Schedule schedule) {
        if (stopped) {
            return;
        }
        long due = schedule.dueBy(System.nanoTime());
        long touched = Math.min(due - permitted, users.size());
        for (long i = 0; i < touched; i++) {
            int user = (int) ((permitted + i) % users.size());
            users.get(user).permit(schedule.shareOf(user, due));
        }
        permitted = due;
        long wait = Math.max(0, schedule.instant(due) - System.nanoTime());
        loop.schedule(() -> pace(schedule), wait, TimeUnit.NANOSECONDS);
    }

    private <T> T ask(Supplier<T> question) {
        return await(CompletableFuture.supplyAsync(question, loop));
    }

    private static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(STEP_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadFailedException("interrupted", e);
        } catch (ExecutionException e) {
            throw new LoadFailedException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new LoadFailedException("no answer within " + STEP_TIMEOUT.toSeconds() + " s", e);
        }
    }

    /** Sees that there are conversations, and follows none. */
    private final class IdleAdmin implements FrameListener {
        private final String name;

        IdleAdmin(String name) {
            this.name = name;
        }

        @Override
        public void heard(long nanos) {
            // An admin measures nothing.
        }

        @Override
        public void welcome() {
            welcomed();
        }

        @Override
        public void notice() {
            tally.notice();
        }

        @Override
        public void unexpected(String frame) {
            faults.add(Faults.Kind.UNEXPECTED, name + ": " + frame);
        }

        @Override
        public void lost(String why) {
            Crowd.this.lost(name + ": " + why);
        }
    }
}
