package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.fleet.Fleet;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Checker;
import dev.switchboard.benchmarks.proof.ledger.DatabaseLedger;
import dev.switchboard.benchmarks.proof.ledger.LaneKey;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.benchmarks.proof.ledger.Timings;
import dev.switchboard.benchmarks.proof.report.Timeline;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.servers.Await;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * One fleet on one site from its first connection to the last row, and the judgement over it. One thread. Instants are nanoseconds
 * of the ledger's clock.
 */
public final class Trial implements AutoCloseable {
    /** After that, what isn't settled is lost. */
    private static final Duration QUIET_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration BUCKET = Duration.ofMillis(250);

    private final RowContext context;
    private final ProofSite site;
    private final FleetPlan plan;
    private final Condition condition;
    private final Ledger ledger;
    private final Fleet fleet;
    private final long start;
    private final List<Timeline.Mark> marks = new ArrayList<>();

    private Trial(RowContext context, ProofSite site, FleetPlan plan, Condition condition) {
        this.context = context;
        this.site = site;
        this.plan = plan;
        this.condition = condition;
        this.ledger = new Ledger(System::nanoTime);
        this.fleet = Fleet.start(plan, site.doors(), site::token, ledger);
        this.start = ledger.now();
    }

    /** Connects the fleet of that plan, under names nobody had before; it talks on return. */
    static Trial start(RowContext context, ProofSite site, FleetPlan plan, Condition condition) {
        condition.begin();
        FleetPlan named = plan.with(plan.crowd().withPrefix(context.prefix()));
        return new Trial(context, site, named, condition);
    }

    public ProofSite site() {
        return site;
    }

    public Fleet fleet() {
        return fleet;
    }

    public Ledger ledger() {
        return ledger;
    }

    public long now() {
        return ledger.now();
    }

    /** When the talk began. */
    public long start() {
        return start;
    }

    /** Waits until the talk has lasted that long. */
    public void awaitSecond(double second) {
        long wait = start + (long) (second * Duration.ofSeconds(1).toNanos()) - ledger.now();
        Await.until(Duration.ofNanos(Math.max(0, wait)), () -> false);
    }

    /** Does something and marks it in the picture; when it was done. */
    public long mark(String label, Runnable step) {
        context.say(label);
        long from = ledger.now();
        step.run();
        long to = ledger.now();
        marks.add(new Timeline.Mark(Duration.ofNanos(from), Duration.ofNanos(to), label));
        return to;
    }

    /** Marks a span in the picture. */
    public void mark(String label, long from, long to) {
        marks.add(new Timeline.Mark(Duration.ofNanos(from), Duration.ofNanos(to), label));
    }

    /** Waits until everything of the plan was said. */
    public void awaitTalk() {
        Await.until(plan.talk().lasts().plus(QUIET_TIMEOUT), fleet::talkIsOver);
    }

    /**
     * Lets the talk end, waits until everything has come to rest, closes the fleet, and judges: I1 to I8 come first in the
     * evidence. What the row broke must be mended by now.
     */
    public Evidence end() throws IOException, SQLException {
        awaitTalk();
        fleet.stopSending();
        long stopped = ledger.now();
        List<String> unsettled = fleet.awaitQuiet(QUIET_TIMEOUT);
        long quiet = ledger.now();
        fleet.recordHistory(site.doors().get(0));
        fleet.close();
        // Administrators of this fleet follow what others left on the same site, and that is judged by nobody twice.
        DatabaseLedger all =
                DatabaseLedger.query(site.database().jdbcUrl(), site.database().gateway());
        Predicate<String> own = owner -> owner.startsWith(plan.crowd().prefix());
        Set<LaneKey> foreign = all.only(own.negate()).lanes();
        DatabaseLedger database = all.only(own);
        Ledger clients = ledger.only(lane -> !foreign.contains(lane));
        clients.write(context.dir().resolve("clients.ledger.gz"));
        database.write(context.dir().resolve("database.ledger.gz"));
        Evidence evidence = new Evidence();
        evidence.addAll(new Checker(clients, database).checks());
        evidence.add(condition.vitals(evidence));
        evidence.add(condition.defects());
        evidence.check(
                "rest",
                "everything said is settled within %d s".formatted(QUIET_TIMEOUT.toSeconds()),
                unsettled.isEmpty()
                        ? Numbers.seconds(Duration.ofNanos(quiet - stopped))
                        : unsettled.size() + " are not, such as " + unsettled.get(0),
                unsettled.isEmpty());
        evidence.picture(picture());
        return evidence;
    }

    /** For who judges a trial that has no end: its clients are gone. */
    public Timeline picture() {
        return new Timings(ledger).timeline(BUCKET, marks);
    }

    /** Only what a finished trial holds: make it once. */
    public Timings timings() {
        return new Timings(ledger);
    }

    @Override
    public void close() {
        fleet.close();
    }

    /** What MySQL holds now. */
    public DatabaseLedger rows() throws SQLException {
        return DatabaseLedger.query(site.database().jdbcUrl(), site.database().gateway());
    }
}
