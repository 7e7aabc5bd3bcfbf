package dev.switchboard.gateway.room;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.gateway.auth.Identity;
import dev.switchboard.gateway.auth.Proof;
import dev.switchboard.gateway.ops.GatewayMeters;
import dev.switchboard.gateway.session.Disconnect;
import dev.switchboard.gateway.session.Session;
import dev.switchboard.gateway.session.Sessions;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.SessionNote;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.RoutedFrame;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done to the sessions of a user on whichever gateway they are: here at once, elsewhere by a note in the user's room.
 * Any thread may call it; notes arrive on the subscribing event loop.
 *
 * <p>Decision: answers come back through the same room, which the asking gateway joins for as long as it waits, and not by a
 * key in Redis that somebody would have to poll. A note is heard by gateways only.
 */
public final class SessionNotes {
    private static final Logger log = LoggerFactory.getLogger(SessionNotes.class);

    /** For another gateway to answer. */
    static final Duration ANSWER_WAIT = Duration.ofSeconds(2);

    private final Sessions sessions;
    private final RoomSubscriber rooms;
    private final RoomPublisher publisher;
    private final LongSupplier refs;
    private final GatewayMeters meters;
    /** Questions of this gateway that wait for an answer. */
    private final ConcurrentMap<Long, CompletableFuture<Optional<Instant>>> waiting = new ConcurrentHashMap<>();

    /**
     * One for the gateway.
     *
     * @param refs the ids of this gateway's connections; their upper half is this gateway's alone
     */
    public SessionNotes(
            Sessions sessions, RoomSubscriber rooms, RoomPublisher publisher, LongSupplier refs, GatewayMeters meters) {
        this.sessions = sessions;
        this.rooms = rooms;
        this.publisher = publisher;
        this.refs = refs;
        this.meters = meters;
    }

    /**
     * Gives an open connection of this user and role a newer token. It never lives shorter for that; answers until when it
     * may live now. Empty: nobody has such a connection, as far as all
     * gateways that could be asked have answered in time. Fails if they can't be asked.
     */
    public CompletionStage<Optional<Instant>> extend(long connection, Identity identity) {
        Session here = find(identity.user(), connection);
        if (here != null) {
            return renew(here, identity);
        }
        long ref = refs.getAsLong();
        // One of ours that is gone, or somebody else's: no other gateway can have it.
        return ref >>> Integer.SIZE == connection >>> Integer.SIZE
                ? CompletableFuture.completedFuture(Optional.empty())
                : extendElsewhere(connection, identity, ref);
    }

    private CompletionStage<Optional<Instant>> extendElsewhere(long connection, Identity identity, long ref) {
        String room = Keys.userRoom(identity.user());
        CompletableFuture<Optional<Instant>> answer = new CompletableFuture<>();
        waiting.put(ref, answer);
        SessionNote question = SessionNote.newBuilder()
                .setExtend(SessionNote.Extend.newBuilder()
                        .setConnection(connection)
                        .setAdmin(identity.isAdmin())
                        .setExpiresAt(identity.expiresAt().toEpochMilli())
                        .setTokenPrint(identity.proof().print())
                        .setTokenIdPrint(identity.proof().idPrint())
                        .setIssuedAt(identity.proof().issuedAtMillis())
                        .setRef(ref))
                .build();
        CompletableFuture<Void> live = rooms.hold(room).toCompletableFuture().copy();
        CompletableFuture<Optional<Instant>> result = live.orTimeout(ANSWER_WAIT.toMillis(), TimeUnit.MILLISECONDS)
                .thenCompose(joined -> publish(identity.user(), question))
                .thenCompose(asked ->
                        answer.completeOnTimeout(Optional.empty(), ANSWER_WAIT.toMillis(), TimeUnit.MILLISECONDS));
        result.whenComplete((taken, error) -> {
            waiting.remove(ref);
            rooms.release(room);
        });
        return result;
    }

