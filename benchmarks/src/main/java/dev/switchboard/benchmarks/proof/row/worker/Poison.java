package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.DatabaseLedger;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.benchmarks.proof.link.Trap;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.RedisShell;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.Login;
import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * F20: three things in the log that can't be stored. The database refuses a row by a constraint, a blob is no Protobuf, and every
 * worker dies that has one message on its way to MySQL. Has no state.
 */
public final class Poison implements Row {
    private static final double PER_SECOND = 100;
    private static final Duration TALK = Duration.ofSeconds(75);
    private static final double REFUSED_AT = 6;
    private static final double BLOB_AT = 12;
    private static final double KILLER_AT = 20;
    /** Longer than what is around a poison may take. */
    private static final double LAID_AT = KILLER_AT - 2;

    private static final int LETTERS = 3;
    private static final int DEATHS_MAX = 8;
    private static final Duration ISOLATED_TIMEOUT = Duration.ofSeconds(150);
    private static final Duration STORED_MAX = Duration.ofSeconds(5);
    /** What is accepted so long before and after a poison is, or may be, in one batch with it. */
    private static final long AROUND_NANOS = Duration.ofSeconds(2).toNanos();

    private static final Duration QUIET_MAX = Duration.ofSeconds(60);
    private static final Duration PAGE_MAX = Duration.ofSeconds(10);
    /** Who looks for a message that is nowhere asks each 2.5 s. */
    private static final Duration WATCHED = Duration.ofSeconds(10);

    private static final int EXTRA_FETCHES_MAX = 1;
    private static final String RESUMES = "switchboard_gateway_resume_total";
    private static final String BLOB = "no Protobuf at all";

    @Override
    public String id() {
        return "F20";
    }

    @Override
    public String title() {
        return "a row that MySQL refuses, a blob that is no Protobuf, a message that kills workers";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.freshSite(WorkerKills.PLAN);
        FleetPlan usual = FleetPlan.usual(context.seed(), TALK);
        // Of users alone: a note would be known to the staff only.
        FleetPlan plan = usual.with(usual.talk().of(PER_SECOND, TALK).withAdmins(0, 0));
        try (Trial trial = context.trial(site, plan);
                Connection database = connect(site, site.database().migration())) {
            UUID refused = trial.fleet().id(number(REFUSED_AT));
            refuse(database, refused);
            trial.awaitSecond(BLOB_AT);
            long blob = trial.mark("XADD of a blob", () -> append(site));
            trial.awaitSecond(LAID_AT);
            long laid = trial.now();
            Killer killer = isolate(trial, site, database);
            trial.mark("workers die", laid, killer.isolated);
            trial.awaitTalk();
            List<String> unquiet = trial.fleet().awaitQuiet(QUIET_MAX);
            Told told = told(trial, site);
            Fetches fetches = fetches(trial, site);
            Evidence evidence = trial.end();
            Storing storing = Storing.of(trial.ledger());
            long refusedAt = storing.accepted(refused);
            long killerAt = storing.accepted(trial.fleet().id(number(KILLER_AT)));
            storingChecks(evidence, storing, refusedAt, blob);
            Duration after = storing.storedAfter(killer.isolated, killerAt - AROUND_NANOS, killer.isolated);
            lettersChecks(evidence, killer, told, after);
            fetchesChecks(evidence, fetches, unquiet);
            return evidence;
        }
    }

    /** When a letter was made of the killer, or the row gave up, and how many workers had died by then. */
    private record Killer(long isolated, int deaths) {}

    /** Dead letters by the end, those of messages, and how many of these positions clients are told of. */
    private record Told(int letters, int distinct, int messages, int absent) {}

    /**
     * What clients asked for when all was said.
     *
     * @param pages opened on conversations that lack a message
     * @param toOpen requests to history until these were whole
     * @param later requests and resumes of everybody in the time after
     */
    private record Fetches(int pages, boolean whole, long toOpen, long later) {}

    private static int number(double second) {
        return (int) (second * PER_SECOND);
    }

    private static Connection connect(ProofSite site, Login login) throws SQLException {
        return DriverManager.getConnection(site.database().jdbcUrl(), login.user(), login.password());
    }

