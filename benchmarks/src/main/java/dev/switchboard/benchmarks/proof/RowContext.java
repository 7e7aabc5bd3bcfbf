package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.fleet.Fleet;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.ledger.Ledger;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import dev.switchboard.servers.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;

/** What a row works with, for one run of it. One thread. */
public final class RowContext {
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final Duration WARM_UP_REST = Duration.ofSeconds(30);

    private final String id;
    private final ProofOptions options;
    private final Sites sites;
    private final Random random;
    private final Path dir;
    private final Consumer<String> progress;
    private int trials;

    RowContext(String id, ProofOptions options, Sites sites, Path dir, Consumer<String> progress) {
        this.id = id;
        this.options = options;
        this.sites = sites;
        this.random = new Random(options.seed() ^ id.hashCode());
        this.dir = dir;
        this.progress = progress;
    }

    /** A running site of the usual kind, shared with other rows; healthy. */
    public ProofSite site() {
        return sites.usual();
    }

    /** A new site; the one before is stopped. Nobody else gets it, unless it is of the usual kind and healthy. */
    public ProofSite freshSite(SitePlan plan) {
        return sites.fresh(plan);
    }

    /** The usual load for the usual time, on the usual site. */
    public Trial trial() {
        return trial(site(), plan());
    }

    /** The usual load; rows change it where they must. */
    public FleetPlan plan() {
        return options.plan();
    }

    /** The same of clients that keep their connections, for rows that count how many are lost. */
    public FleetPlan steadyPlan() {
        FleetPlan usual = plan();
        return usual.with(new FleetPlan.Trouble(usual.trouble().againShare(), 0, false));
    }

    /** A fleet of that plan on the site that runs; whoever opens it closes it. Its names are made here. */
    public Trial trial(ProofSite site, FleetPlan plan) {
        return Trial.start(this, site, plan, sites.condition(this::warmUp));
    }

    /** How long to send where the row doesn't demand otherwise. */
    public Duration load() {
        return options.load().lasts();
    }

    public ProofOptions.Mode mode() {
        return options.mode();
    }

    /** The same sequence for the same seed, whatever other rows run. */
    public Random random() {
        return random;
    }

    /** Of the proof: of fleets, for example. */
    public long seed() {
        return options.seed();
    }

    /** For ledgers and whatever else should be kept of this row. */
    public Path dir() {
        return dir;
    }

    /** One line for those who wait. */
    public void say(String line) {
        progress.accept("      " + id + "  " + line);
    }

    /** What is loaded and filled at first use is there afterwards: rows compare with that. */
    private void warmUp(ProofSite site) {
        FleetPlan usual = plan();
        FleetPlan plan = usual.with(usual.crowd().withPrefix(prefix()))
                .with(usual.talk().of(usual.talk().perSecond(), WARM_UP));
        Ledger ledger = new Ledger(System::nanoTime);
        try (Fleet fleet = Fleet.start(plan, site.doors(), site::token, ledger)) {
            Await.until(WARM_UP.plus(WARM_UP_REST), fleet::talkIsOver);
            fleet.awaitQuiet(WARM_UP_REST);
            fleet.recordHistory(site.doors().get(0));
            fleet.recordHistory(site.doors().get(1));
        }
    }

    /** The beginning of user names that nobody had before on the same site. */
    String prefix() {
        trials++;
        return "%s%s-%d-"
                .formatted(id.toLowerCase(Locale.ROOT), Long.toString(System.nanoTime() & 0xFFFFFF, 36), trials);
    }
}