    /**
     * Ends the connections that were opened or renewed with the token of this identity. Completes when those here are told to
     * and the others are on their way; fails if other gateways can't be told.
     */
    public CompletionStage<Void> signOut(Identity identity) {
        endHere(identity.user(), identity.proof().print());
        SessionNote note = SessionNote.newBuilder()
                .setSignOut(SessionNote.SignOut.newBuilder()
                        .setTokenPrint(identity.proof().print()))
                .build();
        return publish(identity.user(), note);
    }

    /** A note arrived, perhaps one of this gateway's own. */
    public void received(RoutedFrame routed) {
        SessionNote note;
        try {
            note = SessionNote.parseFrom(
                    ByteString.copyFrom(routed.published(), routed.frameOffset(), routed.frameLength()));
        } catch (InvalidProtocolBufferException e) {
            meters.unexpected("session-note");
            log.warn("session note not understood error={}", e.getMessage());
            return;
        }
        switch (note.getNoteCase()) {
            case EXTEND -> extendHere(routed.owner(), note.getExtend());
            case EXTENDED -> {
                CompletableFuture<Optional<Instant>> answer =
                        waiting.get(note.getExtended().getRef());
                if (answer != null) {
                    answer.complete(
                            Optional.of(Instant.ofEpochMilli(note.getExtended().getExpiresAt())));
                }
            }
            case SIGN_OUT -> endHere(routed.owner(), note.getSignOut().getTokenPrint());
            case NOTE_NOT_SET -> log.debug("session note of a newer version");
        }
    }

    private void extendHere(String user, SessionNote.Extend extend) {
        Session session = find(user, extend.getConnection());
        if (session == null || session.isAdmin() != extend.getAdmin()) {
            return;
        }
        session.execute(() -> {
            Proof token = new Proof(extend.getTokenPrint(), extend.getTokenIdPrint(), extend.getIssuedAt());
            Identity newer = session.identity().renewed(Instant.ofEpochMilli(extend.getExpiresAt()), token);
            renewNow(session, newer).ifPresent(until -> {
                SessionNote answer = SessionNote.newBuilder()
                        .setExtended(SessionNote.Extended.newBuilder()
                                .setRef(extend.getRef())
                                .setExpiresAt(until.toEpochMilli()))
                        .build();
                publish(user, answer).exceptionally(error -> {
                    // Whoever asked hears nothing and says so; the connection has its time all the same.
                    log.warn("extension not confirmed connection={}", Long.toHexString(session.id()));
                    return null;
                });
            });
        });
    }

    private static CompletionStage<Optional<Instant>> renew(Session session, Identity identity) {
        CompletableFuture<Optional<Instant>> done = new CompletableFuture<>();
        if (session.isAdmin() != identity.isAdmin()) {
            done.complete(Optional.empty());
        } else {
            session.execute(() -> done.complete(renewNow(session, identity)));
        }
        return done;
    }

    private static Optional<Instant> renewNow(Session session, Identity identity) {
        if (session.closing().isPresent()) {
            return Optional.empty();
        }
        // Notes may overtake one another, and a shorter token is no reason to end earlier.
        Instant until = later(identity.expiresAt(), session.identity().expiresAt());
        session.renew(identity.renewed(until, identity.proof()));
        return Optional.of(until);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private void endHere(String user, String tokenPrint) {
        for (Session session : sessions.ofUser(user)) {
            session.execute(() -> {
                if (!tokenPrint.isEmpty() && session.identity().proof().print().equals(tokenPrint)) {
                    session.close(Disconnect.NOT_ALLOWED);
                }
            });
        }
    }

    private @Nullable Session find(String user, long connection) {
        return sessions.ofUser(user).stream()
                .filter(session -> session.id() == connection)
                .findFirst()
                .orElse(null);
    }

    private CompletionStage<Void> publish(String user, SessionNote note) {
        return publisher.publish(
                Keys.userRoom(user),
                Envelope.newBuilder()
                        .setKind(Envelope.Kind.SESSION)
                        .setOwner(user)
                        .setFrame(note.toByteString())
                        .build());
    }
}