    private static void refuse(Connection database, UUID message) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute("ALTER TABLE message ADD CONSTRAINT proof_refused CHECK (client_msg_id <> X'"
                    + message.toString().replace("-", "") + "')");
        }
    }

    private static void append(ProofSite site) {
        try (RedisShell redis = RedisShell.open(site)) {
            redis.text("XADD", Keys.log(Partition.all().get(0)), "*", "e", BLOB);
        }
    }

    /** Kills whoever is about to store that message, and starts another in its place, until it has become a letter. */
    private static Killer isolate(Trial trial, ProofSite site, Connection database) {
        // A text begins with its number; none has a number in it elsewhere.
        String bait = "#" + number(KILLER_AT) + " ";
        Queue<Long> deaths = new ConcurrentLinkedQueue<>();
        List<TcpProxy> links = site.links().workerMysql();
        for (int i = 0; i < links.size(); i++) {
            Service worker = site.workers().get(i);
            links.get(i).trap(bait, Integer.MAX_VALUE, () -> {
                worker.kill();
                deaths.add(trial.now());
                return Trap.Fate.DROP;
            });
        }
        Await.until(ISOLATED_TIMEOUT, () -> {
            restart(site);
            return letters(database) >= LETTERS || deaths.size() > DEATHS_MAX;
        });
        long isolated = trial.now();
        links.forEach(TcpProxy::disarm);
        restart(site);
        site.workers().forEach(Service::awaitReady);
        deaths.forEach(death -> trial.mark("†", death, death));
        return new Killer(isolated, deaths.size());
    }

    private static void restart(ProofSite site) {
        site.workers().stream().filter(worker -> !worker.isAlive()).forEach(Service::restart);
    }

    private static int letters(Connection database) {
        try (Statement statement = database.createStatement();
                ResultSet found = statement.executeQuery("SELECT COUNT(*) FROM dead_letter")) {
            found.next();
            return found.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException("can't count the dead letters", e);
        }
    }

    private static Told told(Trial trial, ProofSite site) throws SQLException {
        DatabaseLedger rows = trial.rows();
        int absent = 0;
        try (RedisShell redis = RedisShell.open(site)) {
            for (DatabaseLedger.Row letter : rows.deadLetters()) {
                ConversationId conversation = new ConversationId(letter.lane().conversation());
                byte[] packed = redis.bytes("HGET", Keys.conversation(conversation), "va");
                boolean there = AbsentPositions.read(packed).contains(new AbsentPositions.One(letter.position(), true));
                absent += there ? 1 : 0;
            }
        }
        int messages = rows.deadLetters().size();
        int distinct = (int) rows.deadLetters().stream()
                .map(DatabaseLedger.Row::message)
                .distinct()
                .count();
        return new Told(messages + rows.unreadable(), distinct + Math.min(1, rows.unreadable()), messages, absent);
    }

    private static Fetches fetches(Trial trial, ProofSite site) throws SQLException {
        Set<UUID> conversations = Set.copyOf(trial.rows().deadLetters().stream()
                .map(letter -> letter.lane().conversation())
                .toList());
        long before = trial.fleet().historyRequests();
        List<Integer> pages =
                conversations.stream().map(trial.fleet()::openPage).toList();
        boolean whole = Await.until(PAGE_MAX, () -> pages.stream().allMatch(trial.fleet()::pageIsWhole))
                && trial.fleet().awaitQuiet(PAGE_MAX).isEmpty();
        long opened = trial.fleet().historyRequests();
        double resumes = resumes(site);
        Await.until(WATCHED, () -> false);
        long later = trial.fleet().historyRequests() - opened + (long) (resumes(site) - resumes);
        return new Fetches(pages.size(), whole, opened - before, later);
    }

    /** Lanes that anybody resumed. */
    private static double resumes(ProofSite site) {
        return site.gateways().stream()
                .mapToDouble(gateway -> gateway.metrics().sum(RESUMES).orElse(0))
                .sum();
    }

    private static void storingChecks(Evidence evidence, Storing storing, long refusedAt, long blobAt) {
        Duration besideRow = storing.slowest(refusedAt - AROUND_NANOS, refusedAt + AROUND_NANOS);
        Duration besideBlob = storing.slowest(blobAt - AROUND_NANOS, blobAt + AROUND_NANOS);
        evidence.check(
                        "others beside the refused row",
                        "stored within " + Numbers.seconds(STORED_MAX),
                        Numbers.seconds(besideRow),
                        besideRow.compareTo(STORED_MAX) <= 0)
                .check(
                        "others beside the blob",
                        "stored within " + Numbers.seconds(STORED_MAX),
                        Numbers.seconds(besideBlob),
                        besideBlob.compareTo(STORED_MAX) <= 0)
                .number(
                        "others stored after",
                        Numbers.seconds(besideRow) + " beside the row, " + Numbers.seconds(besideBlob)
                                + " beside the blob");
    }

    private static void lettersChecks(Evidence evidence, Killer killer, Told told, Duration after) {
        evidence.check(
                        "dead letters",
                        "each poison once",
                        told.letters + ", of " + told.distinct + " different ones",
                        told.letters == LETTERS && told.distinct == LETTERS)
                .check(
                        "what kills workers",
                        "set aside after 1 to " + DEATHS_MAX + " restarts",
                        "after " + killer.deaths,
                        killer.deaths > 0 && killer.deaths <= DEATHS_MAX)
                .check(
                        "others beside the killer",
                        "stored within " + Numbers.seconds(STORED_MAX) + " after it was set aside",
                        Numbers.seconds(after),
                        after.compareTo(STORED_MAX) <= 0)
                .check(
                        "positions without a message",
                        "clients are told of both",
                        "of " + told.absent,
                        told.absent == LETTERS - 1)
                .number("workers killed", Integer.toString(killer.deaths));
    }

    private static void fetchesChecks(Evidence evidence, Fetches fetches, List<String> unquiet) {
        // Nobody but the owner talks, so each page has one lane and, so soon, one page of it.
        long most = (long) fetches.pages * (1 + EXTRA_FETCHES_MAX);
        evidence.check(
                        "pages on these conversations",
                        "whole with %d more request each at most".formatted(EXTRA_FETCHES_MAX),
                        "%d pages %s with %d requests"
                                .formatted(fetches.pages, fetches.whole ? "whole" : "not whole", fetches.toOpen),
                        fetches.pages > 0 && fetches.whole && fetches.toOpen <= most)
                .check(
                        "questions of everybody in %s afterwards".formatted(Numbers.seconds(WATCHED)),
                        "none",
                        unquiet.isEmpty() ? Long.toString(fetches.later) : unquiet.get(0),
                        unquiet.isEmpty() && fetches.later == 0);
    }
}
