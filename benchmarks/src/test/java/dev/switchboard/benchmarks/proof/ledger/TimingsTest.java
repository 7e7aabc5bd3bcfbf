package dev.switchboard.benchmarks.proof.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.benchmarks.proof.report.Timeline;
import dev.switchboard.proto.v1.RefusalCode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TimingsTest {
    private static final long SECOND = 1_000_000_000L;

    private final Story story = new Story();

    @Test
    void recoversWithTheFirstSecondInWhichEverythingIsAcceptedSoon() {
        for (int i = 0; i < 100; i++) {
            story.at(i * 100L);
            story.sends(i);
            // For four seconds every answer takes two, then none takes more than 10 ms.
            story.at(i * 100L + (i < 40 ? 2_000 : 10));
            story.accepts(i, i + 1);
        }
        assertEquals(Optional.of(Duration.ofSeconds(4)), timings().recovery(0));
        assertEquals(Optional.of(Duration.ofSeconds(3)), timings().recovery(SECOND));
    }

    @Test
    void neverRecoversWhileSomethingIsNotAccepted() {
        for (int i = 0; i < 20; i++) {
            story.at(i * 50L);
            story.sends(i);
        }
        assertEquals(Optional.empty(), timings().recovery(0));
        assertEquals(Optional.of(Timings.ENDLESS), timings().acceptedWithin(0.99, 0, SECOND));
    }

    @Test
    void tellsWhenDevicesWereBack() {
        story.happens(Event.Kind.WELCOME, story.ana, 0);
        story.happens(Event.Kind.WELCOME, story.root, 0);
        story.at(1_000);
        story.happens(Event.Kind.CLOSE, story.ana, 1012);
        story.happens(Event.Kind.CLOSE, story.root, Event.CLOSED_ITSELF);
        story.at(2_000);
        story.happens(Event.Kind.CLOSE, story.ana, 1006);
        story.at(2_500);
        story.happens(Event.Kind.WELCOME, story.ana, 1);
        List<Duration> back = timings().backAgain(SECOND / 2, 2 * SECOND);
        assertEquals(List.of(Duration.ofMillis(1_500), Timings.ENDLESS), back);
        assertEquals(Optional.of(Duration.ofMillis(1_500)), Timings.percentile(back, 0.5));
        assertEquals(Map.of(1012, 1), timings().closes(0, 3 * SECOND));
    }

    @Test
    void countsTriesThatWereUnderWay() {
        story.at(100);
        story.sends(1);
        story.sends(2);
        story.sends(3);
        story.at(200);
        story.accepts(1, 1);
        story.says(Event.Kind.REFUSED, story.ana, 2, RefusalCode.UNAVAILABLE_VALUE);
        story.at(300);
        story.says(Event.Kind.UNKNOWN, story.ana, 3, 0);
        assertEquals(3, timings().inFlight(150_000_000));
        assertEquals(1, timings().inFlight(250_000_000));
        assertEquals(0, timings().inFlight(350_000_000));
        assertEquals(2, timings().unknown(0, SECOND));
        assertEquals(1, timings().unknown(250_000_000, SECOND));
        assertEquals(
                Map.of(RefusalCode.UNAVAILABLE, new Timings.Refusals(1, Duration.ofMillis(100))),
                timings().refusals(0, SECOND));
    }

    @Test
    void findsTheSecondWithMostReconnects() {
        for (int i = 0; i < 10; i++) {
            int device = story.ledger().device(new Device("d" + i, "d" + i, Device.Follows.OWN));
            story.at(i < 3 ? 1_000 + i : 1_000L * i);
            story.happens(Event.Kind.WELCOME, device, 0);
        }
        assertEquals(0.3, timings().reconnectSpread(0, 20 * SECOND).orElseThrow(), 0.001);
        assertEquals(0.1, timings().reconnectSpread(2 * SECOND, 20 * SECOND).orElseThrow(), 0.001);
    }

    @Test
    void tellsWhenTheLastDeviceShowedWhatWasSaidInAFault() {
        story.at(1_000);
        story.sends(1);
        story.accepts(1, 1);
        story.shows(story.ana, 1, 1, Event.OWN);
        story.at(7_000);
        story.shows(story.root, 1, 1, Event.RESUME);
        story.sends(2);
        story.accepts(2, 2);
        story.at(9_000);
        story.shows(story.root, 2, 2, Event.LIVE);
        assertEquals(Optional.of(Duration.ofSeconds(2)), timings().shownAfter(5 * SECOND, 0, 5 * SECOND));
        assertEquals(Optional.empty(), timings().shownAfter(8 * SECOND, 0, 5 * SECOND));
    }

    @Test
    void drawsWhatHappenedFromTheFirstSendOn() {
        story.at(1_000);
        story.sends(1);
        story.at(1_100);
        story.accepts(1, 1);
        story.shows(story.ana, 1, 1, Event.OWN);
        story.shows(story.root, 1, 1, Event.LIVE);
        story.at(2_600);
        story.sends(2);
        story.says(Event.Kind.REFUSED, story.ana, 2, RefusalCode.OVERLOADED_VALUE);
        Timeline timeline = timings()
                .timeline(
                        Duration.ofSeconds(1),
                        List.of(new Timeline.Mark(Duration.ofSeconds(2), Duration.ofSeconds(3), "killed")));
        assertEquals(List.of(1, 0), timeline.accepted());
        assertEquals(List.of(1, 0), timeline.delivered());
        assertEquals(List.of(0, 1), timeline.refused());
        assertEquals(
                List.of(new Timeline.Mark(Duration.ofSeconds(1), Duration.ofSeconds(2), "killed")), timeline.marks());
    }

    private Timings timings() {
        return new Timings(story.ledger());
    }
}
