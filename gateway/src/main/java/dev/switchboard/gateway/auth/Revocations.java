package dev.switchboard.gateway.auth;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * What this gateway knows of revoked tokens: a copy of what Redis holds, so that asking costs no more than looking into a map.
 * One thread brings what Redis says, any may ask.
 *
 * <p>What always holds: the copy was complete when it was last confirmed, and says how long ago that was. Past a limit it is
 * not gone by any more: administrators are kept out soon, users later.
 */
public final class Revocations {
    /** Looking for records that have ended goes through all of them. */
    private static final Duration PRUNE_INTERVAL = Duration.ofMinutes(1);

    /** How many times longer an administrator's open connection may live on an old copy than one may come in by it. */
    static final int STAY_FACTOR = 3;

    /** Copies remembered beyond what Redis may hold: what it lost with a fail-over is still gone by, up to here. */
    private static final int REMEMBERED_FACTOR = 2;

    private final Rules rules;
    private final LongSupplier nanoClock;
    /** Each with the time its record ends. */
    private final Map<String, Long> tokens = new ConcurrentHashMap<>();

    private final Map<String, Long> ids = new ConcurrentHashMap<>();
    private final Map<String, UserRecord> users = new ConcurrentHashMap<>();
    private volatile boolean readOnce;
    private volatile long readAtNanos;
    private volatile boolean unreadable;
    private long prunedAtNanos;

    /**
     * What is gone by.
     *
     * @param poll how often Redis is asked, besides whenever it says that there is something new
     * @param life for how long a user or an id is remembered: no token may live longer
     * @param recordsMax in Redis; beyond it nothing more can be revoked
     * @param adminAgeMax of the copy, for administrators who come in
     * @param userAgeMax of the copy, for users
     */
    public record Rules(Duration poll, Duration life, int recordsMax, Duration adminAgeMax, Duration userAgeMax) {}

    /** One revocation and for how much longer it counts. */
    public record Entry(Revocation revocation, Duration remaining) {}

    /** What is said of somebody whose token is good by itself. */
    public enum Verdict {
        GOOD,
        REVOKED,
        /** Nobody knows: the copy is too old. */
        UNCONFIRMED
    }

    private record UserRecord(long issuedUntilMillis, long endNanos) {
        UserRecord and(UserRecord other) {
            return new UserRecord(
                    Math.max(issuedUntilMillis, other.issuedUntilMillis),
                    endNanos - other.endNanos > 0 ? endNanos : other.endNanos);
        }
    }

    public Revocations(Rules rules, LongSupplier nanoClock) {
        this.rules = rules;
        this.nanoClock = nanoClock;
        this.readAtNanos = nanoClock.getAsLong();
        this.prunedAtNanos = readAtNanos;
    }

    public Rules rules() {
        return rules;
    }

    /** Of somebody who comes in or asks for something. */
    public Verdict entering(Identity who) {
        if (isRevoked(who)) {
            return Verdict.REVOKED;
        }
        return isOlderThan(who.isAdmin() ? rules.adminAgeMax() : rules.userAgeMax())
                ? Verdict.UNCONFIRMED
                : Verdict.GOOD;
    }

    /**
     * Of somebody whose connection is open. A user's stays while Redis is away, because nothing is delivered over it then; where
     * Redis answers everything but this, it does not.
     */
    public Verdict staying(Identity who) {
        if (isRevoked(who)) {
            return Verdict.REVOKED;
        }
        boolean tooOld = who.isAdmin()
                ? isOlderThan(rules.adminAgeMax().multipliedBy(STAY_FACTOR))
                : unreadable && isOlderThan(rules.userAgeMax());
        return tooOld ? Verdict.UNCONFIRMED : Verdict.GOOD;
    }

    /** False until the first copy, and while it is too old for anybody. */
    public boolean usable() {
        return !isOlderThan(rules.userAgeMax());
    }

    /** False while the copy has to be read from its beginning. */
    public boolean begun() {
        return readOnce;
    }

    /** Revocations that are known; for meters. */
    public int size() {
        return tokens.size() + ids.size() + users.size();
    }

    /** Takes what Redis holds. May be told the same again. */
    public void add(List<Entry> entries) {
        long now = nanoClock.getAsLong();
        for (Entry entry : entries) {
            long end = now + entry.remaining().toNanos();
            if (entry.revocation() instanceof Revocation.OfToken token) {
                tokens.merge(token.print(), end, (one, other) -> one - other > 0 ? one : other);
            } else if (entry.revocation() instanceof Revocation.OfId id) {
                ids.merge(id.print(), end, (one, other) -> one - other > 0 ? one : other);
            } else if (entry.revocation() instanceof Revocation.OfUser user) {
                users.merge(user.user(), new UserRecord(user.issuedUntilMillis(), end), UserRecord::and);
            }
        }
    }

    /** The copy holds all that Redis held at this moment. */
    public void confirmed(long askedAtNanos) {
        readAtNanos = askedAtNanos;
        unreadable = false;
        readOnce = true;
        prune();
    }

    /** Redis could not be asked, or ({@code answered}) gave an answer that says nothing about this. */
    public void notConfirmed(boolean answered) {
        unreadable = answered;
    }

    private void prune() {
        long now = nanoClock.getAsLong();
        if (now - prunedAtNanos < PRUNE_INTERVAL.toNanos()) {
            return;
        }
        prunedAtNanos = now;
        tokens.values().removeIf(end -> end - now <= 0);
        ids.values().removeIf(end -> end - now <= 0);
        users.values().removeIf(record -> record.endNanos() - now <= 0);
        if (size() > rules.recordsMax() * REMEMBERED_FACTOR) {
            // Only after Redis has lost many of them: it never holds so many. What it does hold is read again.
            tokens.clear();
            ids.clear();
            users.clear();
            readOnce = false;
        }
    }

    private boolean isRevoked(Identity who) {
        Proof proof = who.proof();
        if (tokens.containsKey(proof.print()) || ids.containsKey(proof.idPrint())) {
            return true;
        }
        UserRecord record = users.get(who.user());
        return record != null && proof.issuedAtMillis() <= record.issuedUntilMillis();
    }

    private boolean isOlderThan(Duration age) {
        return !readOnce || nanoClock.getAsLong() - readAtNanos > age.toNanos();
    }
}
