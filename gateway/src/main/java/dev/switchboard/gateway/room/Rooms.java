package dev.switchboard.gateway.room;

import dev.switchboard.gateway.session.Session;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Who listens to what: every session to the room of its user, an admin's session to the admins' room of every partition. Any
 * thread may call it. Invariant: a session joins once and leaves once.
 */
public final class Rooms {
    private final RoomSubscriber subscriber;

    public Rooms(RoomSubscriber subscriber) {
        this.subscriber = subscriber;
    }

    /** Completes when nothing published to the session's rooms can be missed any more. */
    public CompletionStage<Void> join(Session session) {
        List<CompletableFuture<Void>> live = new ArrayList<>();
        for (String room : rooms(session)) {
            live.add(subscriber.hold(room).toCompletableFuture());
        }
        return CompletableFuture.allOf(live.toArray(CompletableFuture[]::new));
    }

    public void leave(Session session) {
        rooms(session).forEach(subscriber::release);
    }

    private static List<String> rooms(Session session) {
        List<String> rooms = new ArrayList<>();
        rooms.add(Keys.userRoom(session.user()));
        if (session.isAdmin()) {
            Partition.all().forEach(partition -> rooms.add(Keys.adminsRoom(partition)));
        }
        return rooms;
    }
}
