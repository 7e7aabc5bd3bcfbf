package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Machine;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.row.BacklogWatch;
import dev.switchboard.benchmarks.proof.row.SmallDisk;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * F28: the disk with MySQL's data is full for a while, then MySQL takes no changes, as a replica does. Nobody who chats notices, and
 * nothing is taken for poison. Has no state.
 */
public final class DatabaseFull implements Row {
    /** Room for an empty database of either product and all that this row says, several times over. */
    private static final int SIZE_MIB = 600;

    /** What programs compile and servers fill at first is done by then: the row looks at how fast sends are accepted. */
    private static final double FILLED_AT = 35;

    /** What tables have left inside their files is written first. */
    private static final Duration FELT_MAX = Duration.ofSeconds(60);

    private static final Duration READ_ONLY = Duration.ofSeconds(20);
    private static final Duration READY_MAX = Duration.ofSeconds(15);
    private static final Duration STORED_MAX = Duration.ofSeconds(60);
    private static final Duration KEEPS_UP = Duration.ofSeconds(3);
    /** Both outages, what it takes to feel the first one, and the way back from each. */
    private static final Duration AROUND = Duration.ofSeconds(80);

    private static final String READ_ONLY_ARGUMENT = "--read-only=1";

    @Override
    public String id() {
        return "F28";
    }

    @Override
    public String title() {
        return "MySQL's disk full, then MySQL read-only";
    }

    @Override
    public Optional<String> lacks() {
        return Machine.lacksProgram("mount").or(Machine::lacksRoot);
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        Duration full = switch (context.mode()) {
            case SHORT -> Duration.ofSeconds(20);
            case USUAL -> Duration.ofSeconds(40);
            case LONG -> Duration.ofMinutes(5);
        };
        Path arguments = Files.createDirectories(context.dir()).toAbsolutePath().resolve("mysql-arguments");
        Files.writeString(arguments, "");
        // What stands in the file is said to the server behind everything else, at each of its starts.
        ProofSite site = context.freshSite(
                SitePlan.USUAL.databaseBehind(List.of("sh", "-c", "exec \"$@\" $(cat '" + arguments + "')", "mysql")));
        try (SmallDisk disk = moved(site)) {
            Duration lasts = full.plus(READ_ONLY).plus(AROUND);
            try (Trial trial = context.trial(site, Outage.load(context.seed(), lasts))) {
                Full felt = full(trial, site, disk, full);
                Changes refused = readOnly(trial, site, arguments);
                return judge(trial, site, felt, refused);
            } finally {
                site.close();
            }
        }
    }

    /**
     * What the row saw of the full disk.
     *
     * @param reason by which a worker said so
     * @param ended MySQL did, and was started when there was space
     * @param ready from when there was space until all workers were ready
     */
    private record Full(Outage outage, String reason, boolean ended, Duration ready) {}

    /**
     * What it saw of MySQL without changes.
     *
     * @param reason by which a worker said so
     */
    private record Changes(long from, long to, String reason, boolean stored) {}

