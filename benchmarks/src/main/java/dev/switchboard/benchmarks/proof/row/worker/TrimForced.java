package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Machine;
import dev.switchboard.benchmarks.proof.ProofOptions;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.row.BacklogWatch;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Script;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * F17: nobody stores, and every second somebody trims the log by what MySQL says it holds, with all rights to do so. What MySQL does
 * not hold must stay. Has no state.
 */
public final class TrimForced implements Row {
    private static final Duration TALK = Duration.ofMinutes(5);
    private static final double STOP_AT = 2;
    private static final List<String> SOURCES =
            List.of("gateway/src/main", "persistence-worker/src/main", "proto/src/main");

    @Override
    public String id() {
        return "F17";
    }

    @Override
    public String title() {
        return "trimmed every second while no worker stores";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        Duration talk = context.mode() == ProofOptions.Mode.SHORT ? context.load() : TALK;
        ProofSite site = context.site();
        try (Trial trial = context.trial(site, FleetPlan.usual(context.seed(), talk))) {
            trial.awaitSecond(STOP_AT);
            long from = trial.mark("stop the workers", () -> site.workers().forEach(Service::pause));
            long waiting = BacklogWatch.entries(site);
            long gone = 0;
            int trims = 0;
            for (double second = STOP_AT + 1; second < talk.toSeconds(); second++) {
                trial.awaitSecond(second);
                trims += trim(site);
                long now = BacklogWatch.entries(site);
                gone += Math.max(0, waiting - now);
                waiting = now;
            }
            long to = trial.mark("start the workers", () -> site.workers().forEach(Service::resume));
            trial.mark("nobody stores, trimmed every second", from, to);
            Evidence evidence = trial.end();
            List<String> maxlen = trimsByLength();
            return evidence.check(
                            "entries that went although nobody stored them",
                            "none",
                            gone + " of " + (gone + waiting),
                            gone == 0 && waiting > 0)
                    .check("trims", "some were made", Integer.toString(trims), trims > 0)
                    .check("XTRIM MAXLEN in the sources", "nowhere", maxlen.toString(), maxlen.isEmpty())
                    .number("entries waiting", Long.toString(waiting));
        }
    }

    /** As the worker marks after a commit, with its fencing number and the cursor that MySQL has; how many partitions. */
    private static int trim(ProofSite site) throws SQLException {
        Map<Integer, String[]> cursors = new HashMap<>();
        try (Connection database = DriverManager.getConnection(
                        site.database().jdbcUrl(),
                        site.database().worker().user(),
                        site.database().worker().password());
                Statement statement = database.createStatement();
                ResultSet rows = statement.executeQuery("SELECT partition_no, log_id, fence FROM log_cursor")) {
            while (rows.next()) {
                cursors.put(rows.getInt(1), new String[] {rows.getString(2), rows.getString(3)});
            }
        }
        int trims = 0;
        try (RedisShell redis = RedisShell.open(site)) {
            for (Partition partition : Partition.all()) {
                String[] cursor = Objects.requireNonNull(cursors.get(partition.number()), "no cursor in MySQL");
                String epoch = redis.text("HGET", Keys.partition(partition), "epoch");
                String answer = redis.text(
                        "EVAL",
                        Script.MARK.source(),
                        "2",
                        Keys.partition(partition),
                        Keys.log(partition),
                        cursor[1],
                        epoch,
                        cursor[0],
                        "0",
                        "50",
                        "8192",
                        "3600",
                        "32",
                        "",
                        "");
                trims += answer.equals("ok") ? 1 : 0;
            }
        }
        return trims;
    }

    private static List<String> trimsByLength() throws IOException {
        List<String> found = new ArrayList<>();
        for (String source : SOURCES) {
            try (Stream<Path> files = Files.walk(Machine.workingTree().resolve(source))) {
                files.filter(Files::isRegularFile)
                        .filter(TrimForced::trimsByLength)
                        .forEach(file -> found.add(file.toString()));
            }
        }
        return found;
    }

    private static boolean trimsByLength(Path file) {
        try {
            // As bytes: some of them are pictures.
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                    .matches("(?is).*(XTRIM|XADD)\\b[^\\n]{0,80}\\bMAXLEN.*");
        } catch (IOException e) {
            throw new IllegalStateException("can't read " + file, e);
        }
    }
}
