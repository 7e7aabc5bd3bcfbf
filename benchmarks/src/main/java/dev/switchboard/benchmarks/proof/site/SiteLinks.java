package dev.switchboard.benchmarks.proof.site;

import dev.switchboard.benchmarks.proof.link.Links;
import dev.switchboard.benchmarks.proof.link.TcpProxy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Every link of a site, each a port of its own. Lists are by the number of the gateway or worker. Immutable, any thread.
 *
 * @param clients from clients to each gateway
 */
public record SiteLinks(
        List<TcpProxy> clients,
        List<TcpProxy> gatewayRedis,
        List<TcpProxy> gatewayMysql,
        List<TcpProxy> workerRedis,
        List<TcpProxy> workerMysql) {
    /** What a connection to Redis says when it becomes the one that receives publications. */
    public static final String SUBSCRIBE = "SSUBSCRIBE";

    /** A commit as Connector/J sends it: the command for a query, and the word. */
    public static final String COMMIT = "\u0003COMMIT";

    /** As many ports as there are links are taken from the ones given. */
    static SiteLinks open(
            Links links,
            Iterator<Integer> ports,
            List<Integer> gatewayPorts,
            int workers,
            int redisPort,
            int mysqlPort) {
        int gateways = gatewayPorts.size();
        List<TcpProxy> clients = new ArrayList<>();
        for (int i = 0; i < gateways; i++) {
            clients.add(links.open("clients to gateway " + (i + 1), ports.next(), gatewayPorts.get(i)));
        }
        SiteLinks all = new SiteLinks(
                List.copyOf(clients),
                each(links, ports, gateways, "gateway %d to Redis", redisPort),
                each(links, ports, gateways, "gateway %d to MySQL", mysqlPort),
                each(links, ports, workers, "worker %d to Redis", redisPort),
                each(links, ports, workers, "worker %d to MySQL", mysqlPort));
        all.gatewayRedis().forEach(link -> link.listenFor(SUBSCRIBE));
        return all;
    }

    private static List<TcpProxy> each(Links links, Iterator<Integer> ports, int count, String name, int target) {
        List<TcpProxy> opened = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            opened.add(links.open(name.formatted(i), ports.next(), target));
        }
        return List.copyOf(opened);
    }
}
