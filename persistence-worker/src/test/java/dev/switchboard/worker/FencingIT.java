package dev.switchboard.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.worker.TestLog.Saying;
import dev.switchboard.worker.log.Batch;
import dev.switchboard.worker.log.LogReader;
import dev.switchboard.worker.log.MarkOutcome;
import dev.switchboard.worker.log.PartitionLog;
import dev.switchboard.worker.log.Preparation;
import dev.switchboard.worker.log.RedisLog;
import dev.switchboard.worker.store.MessageStore;
import dev.switchboard.worker.store.OwnershipLostException;
import dev.switchboard.worker.store.PartitionLeases.Held;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drives the parts of a worker by hand, so that it can be stopped at any line. */
class FencingIT {
    private static final Duration LEASE = Duration.ofMillis(300);

    @TempDir
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private TestSite site;

    private final ClientResources resources =
            DefaultClientResources.builder().ioThreadPoolSize(2).build();

    @BeforeEach
    void start() {
        site = TestSite.migrated(dir);
    }

    @AfterEach
    void stop() {
        site.close();
        resources.shutdown(0, 1, TimeUnit.SECONDS);
    }

    @Test
    @Tag("T9")
    void refusesTheCommitOfAZombieAsAWhole() throws SQLException, OwnershipLostException {
        try (Stepped zombie = new Stepped("zombie");
                Stepped heir = new Stepped("heir")) {
            zombie.own();
            say("ana");
            say("bob");
            Batch old = zombie.read();

            TestSite.await(() -> heir.own().size() == Partition.COUNT);

            assertThrows(OwnershipLostException.class, () -> zombie.store.commit(old));
            assertEquals(0, site.number("SELECT COUNT(*) FROM message"));
            assertEquals(0, site.number("SELECT COUNT(*) FROM conversation"));
            Batch batch = heir.read();
            heir.store.commit(batch);
            assertEquals(2, site.number("SELECT COUNT(*) FROM message"));
            // Nor may it mark or trim, whatever it believes to have committed.
            assertTrue(zombie.log.mark(old, List.of()).values().stream().allMatch(MarkOutcome.FENCED::equals));
            assertEquals(2, site.log.length());
            assertTrue(heir.log.mark(batch, List.of()).values().stream().allMatch(MarkOutcome.MARKED::equals));
            assertEquals(0, site.log.length());
        }
    }

    @Test
    @Tag("T8")
    void marksOnceWhatADeadWorkerCommitted() throws SQLException, OwnershipLostException {
        ConversationId conversation = TestLog.conversationOf("ana");
        try (Stepped dead = new Stepped("dead");
                Room room = new Room(Keys.userRoom("ana"));
                Room admins = new Room(Keys.adminsRoom(conversation.partition()))) {
            dead.own();
            say("ana");
            site.log.append(Saying.of(conversation, "ana", "note").by("boss", Lane.STAFF));
            dead.store.commit(dead.read());
            assertEquals(2, site.log.backlog());
            assertEquals(2, site.log.length());

            site.worker();
            site.awaitDrained();

            TestSite.await(() -> admins.stored().size() == 2);
            assertEquals(List.of("PUBLIC 1"), room.stored());
            assertEquals(List.of("PUBLIC 1", "STAFF 1"), admins.stored());
            assertEquals(0, site.log.backlog());
            assertEquals(2, site.number("SELECT COUNT(*) FROM message"));
            assertEquals(0, site.number("SELECT COUNT(*) FROM dead_letter"));
        }
    }

    @Test
    @Tag("T5")
    void trimsNothingThatIsNotCommitted() throws SQLException, OwnershipLostException {
        try (Stepped worker = new Stepped("worker")) {
            worker.own();
            say("ana");
            Batch batch = worker.read();
            say("ana");
            worker.store.commit(batch);
            worker.log.mark(batch, List.of());
            assertEquals(1, site.log.length());
            assertEquals(1, site.log.backlog());

            // Told twice, it changes nothing.
            worker.log.mark(batch, List.of());
            assertEquals(1, site.log.length());
            assertEquals(1, site.log.backlog());
        }
    }

    @Test
    @Tag("T20")
    void refusesToMarkInAnotherEpoch() throws SQLException, OwnershipLostException {
        try (Stepped worker = new Stepped("worker")) {
            worker.own();
            say("ana");
            Batch batch = worker.read();
            worker.store.commit(batch);
            Partition partition = Partition.ofOwner("ana");
            site.log.redis().hincrby(Keys.partition(partition), "epoch", 1);

            assertEquals(Map.of(partition, MarkOutcome.EPOCH_CHANGED), worker.log.mark(batch, List.of()));
            assertEquals(1, site.log.length());
        }
    }

    private void say(String owner) {
        site.log.append(Saying.of(TestLog.conversationOf(owner), owner, "hello"));
    }

    /** A worker without its loop. */
    private final class Stepped implements AutoCloseable {
        private final RedisLog log;
        private final MessageStore store;
        private final Preparation preparation;
        private final Map<Partition, PartitionLog> owned = new HashMap<>();

        Stepped(String name) throws SQLException {
            WorkerConfig config = site.config();
            log = RedisLog.open(config.redis(), resources);
            store = MessageStore.open(config.database(), name, LEASE);
            preparation = new Preparation(log, name);
        }

        Map<Partition, PartitionLog> own() {
            try {
                Map<Partition, Long> fences = new HashMap<>();
                owned.forEach((partition, held) -> fences.put(partition, held.fence()));
                Map<Partition, Held> held = store.leases().settle(fences);
                List<Preparation.Owned> asked = new ArrayList<>();
                held.forEach((partition, lease) ->
                        asked.add(new Preparation.Owned(partition, lease.fence(), lease.epoch())));
                // Nothing is stored, so there is nothing to compare.
                preparation.prepare(asked, false);
                owned.clear();
                preparation.prepare(asked, true).forEach((partition, answer) -> {
                    Held lease = Objects.requireNonNull(held.get(partition));
                    owned.put(partition, new PartitionLog(partition, lease.fence(), answer.epoch()));
                });
                return owned;
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        Batch read() {
            return new LogReader(log, 2_000, 1 << 20).next(owned.values(), Duration.ZERO);
        }

        @Override
        public void close() {
            store.close();
            log.close();
        }
    }

    /** What somebody subscribed to a room gets. */
    private final class Room implements AutoCloseable {
        private final RedisClient client = RedisClient.create(site.redis.url());
        private final StatefulRedisPubSubConnection<String, byte[]> connection =
                client.connectPubSub(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
        private final Queue<String> stored = new ConcurrentLinkedQueue<>();

        Room(String name) {
            connection.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void smessage(String channel, byte[] message) {
                    note(message);
                }
            });
            connection.sync().ssubscribe(name);
        }

        List<String> stored() {
            return List.copyOf(stored);
        }

        @Override
        public void close() {
            connection.close();
            client.shutdown();
        }

        private void note(byte[] message) {
            try {
                for (Envelope envelope : Publication.parseFrom(message).getEnvelopesList()) {
                    if (envelope.getKind() == Envelope.Kind.STORED) {
                        ServerFrame frame = ServerFrame.parseFrom(envelope.getFrame());
                        stored.add(frame.getStored().getLane() + " "
                                + frame.getStored().getSeq());
                    }
                }
            } catch (InvalidProtocolBufferException e) {
                stored.add("undecodable");
            }
        }
    }
}
