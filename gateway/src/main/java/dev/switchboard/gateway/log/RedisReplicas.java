package dev.switchboard.gateway.log;

import java.util.regex.Pattern;

/** How many replicas follow Redis closely, as Redis says itself. */
final class RedisReplicas {
    /** Replicas say once a second how far they are. One that has been silent for longer is on its way out. */
    private static final int LAG_SECONDS_MAX = 3;

    private static final Pattern CLOSE =
            Pattern.compile("(?m)^slave\\d+:(?=.*\\bstate=online\\b).*\\blag=[0-" + LAG_SECONDS_MAX + "]\\b");

    private RedisReplicas() {}

    /** Of what INFO answers about replication. */
    static int keepingUp(String info) {
        return (int) CLOSE.matcher(info).results().count();
    }
}
