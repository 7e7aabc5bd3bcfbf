package dev.switchboard.gateway.session;

import dev.switchboard.proto.v1.RefusalCode;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * What one connection has done lately that must not go on for ever: nonsense, haste, silence, floods. Confined to its event
 * loop. Times are nanoseconds of its clock.
 */
public final class Pace {
    /** Pings and pongs of a client in one second; beyond it the connection is closed. */
    private static final int CONTROL_FRAMES_MAX = 50;

    /** Requests of a user that are no sends: so many at once, and so many a second. Nobody resumes that often. */
    private static final int REQUEST_BURST = 20;

    private static final int REQUESTS_PER_SECOND = 5;

    /** An administrator who reconnects watches again what was watched before. */
    private static final int ADMIN_REQUEST_BURST = SessionLimits.WATCHES_MAX;

    private static final int ADMIN_REQUESTS_PER_SECOND = 50;

    /** After this time one more request is allowed. */
    public static final int REQUEST_RETRY_MILLIS = 1_000 / REQUESTS_PER_SECOND;

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int UNANSWERED_PINGS_MAX = 2;

    /**
     * After the last heartbeat that is waited for. With the interval of 20 s, a check every second and the time until a socket is
     * closed: silent for 45 s at most, also where the wheel and the check come late.
     */
    private static final long LAST_PING_NANOS = 3 * SECOND_NANOS / 2;

    private final LongSupplier nanoClock;
    private long nonsenseWindowStart;
    private int nonsense;
    private int rateLimitedInARow;
    private long requestsSince;
    private double requestsSpent;
    private int requestsOverInARow;
    private long controlWindowStart;
    private int controlFrames;
    private int unansweredPings;
    private long pingedAt;
    private boolean awaitsPong;
    private long unwritableSince;

    Pace(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.requestsSince = nanoClock.getAsLong();
    }

    /** Counts a refusal; the reason to close, if it was one too many. */
    Optional<Disconnect> refused(RefusalCode code) {
        return switch (code) {
            case BAD_REQUEST, INVALID_ID, UNSUPPORTED -> nonsense(nanoClock.getAsLong());
            case RATE_LIMITED ->
                ++rateLimitedInARow >= SessionLimits.RATE_LIMITED_MAX
                        ? Optional.of(Disconnect.TOO_FAST)
                        : Optional.empty();
            default -> Optional.empty();
        };
    }

    void accepted() {
        rateLimitedInARow = 0;
    }

    Optional<Disconnect> tokenRejected() {
        return nonsense(nanoClock.getAsLong());
    }

    /** Counts a request that is no send. False: it came too fast. */
    boolean request(boolean admin) {
        long now = nanoClock.getAsLong();
        double regained = (double) (now - requestsSince)
                / SECOND_NANOS
                * (admin ? ADMIN_REQUESTS_PER_SECOND : REQUESTS_PER_SECOND);
        requestsSince = now;
        requestsSpent = Math.max(0, requestsSpent - regained);
        if (requestsSpent + 1 > (admin ? ADMIN_REQUEST_BURST : REQUEST_BURST)) {
            requestsOverInARow++;
            return false;
        }
        requestsSpent++;
        requestsOverInARow = 0;
        return true;
    }

    boolean ignoresRequestRate() {
        return requestsOverInARow >= SessionLimits.RATE_LIMITED_MAX;
    }

    /** Counts a ping, pong or other control frame. True: too many. */
    public boolean controlFrame() {
        long now = nanoClock.getAsLong();
        if (now - controlWindowStart > SECOND_NANOS) {
            controlWindowStart = now;
            controlFrames = 0;
        }
        return ++controlFrames > CONTROL_FRAMES_MAX;
    }

    /** The gateway sends a heartbeat. True: the ones before stayed without an answer. */
    public boolean pinged() {
        pingedAt = nanoClock.getAsLong();
        awaitsPong = true;
        return ++unansweredPings > UNANSWERED_PINGS_MAX;
    }

    /** Checked every second. True: two heartbeats stayed without an answer, and the second had its time. */
    boolean silent() {
        return unansweredPings >= UNANSWERED_PINGS_MAX && nanoClock.getAsLong() - pingedAt > LAST_PING_NANOS;
    }

    /** Something arrived: the other end lives. */
    public void heard() {
        unansweredPings = 0;
    }

    /** A pong arrived. Nanoseconds since the heartbeat it answers; empty if nobody asked for it. */
    OptionalLong ponged() {
        boolean asked = awaitsPong;
        awaitsPong = false;
        return asked ? OptionalLong.of(nanoClock.getAsLong() - pingedAt) : OptionalLong.empty();
    }

    /** Notes whether the connection takes data; answers for how long it has not, in nanoseconds. */
    public long unwritable(boolean writable) {
        if (writable) {
            unwritableSince = 0;
            return 0;
        }
        long now = nanoClock.getAsLong();
        if (unwritableSince == 0) {
            unwritableSince = now;
        }
        return now - unwritableSince;
    }

    private Optional<Disconnect> nonsense(long now) {
        if (nonsense == 0 || now - nonsenseWindowStart > SessionLimits.PROTOCOL_ERRORS_WINDOW.toNanos()) {
            nonsenseWindowStart = now;
            nonsense = 0;
        }
        return ++nonsense >= SessionLimits.PROTOCOL_ERRORS_MAX ? Optional.of(Disconnect.POLICY) : Optional.empty();
    }
}
