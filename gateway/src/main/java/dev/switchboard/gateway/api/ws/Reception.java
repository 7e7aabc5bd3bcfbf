package dev.switchboard.gateway.api.ws;

import dev.switchboard.gateway.desk.ResumeLanes;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.room.Rooms;
import dev.switchboard.gateway.session.Disconnect;
import dev.switchboard.gateway.session.Heartbeats;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.Sessions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives new sessions and sees old ones off. One for each event loop, confined to it. The order is what makes a connection
 * complete: listed, subscribed, heads read, Welcome written, and only then its frames are read.
 */
public final class Reception {
    private static final Logger log = LoggerFactory.getLogger(Reception.class);
    private static final int WELCOME_MILLIS_MAX = 2_500;

    private final Sessions sessions;
    private final Rooms rooms;
    private final ResumeLanes resume;
    private final Heartbeats heartbeats;
    private final Hints hints;
    private final Answers answers;
    private final Rules rules;

    public Reception(
            Sessions sessions,
            Rooms rooms,
            ResumeLanes resume,
            Heartbeats heartbeats,
            Hints hints,
            Answers answers,
            Rules rules) {
        this.sessions = sessions;
        this.rooms = rooms;
        this.resume = resume;
        this.heartbeats = heartbeats;
        this.hints = hints;
        this.answers = answers;
        this.rules = rules;
    }

    /** Most connections of one user on this gateway: the oldest makes room. */
    public record Rules(int connectionsPerUserMax, GatewayMeters meters) {}

    /** A connection has passed its handshake. */
    public void arrived(Session session, long startedNanos) {
        rules.meters()
                .opened(session.format().label(), session.identity().role().name());
        log.info(
                "connected connection={} user={} role={}",
                Long.toHexString(session.id()),
                session.user(),
                session.identity().role());
        int connections = sessions.add(session);
        List<Session> all = sessions.ofUser(session.user());
        for (int i = 0; i < Math.min(all.size(), connections - rules.connectionsPerUserMax()); i++) {
            Session oldest = all.get(i);
            oldest.execute(() -> oldest.close(Disconnect.REPLACED));
        }
        heartbeats.add(session);
        hints.add(session);
        CompletableFuture<List<ResumeLanes.LaneAnswer>> heads = rooms.join(session)
                .thenCompose(live -> resume.ownHeads(session.user()))
                .toCompletableFuture()
                .orTimeout(WELCOME_MILLIS_MAX, TimeUnit.MILLISECONDS);
        heads.whenComplete((found, error) -> session.execute(() -> {
            if (session.closing().isPresent()) {
                return; // Gone before it was greeted.
            }
            if (error != null) {
                log.warn("no welcome connection={} error={}", Long.toHexString(session.id()), error.toString());
                session.close(Disconnect.TRY_AGAIN_LATER);
                return;
            }
            if (!session.isAdmin()) {
                found.stream()
                        .findFirst()
                        .ifPresent(head -> session.ownConversation(head.at().conversation()));
            }
            session.welcome(answers.welcome(session, 0, found));
            rules.meters().welcomed(Duration.ofNanos(System.nanoTime() - startedNanos));
        }));
    }

    /** The connection has closed. */
    public void left(Session session) {
        heartbeats.remove(session);
        hints.remove(session);
        rooms.leave(session);
        sessions.remove(session);
        session.closed();
        // The first system's own line.
        log.info("🔴 Usuario desconectado: {}", session.user());
    }
}
