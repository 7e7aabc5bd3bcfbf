package dev.switchboard.local;

import dev.switchboard.servers.Ports;
import dev.switchboard.servers.ServerStartException;
import dev.switchboard.settings.Environment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Every port of a local stack, all on the loopback interface. The lists have one entry for each gateway and each worker. */
public record LocalPorts(
        int signIn,
        List<Integer> gateways,
        List<Integer> gatewayManagement,
        List<Integer> workerManagement,
        int redis,
        int mysql) {
    private static final int PORT_MIN = 1024;
    private static final int PORT_MAX = 65_000;

    public LocalPorts {
        gateways = List.copyOf(gateways);
        gatewayManagement = List.copyOf(gatewayManagement);
        workerManagement = List.copyOf(workerManagement);
    }

    /** Any ports that are free now. */
    public static LocalPorts random(int gateways, int workers) {
        List<Integer> free = Ports.free(3 + 2 * gateways + workers);
        return new LocalPorts(
                free.get(0),
                free.subList(3, 3 + gateways),
                free.subList(3 + gateways, 3 + 2 * gateways),
                free.subList(3 + 2 * gateways, free.size()),
                free.get(1),
                free.get(2));
    }

    static LocalPorts from(Environment environment, int gateways, int workers) {
        int gateway = port(environment, "LOCAL_GATEWAY_PORT", 8080);
        int signIn = port(environment, "LOCAL_SIGN_IN_PORT", 8090);
        int management = port(environment, "LOCAL_MANAGEMENT_PORT", 9090);
        // Not the usual 6379 and 3306: a developer's own Redis and MySQL are often there.
        int redis = port(environment, "LOCAL_REDIS_PORT", 16_379);
        int mysql = port(environment, "LOCAL_MYSQL_PORT", 13_306);
        LocalPorts ports = new LocalPorts(
                signIn,
                consecutive(gateway, gateways),
                consecutive(management, gateways),
                consecutive(management + gateways, workers),
                redis,
                mysql);
        if (ports.all().distinct().count() != ports.all().count()) {
            environment.problem("LOCAL_GATEWAY_PORT", "and the other LOCAL_…_PORT variables overlap: " + ports);
        }
        return ports;
    }

    /** Throws with every port that somebody else has, and the variable that moves it. */
    void requireFree(boolean withRedis, boolean withMysql) {
        Map<String, List<Integer>> wanted = new LinkedHashMap<>();
        wanted.put("LOCAL_GATEWAY_PORT", gateways);
        wanted.put("LOCAL_SIGN_IN_PORT", List.of(signIn));
        List<Integer> management = new ArrayList<>(gatewayManagement);
        management.addAll(workerManagement);
        wanted.put("LOCAL_MANAGEMENT_PORT", management);
        wanted.put("LOCAL_REDIS_PORT", withRedis ? List.of(redis) : List.of());
        wanted.put("LOCAL_MYSQL_PORT", withMysql ? List.of(mysql) : List.of());
        List<String> busy = new ArrayList<>();
        wanted.forEach((variable, ports) -> ports.stream()
                .filter(port -> !Ports.isFree(port))
                .map(port ->
                        "Port %d on 127.0.0.1 is in use: set %s to another".formatted(port, Environment.name(variable)))
                .forEach(busy::add));
        if (!busy.isEmpty()) {
            throw new ServerStartException(String.join("\n", busy));
        }
    }

    private IntStream all() {
        List<Integer> all = new ArrayList<>(List.of(signIn, redis, mysql));
        all.addAll(gateways);
        all.addAll(gatewayManagement);
        all.addAll(workerManagement);
        return all.stream().mapToInt(Integer::intValue);
    }

    private static int port(Environment environment, String name, int defaultValue) {
        return environment.number(name, defaultValue, PORT_MIN, PORT_MAX);
    }

    private static List<Integer> consecutive(int first, int count) {
        return IntStream.range(first, first + count).boxed().toList();
    }
}
