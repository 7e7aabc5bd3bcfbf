package dev.switchboard.benchmarks.proof.row.soak;

import dev.switchboard.benchmarks.proof.link.LinkMode;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.benchmarks.proof.link.Trap;
import dev.switchboard.benchmarks.proof.site.ProofSite;
import dev.switchboard.benchmarks.proof.site.Service;
import dev.switchboard.benchmarks.proof.site.SiteLinks;
import dev.switchboard.wire.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What may befall a site in a soak: faults of F01 to F18 that need no site of their own, so neither a small disk (F06, F07), other
 * limits (F08) and a replica (F12, F13), nor other clients (F19). Each is mended within half a minute. Invariant: only the first
 * gateway and the first worker are ever killed, so that whatever grows slowly can be seen in the others.
 */
final class SoakFaults {
    private static final int MORTAL = 0;
    /** Its links may be cut, and it may be stopped, but it goes on. */
    private static final int SURVIVOR = 1;

    private static final int SLOW_BYTES_PER_SECOND = 10_000;

    private static final List<SoakFault> ALL = List.of(
            fault("F01", "gateway killed", 10, site -> killed(site.gateways().get(MORTAL))),
            fault("F02", "gateway stopped", 12, site -> stopped(site.gateways().get(MORTAL))),
            fault("F03", "gateway hangs", 15, site -> hung(site.gateways().get(SURVIVOR))),
            fault("F04", "Redis killed", 5, site -> {
                site.redis().kill();
                return site.redis()::restart;
            }),
            fault("F05", "Redis hangs", 10, site -> {
                site.redis().pause();
                return site.redis()::resume;
            }),
            fault("F09", "Redis cut off", 15, site -> link(site.links().gatewayRedis(), LinkMode.CUT)),
            fault("F10", "rooms lost", 15, site -> rooms(site, MORTAL, LinkMode.BLACKHOLE)),
            fault("F11", "rooms slow", 15, site -> rooms(site, SURVIVOR, LinkMode.throttle(SLOW_BYTES_PER_SECOND))),
            fault(
                    "F14",
                    "worker dies stored",
                    8,
                    site -> trapped(site, site.links().workerRedis().get(MORTAL), Script.MARK.sha1())),
            fault(
                    "F15",
                    "worker dies early",
                    8,
                    site -> trapped(site, site.links().workerMysql().get(MORTAL), SiteLinks.COMMIT)),
            fault("F16", "worker hangs", 20, site -> hung(site.workers().get(SURVIVOR))),
            fault("F17", "nobody stores", 15, site -> {
                site.workers().forEach(Service::pause);
                return () -> site.workers().forEach(Service::resume);
            }),
            fault("F18", "MySQL killed", 10, site -> {
                site.database().kill();
                return site.database()::restart;
            }),
            fault("F18", "MySQL hangs", 15, site -> {
                site.database().pause();
                return site.database()::resume;
            }),
            fault("F18", "MySQL cut off", 15, site -> link(site.links().workerMysql(), LinkMode.TORN)));

    private SoakFaults() {}

    /** So many by chance; each comes once before one comes twice. */
    static List<SoakFault> drawn(int count, Random random) {
        List<SoakFault> drawn = new ArrayList<>();
        while (drawn.size() < count) {
            List<SoakFault> all = new ArrayList<>(ALL);
            Collections.shuffle(all, random);
            drawn.addAll(all);
        }
        return List.copyOf(drawn.subList(0, count));
    }

    /** Those that live as long as the site does. */
    static List<Service> survivors(ProofSite site) {
        return List.of(site.gateways().get(SURVIVOR), site.workers().get(SURVIVOR));
    }

    private static SoakFault fault(String row, String what, int seconds, SoakFault.Break breaks) {
        return new SoakFault(row, what, Duration.ofSeconds(seconds), breaks);
    }

    private static Runnable killed(Service service) {
        service.kill();
        return service::restart;
    }

    /** Starting it again waits for its end. */
    private static Runnable stopped(Service service) {
        service.terminate();
        return service::restart;
    }

    private static Runnable hung(Service service) {
        service.pause();
        return service::resume;
    }

    private static Runnable link(List<TcpProxy> links, LinkMode mode) {
        TcpProxy link = links.get(SURVIVOR);
        link.mode(mode);
        return () -> link.mode(LinkMode.PASS);
    }

    /** Only the connection through which a gateway hears what is said. */
    private static Runnable rooms(ProofSite site, int gateway, LinkMode mode) {
        TcpProxy link = site.links().gatewayRedis().get(gateway);
        link.mode(mode, connection -> connection.said(SiteLinks.SUBSCRIBE));
        return () -> link.mode(LinkMode.PASS);
    }

    /** Dies at its next step of that kind. */
    private static Runnable trapped(ProofSite site, TcpProxy link, String bait) {
        Service worker = site.workers().get(MORTAL);
        Trap trap = link.trap(bait, () -> {
            worker.kill();
            return Trap.Fate.DROP;
        });
        return () -> {
            trap.disarm();
            worker.restart();
        };
    }
}
