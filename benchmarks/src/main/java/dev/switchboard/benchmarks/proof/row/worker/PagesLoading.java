package dev.switchboard.benchmarks.proof.row.worker;

import dev.switchboard.benchmarks.proof.Evidence;
import dev.switchboard.benchmarks.proof.Numbers;
import dev.switchboard.benchmarks.proof.Row;
import dev.switchboard.benchmarks.proof.RowContext;
import dev.switchboard.benchmarks.proof.Trial;
import dev.switchboard.benchmarks.proof.fleet.FleetPlan;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.benchmarks.proof.link.Trap;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.SiteLinks;
import dev.switchboard.servers.Await;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.UUID;

/**
 * F23: pages are opened on a conversation that never rests, while commits come late by chance, so that history is now in the tail,
 * now in MySQL. Has no state.
 */
public final class PagesLoading implements Row {
    private static final int PAGES = 500;
    private static final int PAGES_SHORT = 100;
    private static final Duration TALK = Duration.ofSeconds(30);
    private static final int OPEN_AT_ONCE = 12;
    private static final int COMMIT_LATE_MILLIS_MAX = 2_000;
    private static final Duration PAGE_TIMEOUT = Duration.ofSeconds(10);

    @Override
    public String id() {
        return "F23";
    }

    @Override
    public String title() {
        return "pages opened on a busy conversation while commits come up to 2 s late";
    }

    @Override
    public Evidence run(RowContext context) throws Exception {
        ProofSite site = context.site();
        int pages = context.load().compareTo(Duration.ofSeconds(15)) < 0 ? PAGES_SHORT : PAGES;
        FleetPlan plan = FleetPlan.usual(
                context.seed(), TALK.multipliedBy(pages).dividedBy(PAGES).plusSeconds(5));
        plan = plan.with(plan.crowd().of(1, 1)).with(new FleetPlan.Trouble(0.05, 0, false));
        for (TcpProxy link : site.links().workerMysql()) {
            late(link, new Random(context.random().nextLong()));
        }
        try (Trial trial = context.trial(site, plan)) {
            Await.until(PAGE_TIMEOUT, () -> !trial.fleet().conversations().isEmpty());
            UUID conversation =
                    trial.fleet().conversations().values().iterator().next();
            Deque<Integer> open = new ArrayDeque<>();
            int whole = 0;
            long from = trial.now();
            for (int i = 0; i < pages; i++) {
                open.add(trial.fleet().openPage(conversation));
                if (open.size() == OPEN_AT_ONCE) {
                    whole += closeWhenWhole(trial, open.remove());
                }
            }
            while (!open.isEmpty()) {
                whole += closeWhenWhole(trial, open.remove());
            }
            trial.mark(pages + " pages opened", from, trial.now());
            Evidence evidence = trial.end();
            return evidence.check("pages", "all loaded: " + pages, Integer.toString(whole), whole == pages)
                    .number("pages a second", "%.1f".formatted(pages * 1e9 / (trial.now() - from)))
                    .number("commits late by up to", Numbers.seconds(Duration.ofMillis(COMMIT_LATE_MILLIS_MAX)));
        } finally {
            site.links().workerMysql().forEach(TcpProxy::disarm);
        }
    }

    private static int closeWhenWhole(Trial trial, int page) {
        boolean whole = Await.until(PAGE_TIMEOUT, () -> trial.fleet().pageIsWhole(page));
        trial.fleet().closePage(page);
        return whole ? 1 : 0;
    }

    private static void late(TcpProxy link, Random random) {
        link.trap(SiteLinks.COMMIT, Integer.MAX_VALUE, () -> {
            int millis;
            synchronized (random) {
                millis = random.nextInt(COMMIT_LATE_MILLIS_MAX);
            }
            Await.until(Duration.ofMillis(millis), () -> false);
            return Trap.Fate.RELEASE;
        });
    }
}
