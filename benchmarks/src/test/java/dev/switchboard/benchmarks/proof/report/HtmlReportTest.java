package dev.switchboard.benchmarks.proof.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.benchmarks.proof.report.RowResult.Check;
import dev.switchboard.benchmarks.proof.report.RowResult.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
    private static final ReportHead HEAD = new ReportHead(
            "abc1234",
            "def5678",
            "short",
            42,
            Instant.parse("2026-01-02T03:04:05Z"),
            "./mvnw -q -Dproof=short -Dseed=42",
            "2 cores, 24 GiB, Linux",
            List.of("Java 17", "Redis 7.0.15", "MariaDB 11.4.5"));

    @TempDir
    private Path dir;

    @Test
    void saysHowEachRowEndedAndDrawsIt() throws IOException {
        String page = page(List.of(passed(), failed(), skipped()));

        assertTrue(page.contains("1 of 3 rows failed"), page);
        assertTrue(page.contains("One row was skipped"), page);
        assertTrue(page.contains("kill gateway A"), page);
        assertTrue(page.contains("3 lost: 0a, 0b, 0c"), page);
        assertTrue(page.contains("no strace on this machine"), page);
        assertTrue(page.contains("<svg"), page);
        assertTrue(page.contains("seed 42"), page);
    }

    @Test
    void passesOnlyWhenNothingFailed() throws IOException {
        assertTrue(page(List.of(passed(), skipped())).contains("Nothing accepted was lost: 1 of 2 rows passed"));
        assertFalse(page(List.of(passed(), failed())).contains("Nothing accepted was lost"));
    }

    @Test
    void showsTextAsText() throws IOException {
        RowResult row = new RowResult(
                "F99", "<b>&", Verdict.FAILED, "<i>", List.of(), Map.of("<u>", "<s>"), Optional.empty(), Duration.ZERO);
        String page = page(List.of(row));

        assertTrue(page.contains("&lt;b&gt;&amp;"), page);
        for (String tag : List.of("<b>", "<i>", "<u>", "<s>")) {
            assertFalse(page.contains(tag), tag);
        }
    }

    @Test
    void joinsBucketsOfALongRowSoThatItsPictureStaysSmall() {
        List<Integer> counts = Collections.nCopies(7_200, 50);
        List<Integer> none = Collections.nCopies(7_200, 0);
        String picture = TimelinePicture.of(new Timeline(Duration.ofMillis(250), counts, counts, none, List.of()))
                .orElseThrow();

        assertTrue(picture.length() < 60_000, () -> "characters: " + picture.length());
        assertTrue(picture.contains(">200<"), "50 in 250 ms are 200 a second");
    }

    @Test
    void drawsNothingWhereNothingHappened() {
        assertEquals(
                Optional.empty(),
                TimelinePicture.of(new Timeline(Duration.ofMillis(250), List.of(), List.of(), List.of(), List.of())));
    }

    private String page(List<RowResult> rows) throws IOException {
        Path file = dir.resolve("report.html");
        HtmlReport.write(file, HEAD, rows);
        return Files.readString(file);
    }

    private static RowResult passed() {
        return new RowResult(
                "F01",
                "SIGKILL gateway A at t=5 s, restart at 10 s",
                Verdict.PASSED,
                "",
                List.of(new Check("I1", "0 accepted and not in MySQL", "0 of 4,000", true)),
                Map.of("back again, p99", "2.1 s"),
                Optional.of(timeline()),
                Duration.ofSeconds(31));
    }

    private static RowResult failed() {
        return new RowResult(
                "F04",
                "SIGKILL Redis",
                Verdict.FAILED,
                "I1 differs",
                List.of(new Check("I1", "0 accepted and not in MySQL", "3 lost: 0a, 0b, 0c", false)),
                Map.of(),
                Optional.empty(),
                Duration.ofSeconds(91));
    }

    private static RowResult skipped() {
        return new RowResult(
                "F06",
                "slow fsync",
                Verdict.SKIPPED,
                "no strace on this machine",
                List.of(),
                Map.of(),
                Optional.empty(),
                Duration.ZERO);
    }

    private static Timeline timeline() {
        Random random = new Random(1);
        List<Integer> accepted = new ArrayList<>();
        List<Integer> delivered = new ArrayList<>();
        List<Integer> refused = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            boolean down = i >= 20 && i < 40;
            accepted.add(down ? 10 + random.nextInt(5) : 45 + random.nextInt(10));
            delivered.add(accepted.get(i) * 3);
            refused.add(down ? random.nextInt(8) : 0);
        }
        return new Timeline(
                Duration.ofMillis(250),
                accepted,
                delivered,
                refused,
                List.of(
                        new Timeline.Mark(Duration.ofSeconds(5), Duration.ofSeconds(5), "kill gateway A"),
                        new Timeline.Mark(Duration.ofSeconds(5), Duration.ofSeconds(10), "gateway A is down"),
                        new Timeline.Mark(Duration.ofSeconds(10), Duration.ofSeconds(10), "restart")));
    }
}
