package dev.switchboard.worker;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.Absent;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Stored;
import dev.switchboard.wire.Keys;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What the connections of a user get to hear about what is stored. Any thread. */
final class TestRoom implements AutoCloseable {
    private final RedisClient client;
    private final StatefulRedisPubSubConnection<String, byte[]> connection;
    private final Queue<String> absent = new ConcurrentLinkedQueue<>();

    TestRoom(TestSite site, String user) {
        client = RedisClient.create(site.redis.url());
        connection = client.connectPubSub(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
        connection.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void smessage(String channel, byte[] message) {
                note(message);
            }
        });
        connection.sync().ssubscribe(Keys.userRoom(user));
    }

    /** Such as {@code PUBLIC 3 void}. */
    List<String> absent() {
        return List.copyOf(absent);
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
                    Stored stored = ServerFrame.parseFrom(envelope.getFrame()).getStored();
                    for (Absent one : stored.getAbsentList()) {
                        absent.add(stored.getLane() + " " + one.getSeq() + (one.getDead() ? " dead" : " void"));
                    }
                }
            }
        } catch (InvalidProtocolBufferException e) {
            absent.add("undecodable");
        }
    }
}
