package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;

/** What a row works with, for one run of it. One thread. */
public final class RowContext {
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

    /** How long to send where the row doesn't demand otherwise. */
    public Duration load() {
        return options.load();
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

    /** The beginning of user names that nobody had before on the same site. */
    String prefix() {
        trials++;
        return "%s%s-%d-"
                .formatted(id.toLowerCase(Locale.ROOT), Long.toString(System.nanoTime() & 0xFFFFFF, 36), trials);
    }
}
