package dev.switchboard.gateway.room;

import dev.switchboard.gateway.log.RedisConnections;
import dev.switchboard.gateway.ops.GatewayMeters;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateAdapter;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one subscribing connection of this gateway. Subscribes a room when its first holder comes, unsubscribes when the last
 * goes. Any thread may hold and release; publications arrive on the connection's event loop.
 *
 * <p>Subscriptions are kept here and not by the driver, which subscribes again with one command over all slots, and on a
 * Cluster that fails and leaves nothing. After any interruption, its listener is told once everything is subscribed
 * again: what was published meanwhile was missed.
 */
public final class RoomSubscriber implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RoomSubscriber.class);
    private static final int RETRY_MIN_MILLIS = 20;
    private static final int RETRY_MAX_MILLIS = 1_000;
    /** Without an answer for this long the connection is given up, also where no FIN ever came. */
    private static final int PING_MILLIS = 5_000;
    /** Rooms in one SSUBSCRIBE. */
    private static final int ROOMS_PER_COMMAND_MAX = 500;

    private final RedisConnections connections;
    private final EventLoop loop;
    private final GatewayMeters meters;
    private final Listener listener;
    private final ConcurrentMap<String, Room> rooms = new ConcurrentHashMap<>();
    private volatile @Nullable StatefulRedisPubSubConnection<String, byte[]> connection;
    private volatile boolean closed;
    private boolean connectedBefore;

    /** Hears what comes over the connection, on its event loop. */
    public interface Listener {
        void published(String room, byte[] publication);

        /** What is published in this room from here on arrives; what was before may have been missed. */
        void subscribed(String room);

        /** Publications were missed, and all rooms are subscribed again. */
        void interrupted();
    }

    public RoomSubscriber(RedisConnections connections, EventLoop loop, GatewayMeters meters, Listener listener) {
        this.connections = connections;
        this.loop = loop;
        this.meters = meters;
        this.listener = listener;
    }

    /** Connects, and tries again until it succeeds or is closed. */
    public void start() {
        connect();
        loop.schedule(this::ping, PING_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Wants a room. Completes when Redis has confirmed it: from then on nothing published is missed. */
    public CompletionStage<Void> hold(String name) {
        Room held = rooms.compute(name, (same, known) -> {
            Room room = known == null ? new Room() : known;
            if (room.holders++ == 0) {
                // Always a new one: the release that emptied the room is about to complete the old.
                room.live = new CompletableFuture<>();
                // Never from here: commands of several threads would overtake each other, and the last one wins.
                loop.execute(() -> subscribe(List.of(name)));
            }
            return room;
        });
        return held.live;
    }

    /** Gives back one {@link #hold}. */
    public void release(String name) {
        List<CompletableFuture<Void>> abandoned = new ArrayList<>();
        rooms.computeIfPresent(name, (same, room) -> {
            if (--room.holders > 0) {
                return room;
            }
            // Nobody waits for this room itself any more, but who waits for all rooms waits for it, too.
            abandoned.add(room.live);
            StatefulRedisPubSubConnection<String, byte[]> current = connection;
            if (current == null) {
                return null;
            }
            // Stays listed until Redis has confirmed it, so that its answers are told from those to a hold that
            // follows.
            room.leaving++;
            loop.execute(() -> current.async().sunsubscribe(name));
            return room;
        });
        abandoned.forEach(live -> live.complete(null));
    }

    /** False while publications are being missed. */
    public boolean connected() {
        return connection != null;
    }

    @Override
    public void close() {
        closed = true;
        StatefulRedisPubSubConnection<String, byte[]> current = connection;
        if (current != null) {
            current.closeAsync();
        }
    }

    private void connect() {
        connections
                .connectRooms(loop)
                .whenComplete((opened, error) -> loop.execute(() -> {
                    if (opened == null) {
                        retry();
                    } else if (closed) {
                        opened.closeAsync();
                    } else {
                        connected(opened);
                    }
                }));
    }

    private void connected(StatefulRedisPubSubConnection<String, byte[]> opened) {
        opened.addListener(new Publications());
        opened.addListener(new RedisConnectionStateAdapter() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
                loop.execute(() -> lost(opened));
            }
        });
        connection = opened;
        Map<String, List<String>> byTag = new TreeMap<>();
        List<CompletableFuture<Void>> live = new ArrayList<>();
        rooms.forEach((name, room) -> {
            if (room.holders > 0) {
                byTag.computeIfAbsent(name.substring(0, name.indexOf('}')), tag -> new ArrayList<>())
                        .add(name);
                live.add(room.live);
            }
        });
        byTag.values().forEach(this::subscribe);
        boolean again = connectedBefore;
        connectedBefore = true;
        if (again) {
            meters.busReconnected();
            log.info("rooms subscribed again count={}", live.size());
            CompletableFuture.allOf(live.toArray(CompletableFuture[]::new))
                    .thenRun(() -> loop.execute(listener::interrupted));
        }
        if (!opened.isOpen()) {
            lost(opened);
        }
    }

    private void lost(StatefulRedisPubSubConnection<String, byte[]> gone) {
        if (connection != gone) {
            return;
        }
        connection = null;
        gone.closeAsync();
        rooms.keySet().forEach(name -> rooms.computeIfPresent(name, (same, room) -> room.disconnected()));
        if (!closed) {
            log.warn("room connection lost, connecting anew");
            retry();
        }
    }

    private void retry() {
        if (!closed && !loop.isShuttingDown()) {
            long wait = ThreadLocalRandom.current().nextLong(RETRY_MIN_MILLIS, RETRY_MAX_MILLIS);
            loop.schedule(this::connect, wait, TimeUnit.MILLISECONDS);
        }
    }

    private void subscribe(List<String> names) {
        StatefulRedisPubSubConnection<String, byte[]> current = connection;
        if (current == null) {
            return;
        }
        for (int from = 0; from < names.size(); from += ROOMS_PER_COMMAND_MAX) {
            List<String> part = names.subList(from, Math.min(names.size(), from + ROOMS_PER_COMMAND_MAX));
            current.async().ssubscribe(part.toArray(String[]::new)).whenComplete((done, error) -> {
                if (error != null) {
                    meters.unexpected("subscribe");
                    log.warn("rooms not subscribed count={} error={}", part.size(), error.toString());
                }
            });
        }
    }

    private void ping() {
        if (closed || loop.isShuttingDown()) {
            return;
        }
        StatefulRedisPubSubConnection<String, byte[]> current = connection;
        if (current != null) {
            CompletableFuture<String> pong = current.async().ping().toCompletableFuture();
            loop.schedule(
                    () -> {
                        if (!pong.isDone() || pong.isCompletedExceptionally()) {
                            lost(current);
                        }
                    },
                    PING_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
        loop.schedule(this::ping, PING_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** What arrives on the connection. */
    private final class Publications extends RedisPubSubAdapter<String, byte[]> {
        @Override
        public void smessage(String name, byte[] message) {
            meters.publicationReceived();
            listener.published(name, message);
        }

        @Override
        public void ssubscribed(String name, long count) {
            listener.subscribed(name);
            // Not get: Redis may answer before the compute that asked has put the room into the map.
            List<CompletableFuture<Void>> confirmed = new ArrayList<>();
            rooms.computeIfPresent(name, (same, room) -> {
                // With an unsubscription still under way this answers an earlier hold, not the one that waits.
                if (room.leaving == 0) {
                    confirmed.add(room.live);
                }
                return room;
            });
            confirmed.forEach(live -> live.complete(null));
        }

        @Override
        public void sunsubscribed(String name, long count) {
            rooms.computeIfPresent(name, (same, room) -> {
                if (room.leaving > 0) {
                    room.leaving--;
                    return room.holders == 0 && room.leaving == 0 ? null : room;
                }
                // Wanted and not given back by us: the slot has moved.
                if (room.live.isDone()) {
                    room.awaitConfirmation();
                    room.live.thenRun(() -> loop.execute(listener::interrupted));
                    loop.execute(() -> subscribe(List.of(name)));
                }
                return room;
            });
        }
    }

    /** One subscription. Changed only inside a compute of its map entry. */
    private static final class Room {
        volatile CompletableFuture<Void> live = new CompletableFuture<>();
        int holders;
        /** Unsubscriptions that Redis has not confirmed yet. */
        int leaving;

        /** Who waits already goes on waiting for the same. */
        void awaitConfirmation() {
            if (live.isDone()) {
                live = new CompletableFuture<>();
            }
        }

        /** The same holders, waiting for a new connection; null if there are none. */
        @Nullable
        Room disconnected() {
            leaving = 0;
            awaitConfirmation();
            return holders == 0 ? null : this;
        }
    }
}
