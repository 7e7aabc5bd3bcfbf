package dev.switchboard.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.auth.Revocations.Entry;
import dev.switchboard.gateway.auth.Revocations.Verdict;
import dev.switchboard.proto.v1.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RevocationsTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final Revocations revocations = new Revocations(
            new Revocations.Rules(Duration.ofSeconds(2), HOUR, 4, Duration.ofSeconds(10), Duration.ofSeconds(60)),
            nanos::get);

    private static Identity who(String user, Role role, String print, String idPrint, long issuedAt) {
        return TokenMint.identity(user, role, Instant.MAX).from(new Proof(print, idPrint, issuedAt));
    }

    private static Identity user(String user) {
        return who(user, Role.USER, "print-" + user, "id-" + user, 1_000);
    }

    private static Identity admin() {
        return who("sofia", Role.ADMIN, "print", "id", 1_000);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private void add(Revocation revocation, Duration remaining) {
        revocations.add(List.of(new Entry(revocation, remaining)));
    }

    @Test
    void nobodyComesInBeforeTheFirstReading() {
        assertEquals(Verdict.UNCONFIRMED, revocations.entering(user("ana")));
        assertFalse(revocations.usable());
        revocations.confirmed(nanos.get());
        assertEquals(Verdict.GOOD, revocations.entering(user("ana")));
        assertTrue(revocations.usable());
    }

    @Test
    void aTokenAnIdAndAUserCanBeRevoked() {
        revocations.confirmed(nanos.get());
        add(new Revocation.OfToken("print-ana"), HOUR);
        add(new Revocation.OfId("id-bob"), HOUR);
        add(new Revocation.OfUser("carl", 1_000), HOUR);
        for (String user : List.of("ana", "bob", "carl")) {
            assertEquals(Verdict.REVOKED, revocations.entering(user(user)), user);
            assertEquals(Verdict.REVOKED, revocations.staying(user(user)), user);
        }
        assertEquals(Verdict.GOOD, revocations.entering(user("dora")));
        assertEquals(Verdict.GOOD, revocations.entering(who("carl", Role.USER, "p", "i", 1_001)), "issued later");
        assertEquals(
                Verdict.REVOKED, revocations.entering(who("carl", Role.USER, "p", "", 0)), "issued nobody knows when");
        // What has no token and no id is not what has no fingerprint.
        add(new Revocation.OfToken("x"), HOUR);
        assertEquals(Verdict.GOOD, revocations.entering(who("eva", Role.USER, "", "", 5)));
    }

    @Test
    void theLaterOfTwoRecordsOfAUserCounts() {
        revocations.confirmed(nanos.get());
        add(new Revocation.OfUser("ana", 2_000), HOUR);
        add(new Revocation.OfUser("ana", 500), Duration.ofMinutes(1));
        assertEquals(Verdict.REVOKED, revocations.entering(user("ana")));
    }

    @Test
    void recordsEnd() {
        add(new Revocation.OfUser("ana", 2_000), Duration.ofMinutes(2));
        add(new Revocation.OfToken("print-bob"), Duration.ofMinutes(9));
        pass(Duration.ofMinutes(3));
        revocations.confirmed(nanos.get());
        assertEquals(Verdict.GOOD, revocations.entering(user("ana")));
        assertEquals(Verdict.REVOKED, revocations.entering(user("bob")));
        assertEquals(1, revocations.size());
    }

    @Test
    @Tag("SEC13")
    void anOldCopyKeepsAdministratorsOutSoonAndUsersLater() {
        revocations.confirmed(nanos.get());
        pass(Duration.ofSeconds(10));
        assertEquals(Verdict.GOOD, revocations.entering(admin()));
        pass(Duration.ofSeconds(1));
        assertEquals(Verdict.UNCONFIRMED, revocations.entering(admin()));
        assertEquals(Verdict.GOOD, revocations.staying(admin()));
        assertEquals(Verdict.GOOD, revocations.entering(user("ana")));
        pass(Duration.ofSeconds(20));
        assertEquals(Verdict.UNCONFIRMED, revocations.staying(admin()));
        pass(Duration.ofSeconds(30));
        assertEquals(Verdict.UNCONFIRMED, revocations.entering(user("ana")));
        assertEquals(Verdict.GOOD, revocations.staying(user("ana")), "Redis is away: nothing is delivered");
        revocations.notConfirmed(true);
        assertEquals(Verdict.UNCONFIRMED, revocations.staying(user("ana")), "Redis is there: something is");
        revocations.confirmed(nanos.get());
        assertEquals(Verdict.GOOD, revocations.staying(user("ana")));
        assertEquals(Verdict.GOOD, revocations.entering(admin()));
    }

    @Test
    void farMoreThanRedisHoldsIsReadAnew() {
        revocations.confirmed(nanos.get());
        for (int i = 0; i < 9; i++) {
            add(new Revocation.OfToken("print" + i), HOUR);
        }
        pass(Duration.ofMinutes(2));
        revocations.confirmed(nanos.get());
        assertFalse(revocations.begun());
        assertEquals(Verdict.UNCONFIRMED, revocations.entering(user("ana")), "until it is read");
    }

    @Test
    void recordsAreReadAsTheyAreWritten() {
        for (Revocation each :
                List.of(new Revocation.OfToken("0a"), Revocation.ofId("1"), new Revocation.OfUser("ana maría", 12))) {
            String time = each instanceof Revocation.OfUser ? "12 " : "";
            assertEquals(Optional.of(each), Revocation.parse(each.kind() + " " + time + each.subject()));
        }
        for (String other : List.of("", "t", "x 0a", "u ana", "u x ana", "u 1")) {
            assertEquals(Optional.empty(), Revocation.parse(other), other);
        }
    }
}
