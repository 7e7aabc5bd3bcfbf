package dev.switchboard.benchmarks.proof.site;

import dev.switchboard.benchmarks.proof.link.TcpProxy;
import dev.switchboard.servers.Await;
import dev.switchboard.servers.RedisServer;
import dev.switchboard.servers.ServerStartException;
import java.net.URI;
import java.time.Duration;

/**
 * A Redis that follows another one over a link of its own, with the same users, so that it can take its place. One thread breaks
 * and ends it; any may ask.
 */
public final class Replica implements AutoCloseable {
    private static final Duration COPY_TIMEOUT = Duration.ofSeconds(30);

    private final RedisServer server;
    private final TcpProxy link;

    private Replica(RedisServer server, TcpProxy link) {
        this.server = server;
        this.link = link;
    }

    /** Has taken a copy of what that one holds, on return. The link leads there. */
    static Replica start(RedisServer.Options options, RedisServer primary, TcpProxy link) {
        Replica replica = new Replica(RedisServer.start(options.replicaOf(primary, link.port())), link);
        if (!Await.until(COPY_TIMEOUT, replica::follows)) {
            replica.close();
            throw new ServerStartException("the replica of Redis has no copy; see " + replica.server.log());
        }
        return replica;
    }

    public RedisServer server() {
        return server;
    }

    /** From the replica to the one it follows. */
    public TcpProxy link() {
        return link;
    }

    /** Whether it has a copy and takes what is added to it. */
    public boolean follows() {
        try (RedisShell redis = RedisShell.open(URI.create(server.url()))) {
            return redis.info("replication", "master_link_status").equals("up");
        }
    }

    /** From now on it follows nobody. */
    void promote() {
        try (RedisShell redis = RedisShell.open(URI.create(server.url()))) {
            redis.text("REPLICAOF", "NO", "ONE");
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
