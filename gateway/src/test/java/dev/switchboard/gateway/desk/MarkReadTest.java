package dev.switchboard.gateway.desk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.auth.TokenMint;
import dev.switchboard.gateway.log.lane.ReadMarkLog.Outcome;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MarkReadTest {
    private static final Duration INTERVAL = Duration.ofNanos(MarkRead.INTERVAL_NANOS);
    private static final int EPOCH = 7;

    private final ConversationId ofAna = ConversationId.openedBy("ana", new UUID(1, 1));
    private final ConversationId ofBerta = ConversationId.openedBy("berta", new UUID(2, 2));
    private final Participant sofia = admin(5);

    private long now = 1;
    /** What went to the log, as {@code connection conversation seq}, and what it still has to answer. */
    private final List<String> sent = new ArrayList<>();

    private final Queue<CompletableFuture<Outcome>> unanswered = new ArrayDeque<>();
    private final List<RefusalCode> refusals = new ArrayList<>();
    private final MarkRead marks = new MarkRead(
            (reader, conversation, position) -> {
                sent.add(reader.connection() + (conversation.equals(ofAna) ? " ana " : " other ") + position.seq());
                CompletableFuture<Outcome> answer = new CompletableFuture<>();
                unanswered.add(answer);
                return answer;
            },
            () -> now);

    private static Participant admin(long connection) {
        return new Participant(
                TokenMint.identity("sofia", Role.ADMIN, Instant.now().plusSeconds(60)), connection, Optional.empty());
    }

    private void read(Participant who, ConversationId conversation, int seq) {
        marks.run(who, conversation, new Position(EPOCH, seq), refusals::add);
    }

    private void read(int seq) {
        read(sofia, ofAna, seq);
    }

    private void answer(Outcome outcome) {
        unanswered.remove().complete(outcome);
    }

    /** As the event loop does a few times a second. */
    private void pass(Duration time) {
        now += time.toNanos();
        marks.sweep();
    }

    @Test
    void whatIsReadWithinTheIntervalGoesAsOneWithTheHighestPosition() {
        read(1);
        answer(Outcome.DONE);
        for (int seq : new int[] {2, 9, 4}) {
            pass(INTERVAL.dividedBy(4));
            read(seq);
        }
        assertEquals(List.of("5 ana 1"), sent);
        pass(INTERVAL.dividedBy(4).minusNanos(1));
        assertEquals(List.of("5 ana 1"), sent);
        pass(Duration.ofNanos(1));
        assertEquals(List.of("5 ana 1", "5 ana 9"), sent);
        answer(Outcome.DONE);
        pass(INTERVAL.multipliedBy(2));
        assertEquals(2, sent.size(), "nothing is left to say");
    }

    @Test
    void theFirstAndWhatIsReadAfterTheIntervalGoAtOnce() {
        read(1);
        assertEquals(List.of("5 ana 1"), sent);
        answer(Outcome.DONE);
        now += INTERVAL.toNanos();
        read(2);
        assertEquals(List.of("5 ana 1", "5 ana 2"), sent);
    }

    @Test
    void aLaterEpochIsHigherThanAnySequenceNumber() {
        read(1);
        answer(Outcome.DONE);
        read(9);
        marks.run(sofia, ofAna, new Position(EPOCH + 1, 3), refusals::add);
        read(10);
        pass(INTERVAL);
        assertEquals(List.of("5 ana 1", "5 ana 3"), sent);
    }

    @Test
    void otherConversationsAndOtherConnectionsDoNotWaitForIt() {
        read(1);
        read(sofia, ofBerta, 2);
        read(admin(6), ofAna, 3);
        assertEquals(List.of("5 ana 1", "5 other 2", "6 ana 3"), sent);
    }

    @Test
    void oneIsUnderWayAtATimeHoweverLongItTakes() {
        read(1);
        pass(INTERVAL.multipliedBy(3));
        read(2);
        pass(INTERVAL.multipliedBy(3));
        assertEquals(List.of("5 ana 1"), sent);
        answer(Outcome.DONE);
        pass(Duration.ZERO);
        assertEquals(List.of("5 ana 1", "5 ana 2"), sent);
    }

    @Test
    void whatCouldNotBeWrittenIsTriedAgainUnlessMoreWasReadSince() {
        read(1);
        answer(Outcome.LATER);
        pass(INTERVAL);
        assertEquals(List.of("5 ana 1", "5 ana 1"), sent);
        read(2);
        answer(Outcome.LATER);
        pass(INTERVAL);
        assertEquals(List.of("5 ana 1", "5 ana 1", "5 ana 2"), sent);
    }

    @Test
    void whatWaitsWhenTheConnectionClosesGoesAtOnce() {
        read(1);
        answer(Outcome.DONE);
        read(2);
        marks.left(sofia.connection());
        assertEquals(List.of("5 ana 1", "5 ana 2"), sent);
    }

    @Test
    void whatWaitsForOneUnderWayWhenTheConnectionClosesGoesBehindIt() {
        read(1);
        read(2);
        marks.left(sofia.connection());
        assertEquals(List.of("5 ana 1"), sent);
        answer(Outcome.DONE);
        assertEquals(List.of("5 ana 1", "5 ana 2"), sent);
    }

    @Test
    void marksOfAConnectionThatIsGoneAreGivenUpAfterAWhile() {
        read(1);
        marks.left(sofia.connection());
        answer(Outcome.LATER);
        pass(Duration.ofNanos(MarkRead.LEFT_NANOS_MAX));
        assertEquals(List.of("5 ana 1", "5 ana 1"), sent);
        answer(Outcome.LATER);
        pass(Duration.ofNanos(1));
        pass(INTERVAL.multipliedBy(2));
        assertEquals(2, sent.size());
    }

    @Test
    void aForeignConversationIsRefused() {
        read(1);
        answer(Outcome.FORBIDDEN);
        assertEquals(List.of(RefusalCode.FORBIDDEN), refusals);
        pass(INTERVAL.multipliedBy(2));
        assertEquals(1, sent.size());
    }

    @Test
    void conversationsWithinTheIntervalAreBounded() {
        for (int i = 0; i < MarkRead.CONVERSATIONS_MAX; i++) {
            read(sofia, ConversationId.openedBy("user-" + i, new UUID(3, i)), 1);
        }
        read(sofia, ofBerta, 1);
        assertEquals(List.of(RefusalCode.TOO_MANY), refusals);
        assertEquals(MarkRead.CONVERSATIONS_MAX, sent.size());
        while (!unanswered.isEmpty()) {
            answer(Outcome.DONE);
        }
        pass(INTERVAL);
        read(sofia, ofBerta, 1);
        assertTrue(sent.size() > MarkRead.CONVERSATIONS_MAX, "those that are idle make room");
    }
}
