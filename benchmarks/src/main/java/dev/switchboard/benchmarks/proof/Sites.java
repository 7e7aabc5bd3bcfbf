package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.SitePlan;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The one site that runs, kept from row to row while it is healthy and of the usual kind. One thread. */
public final class Sites implements AutoCloseable {
    private final Path dir;
    private final SitePlan usual;
    /** What is done to every plan. */
    private final UnaryOperator<SitePlan> change;

    private Optional<ProofSite> running = Optional.empty();
    private Optional<Condition> condition = Optional.empty();
    private int started;

    public Sites(Path dir) {
        this(dir, SitePlan.USUAL);
    }

    /** With another plan in the place of the usual one. */
    public Sites(Path dir, SitePlan usual) {
        this(dir, usual, plan -> plan);
    }

    private Sites(Path dir, SitePlan usual, UnaryOperator<SitePlan> change) {
        this.dir = dir;
        this.usual = usual;
        this.change = change;
    }

    /** Where all gateways and workers, of the usual kind or not, run with these classes and scripts in the place of their own. */
    public static Sites sabotaged(Path dir, Path classes) {
        return new Sites(dir, SitePlan.USUAL, plan -> plan.inFront(classes));
    }

    /** A healthy site of the usual kind; the one that runs, if it is that. */
    ProofSite usual() {
        return running.filter(this::isUsual).orElseGet(() -> fresh(usual));
    }

    /** One that nobody has used, in place of the one that runs. */
    ProofSite fresh(SitePlan plan) {
        close();
        started++;
        ProofSite site = ProofSite.start(dir.resolve("site-" + started), change.apply(plan));
        running = Optional.of(site);
        return site;
    }

    /** Of the site that runs; at the first time it is put to work for a while before. */
    Condition condition(Consumer<ProofSite> warmUp) {
        return condition.orElseGet(() -> {
            ProofSite site = running.orElseThrow();
            warmUp.accept(site);
            Condition rested = new Condition(site);
            condition = Optional.of(rested);
            return rested;
        });
    }

    /** After a row: what can't serve the next one is stopped. */
    void tidy() {
        running.ifPresent(site -> {
            if (!isUsual(site)) {
                close();
                return;
            }
            try {
                site.mend();
            } catch (RuntimeException e) {
                close();
            }
        });
    }

    private boolean isUsual(ProofSite site) {
        return site.plan().equals(change.apply(usual));
    }

    /** Whoever ends the JVM may call it, too. */
    @Override
    public synchronized void close() {
        running.ifPresent(ProofSite::close);
        running = Optional.empty();
        condition = Optional.empty();
    }
}
