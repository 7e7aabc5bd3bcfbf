package dev.switchboard.gateway.desk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.log.LaneState;
import dev.switchboard.gateway.log.LaneState.Outcome;
import dev.switchboard.gateway.log.ReadState;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import java.time.Duration;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RetryAdviceTest {
    private static final ConversationId CONVERSATION = ConversationId.openedBy("ana", new UUID(1, 2));
    private static final Position HEAD = new Position(7, 20);

    private final AtomicLong nanos = new AtomicLong(-5);
    private final RetryAdvice advice = new RetryAdvice(nanos::get, new SplittableRandom(3));

    private IntSummaryStatistics advised(Position at, Outcome outcome) {
        LaneState state = new LaneState("ana", HEAD, HEAD, outcome, ReadState.NONE, List.of(), 0, List.of());
        return IntStream.range(0, 1_000)
                .map(each -> advice.millis(new ResumeLanes.At(CONVERSATION, Lane.PUBLIC, at), state))
                .summaryStatistics();
    }

    @Test
    void nobodyWaitsForWhatIsThere() {
        for (Outcome outcome : List.of(Outcome.COMPLETE, Outcome.MORE)) {
            assertEquals(0, advised(HEAD, outcome).getMax());
        }
    }

    @Test
    void whoFindsMysqlAwayComesAgainAfterTwoToThreeSeconds() {
        IntSummaryStatistics waits = advised(HEAD, Outcome.LATER);
        assertTrue(waits.getMin() >= 2_000 && waits.getMax() < 3_000, waits::toString);
        assertTrue(waits.getMax() - waits.getMin() > 900, waits::toString);
    }

    @Test
    @Tag("T19")
    void whoLostWhatTheyHadSeenIsSpreadOverTenSecondsWhileThereMayBeMany() {
        Position before = new Position(6, 25);
        assertEquals(1, advised(before, Outcome.RESYNC).getMax(), "away for long, one alone");
        advice.epochRose(CONVERSATION.partition());
        assertSpread(advised(before, Outcome.RESYNC));
        nanos.addAndGet(Duration.ofSeconds(59).toNanos());
        assertSpread(advised(before, Outcome.RESYNC));
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        assertEquals(1, advised(before, Outcome.RESYNC).getMax());
    }

    @Test
    @Tag("T19")
    void whoIsAheadOfRedisIsSpreadBeforeAnybodyHasNoticed() {
        assertSpread(advised(new Position(7, 21), Outcome.RESYNC));
    }

    private static void assertSpread(IntSummaryStatistics waits) {
        assertTrue(waits.getMin() >= 1 && waits.getMin() < 200, waits::toString);
        assertTrue(waits.getMax() > 9_800 && waits.getMax() <= 10_000, waits::toString);
        assertTrue(waits.getAverage() > 4_500 && waits.getAverage() < 5_500, waits::toString);
    }
}