    /** The database on a disk of its own, which its server takes for the place it has always had. */
    private static SmallDisk moved(ProofSite site) throws IOException {
        Path data = site.database().data();
        Path aside = data.resolveSibling("aside");
        site.database().close();
        Files.move(data, aside);
        SmallDisk disk = SmallDisk.mount(data, SIZE_MIB);
        try {
            copy(aside, data);
            site.database().restart();
            return disk;
        } catch (IOException | RuntimeException e) {
            disk.close();
            throw e;
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (Files.isRegularFile(file)) {
                    Files.copy(file, target);
                }
            }
        }
    }

    private static Full full(Trial trial, ProofSite site, SmallDisk disk, Duration lasts) {
        trial.awaitSecond(FILLED_AT);
        try (RedisShell redis = RedisShell.open(site)) {
            long filled = trial.mark("fill the disk", disk::fill);
            boolean[] ended = {false};
            String reason = awaitRefusal(site);
            long memory = Outage.keptBytes(redis);
            long gone = trial.now();
            Await.until(lasts, () -> false);
            long more = Outage.keptBytes(redis) - memory;
            long back = trial.mark("space again", () -> {
                disk.drain();
                // A server that can't write down what it undoes may have ended.
                ended[0] = !site.database().isAlive();
                if (ended[0]) {
                    site.database().restart();
                }
            });
            trial.mark("MySQL's disk full", filled, back);
            boolean ready = awaitReady(site);
            Duration took = Duration.ofNanos(trial.now() - back);
            // Workers drain from the first moment on that they can.
            Duration rest = Outage.drain(site);
            Duration drain = rest.equals(Timings.ENDLESS) ? rest : took.plus(rest);
            Outage outage = new Outage(filled, gone, back, more, drain);
            return new Full(outage, reason, ended[0], ready ? took : READY_MAX.multipliedBy(2));
        }
    }

    private static Changes readOnly(Trial trial, ProofSite site, Path arguments) throws IOException {
        BacklogWatch.awaitYounger(site, KEEPS_UP, STORED_MAX);
        Files.writeString(arguments, READ_ONLY_ARGUMENT);
        long from = trial.mark("MySQL read-only", () -> site.database().restart());
        String reason = awaitRefusal(site);
        Await.until(READ_ONLY, () -> false);
        long to = trial.now();
        Files.writeString(arguments, "");
        trial.mark("takes changes", () -> site.database().restart());
        trial.mark("MySQL read-only", from, to);
        boolean stored = BacklogWatch.awaitYounger(site, KEEPS_UP, STORED_MAX);
        return new Changes(from, to, reason, stored);
    }

    /** Waits until no worker can store; why, in the words of one. */
    private static String awaitRefusal(ProofSite site) {
        String[] reason = {""};
        boolean all = Await.until(
                FELT_MAX,
                () -> site.workers().stream().allMatch(worker -> {
                    String why = worker.readiness();
                    reason[0] = why.contains("code=") ? why : reason[0];
                    return why.contains("mysql is away");
                }));
        return all ? reason[0].strip() : "";
    }

    private static boolean awaitReady(ProofSite site) {
        return Await.until(
                READY_MAX.multipliedBy(2),
                () -> site.workers().stream()
                        .allMatch(worker -> worker.readiness().isEmpty()));
    }

    private static Evidence judge(Trial trial, ProofSite site, Full full, Changes changes) throws Exception {
        Evidence evidence = trial.end();
        full.outage.judge(evidence, trial);
        Outage.sends(evidence, "sends while MySQL is read-only", trial.timings(), changes.from, changes.to);
        List<String> left = temporary(site.database().data());
        return evidence.check(
                        "the full disk",
                        "workers say that MySQL can't store",
                        full.reason.isEmpty() ? "they don't" : full.reason,
                        !full.reason.isEmpty())
                .check(
                        "ready with space again",
                        "within " + Numbers.seconds(READY_MAX),
                        Numbers.seconds(full.ready),
                        full.ready.compareTo(READY_MAX) <= 0)
                .check(
                        "read-only",
                        "workers say so, and all is stored afterwards",
                        "%s; %s".formatted(changes.reason, changes.stored ? "stored" : "not stored"),
                        changes.reason.contains("code=") && changes.stored)
                .check("temporary files of MySQL", "none left", left.toString(), left.isEmpty())
                .number("full", full.reason + (full.ended ? ", then MySQL ended" : ""))
                .number("read-only", changes.reason)
                .number("full upload directory", "does not apply yet: there are no uploads");
    }

    /** What an aborted change leaves behind. */
    private static List<String> temporary(Path data) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(data)) {
            files.map(file -> data.relativize(file).toString())
                    .filter(name -> name.contains("#sql"))
                    .forEach(found::add);
        }
        return found;
    }
}
