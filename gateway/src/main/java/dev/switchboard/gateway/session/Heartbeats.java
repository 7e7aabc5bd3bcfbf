package dev.switchboard.gateway.session;

import dev.switchboard.gateway.auth.Revocations;
import dev.switchboard.gateway.ops.GatewayMeters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What happens to every connection of one event loop without being asked: pings, the end of tokens that expire or are revoked,
 * the end of patience with who does not read. One timer for all of them, confined to that loop.
 */
public final class Heartbeats {
    private static final int TICK_MILLIS = 1_000;

    /** How much longer than its token a connection lives. */
    private static final Duration EXPIRY_LEEWAY = Duration.ofSeconds(30);

    private static final byte[] PING = {(byte) 0x89, 0};

    private final EventLoop loop;
    private final Clock clock;
    private final GatewayMeters meters;
    private final Revocations revocations;
    /** Sessions by the tick of the round at which they are pinged. */
    private final List<Set<Session>> rounds = new ArrayList<>();

    private int tick;
    private int nextRound;

    public Heartbeats(
            EventLoop loop, SessionLimits limits, Clock clock, GatewayMeters meters, Revocations revocations) {
        this.loop = loop;
        this.clock = clock;
        this.meters = meters;
        this.revocations = revocations;
        int ticks = (int) Math.max(1, limits.pingInterval().toMillis() / TICK_MILLIS);
        for (int i = 0; i < ticks; i++) {
            rounds.add(new LinkedHashSet<>());
        }
    }

    public void start() {
        loop.scheduleAtFixedRate(
                meters.guarded("heartbeats", this::tick), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    public void add(Session session) {
        // One after the other, so that pings spread evenly over the interval.
        nextRound = (nextRound + 1) % rounds.size();
        rounds.get(nextRound).add(session);
    }

    public void remove(Session session) {
        rounds.forEach(round -> round.remove(session));
    }

    void tick() {
        Instant expired = clock.instant().minus(EXPIRY_LEEWAY);
        for (Set<Session> round : rounds) {
            // A copy: a close that fails at once takes the session out of the set.
            for (Session session : List.copyOf(round)) {
                check(session, expired);
            }
        }
        tick = (tick + 1) % rounds.size();
        List.copyOf(rounds.get(tick)).forEach(this::ping);
    }

    private void check(Session session, Instant expired) {
        Revocations.Verdict verdict = revocations.staying(session.identity());
        if (verdict == Revocations.Verdict.REVOKED) {
            session.close(Disconnect.NOT_ALLOWED);
        } else if (verdict == Revocations.Verdict.UNCONFIRMED) {
            session.close(Disconnect.TRY_AGAIN_LATER);
        } else if (session.identity().expiresAt().isBefore(expired)) {
            session.close(Disconnect.TOKEN_EXPIRED);
        } else if (session.pace().silent()) {
            session.close(Disconnect.SILENT);
        } else {
            session.checkWritable();
        }
    }

    private void ping(Session session) {
        if (session.pace().pinged()) {
            session.close(Disconnect.SILENT);
        } else if (session.welcomed()) {
            ByteBuf ping = Unpooled.wrappedBuffer(PING);
            session.write(ping);
        }
    }
}
