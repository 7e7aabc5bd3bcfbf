package dev.switchboard.worker.log;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.RedisDurability;
import dev.switchboard.wire.RedisVersion;
import dev.switchboard.wire.Script;
import dev.switchboard.worker.ops.StartRefusedException;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One checked connection to Redis. It never reconnects by itself: after any {@link RedisException} it is closed and another is
 * opened, so that every connection has passed the checks and no command is replayed behind our back. Confined to the worker's
 * thread.
 */
public final class RedisLog implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(RedisLog.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final String FIELD = "e";
    private static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    private final RedisClient client;
    private final StatefulRedisConnection<String, byte[]> connection;
    private final RedisAsyncCommands<String, byte[]> redis;
    private final Map<String, Partition> partitionsByLog = new HashMap<>();
    private boolean weak;
    private String oldVersion = "";

    private RedisLog(RedisClient client, StatefulRedisConnection<String, byte[]> connection) {
        this.client = client;
        this.connection = connection;
        this.redis = connection.async();
        Partition.all().forEach(partition -> partitionsByLog.put(Keys.log(partition), partition));
    }

    /**
     * Connects and checks.
     *
     * @param resources threads of the client, which outlive the connection
     * @throws RedisException Redis is away: try again later
     * @throws StartRefusedException it must not be used like this
     */
    public static RedisLog open(RedisConfig config, ClientResources resources) {
        RedisURI uri = RedisURI.create(config.url().reveal());
        uri.setTimeout(TIMEOUT);
        RedisClient client = RedisClient.create(resources, uri);
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .requestQueueSize(10_000)
                .socketOptions(SocketOptions.builder().connectTimeout(TIMEOUT).build())
                .build());
        try {
            RedisLog log = new RedisLog(client, client.connect(CODEC));
            log.checkDurability(config.allowWeak());
            log.checkFingerprint();
            log.await(log.redis.scriptLoad(Script.PREPARE.source()));
            log.await(log.redis.scriptLoad(Script.RESTORE.source()));
            log.await(log.redis.scriptLoad(Script.MARK.source()));
            return log;
        } catch (RuntimeException e) {
            shutDown(client);
            throw e;
        }
    }

    /** Redis could lose what it accepted, and that was allowed. */
    public boolean isWeak() {
        return weak;
    }

    /** What known vulnerabilities the server's release may have; empty if none. */
    public String oldVersion() {
        return oldVersion;
    }

    /** The highest fence that this partition has seen. */
    public long fenceOf(Partition partition) {
        byte[] fence = await(redis.hget(Keys.partition(partition), "fence"));
        try {
            return fence == null ? 0 : Long.parseLong(new String(fence, StandardCharsets.UTF_8));
        } catch (NumberFormatException e) {
            throw new RedisException("the fence of a partition can't be read", e);
        }
    }

    /**
     * Marks as stored and trims what the batch holds. Only after its commit.
     *
     * @param absent positions of the batch at which no message stands
     */
    public Map<Partition, MarkOutcome> mark(Batch batch, List<Absent> absent) {
        List<LogMark> marks = new ArrayList<>();
        batch.slices().forEach(slice -> marks.addAll(LogMark.of(slice, absent)));
        return send(marks);
    }

    /** The oldest entry of a log, not looked into; empty if there is none. */
    public Optional<RawEntry> first(Partition partition) {
        XReadArgs.StreamOffset<String> beginning =
                XReadArgs.StreamOffset.from(Keys.log(partition), LogId.START.toString());
        @SuppressWarnings({"unchecked", "rawtypes"})
        XReadArgs.StreamOffset<String>[] streams = new XReadArgs.StreamOffset[] {beginning};
        List<StreamMessage<String, byte[]>> entries = await(redis.xread(XReadArgs.Builder.count(1), streams));
        return entries.stream()
                .map(entry -> new RawEntry(
                        id(entry.getId()),
                        entry.getBody() == null ? null : entry.getBody().get(FIELD)))
                .findFirst();
    }

    /** These were dead letters and stand at their positions by now. */
    public void replayed(List<LoggedMessage> messages) {
        await(redis.scriptLoad(Script.REPLAYED.source()));
        for (LoggedMessage message : messages) {
            ConversationId conversation =
                    ConversationId.parse(message.conversation().toByteArray()).orElseThrow();
            byte[] position = ByteBuffer.allocate(2 * Integer.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(message.position().epoch())
                    .putInt(message.position().seq())
                    .array();
            await(redis.evalsha(
                    Script.REPLAYED.sha1(),
                    ScriptOutputType.INTEGER,
                    new String[] {Keys.conversation(conversation)},
                    (message.lane() == Lane.STAFF ? "1" : "0").getBytes(StandardCharsets.UTF_8),
                    position));
        }
    }

    /** Entries that stand in the logs of these partitions. */
    public long length(Collection<PartitionLog> partitions) {
        List<RedisFuture<Long>> calls = new ArrayList<>();
        partitions.forEach(owned -> calls.add(redis.xlen(Keys.log(owned.partition()))));
        return calls.stream().mapToLong(this::await).sum();
    }

    @Override
    public void close() {
        connection.close();
        shutDown(client);
    }

    void read(Collection<PartitionLog> partitions, int entriesMax, Duration wait, EntryConsumer consumer) {
        List<XReadArgs.StreamOffset<String>> offsets = new ArrayList<>(partitions.size());
        partitions.forEach(owned -> offsets.add(XReadArgs.StreamOffset.from(
                Keys.log(owned.partition()), owned.readUpTo().toString())));
        XReadArgs args = XReadArgs.Builder.count(entriesMax);
        if (!wait.isZero()) {
            args.block(wait);
        }
        @SuppressWarnings({"unchecked", "rawtypes"})
        XReadArgs.StreamOffset<String>[] streams = offsets.toArray(new XReadArgs.StreamOffset[0]);
        List<StreamMessage<String, byte[]>> entries = await(redis.xread(args, streams), TIMEOUT.plus(wait));
        for (StreamMessage<String, byte[]> entry : entries) {
            Partition partition = partitionsByLog.get(entry.getStream());
            if (partition != null) {
                consumer.accept(
                        partition,
                        id(entry.getId()),
                        entry.getBody() == null ? null : entry.getBody().get(FIELD));
            }
        }
    }

    private static LogId id(String text) {
        try {
            return LogId.parse(text);
        } catch (IllegalArgumentException e) {
            throw new RedisException("Redis names an entry that can't be read", e);
        }
    }

    /** All of them in one go; what they answered, in the same order. */
    <T> List<T> run(Script script, ScriptOutputType type, List<ScriptCall> calls) {
        List<RedisFuture<T>> futures = new ArrayList<>(calls.size());
        for (ScriptCall call : calls) {
            futures.add(redis.evalsha(
                    script.sha1(),
                    type,
                    call.keys().toArray(String[]::new),
                    call.arguments().toArray(byte[][]::new)));
        }
        List<T> answers = new ArrayList<>(calls.size());
        futures.forEach(future -> answers.add(await(future)));
        return answers;
    }

    private Map<Partition, MarkOutcome> send(List<LogMark> marks) {
        List<byte[]> answers = run(
                Script.MARK,
                ScriptOutputType.VALUE,
                marks.stream()
                        .map(mark -> new ScriptCall(mark.keys(), mark.arguments()))
                        .toList());
        Map<Partition, MarkOutcome> outcomes = new HashMap<>();
        for (int i = 0; i < answers.size(); i++) {
            MarkOutcome outcome = outcome(answers.get(i));
            outcomes.merge(marks.get(i).partition(), outcome, (one, other) -> one.compareTo(other) >= 0 ? one : other);
        }
        return outcomes;
    }

    private static MarkOutcome outcome(byte[] answer) {
        String text = new String(answer, StandardCharsets.UTF_8);
        return switch (text) {
            case "ok" -> MarkOutcome.MARKED;
            case "fenced" -> MarkOutcome.FENCED;
            case "epoch" -> MarkOutcome.EPOCH_CHANGED;
            default -> throw new RedisException("the mark script answered " + text);
        };
    }

    private void checkDurability(boolean allowWeak) {
        Map<String, String> settings = new HashMap<>();
        for (String name : RedisDurability.SETTINGS) {
            settings.putAll(await(redis.configGet(name)));
        }
        String info = await(redis.info("server"));
        oldVersion = RedisVersion.of(info).flatMap(RedisVersion::warning).orElse("");
        List<String> weaknesses = RedisDurability.weaknesses(settings, info);
        if (weaknesses.isEmpty()) {
            return;
        }
        if (!allowWeak) {
            throw new StartRefusedException("Redis would lose accepted messages: " + String.join("; ", weaknesses)
                    + ". Set SWITCHBOARD_DURABILITY_ALLOW_WEAK=true to run all the same");
        }
        weak = true;
        weaknesses.forEach(weakness -> LOGGER.warn("redis weak reason=\"{}\"", weakness));
    }

    private void checkFingerprint() {
        byte[] ours = Partition.FINGERPRINT.getBytes(StandardCharsets.UTF_8);
        byte[] known = await(redis.hget(Keys.META, "partitions"));
        if (known == null) {
            // Only where it is missing: a full Redis refuses every write but must still be drained.
            await(redis.hsetnx(Keys.META, "partitions", ours));
            known = await(redis.hget(Keys.META, "partitions"));
        }
        String theirs = known == null ? "nothing" : new String(known, StandardCharsets.UTF_8);
        if (!theirs.equals(Partition.FINGERPRINT)) {
            throw new StartRefusedException("Redis was filled by a build with other partitions: it has " + theirs
                    + ", this one has " + Partition.FINGERPRINT);
        }
    }

    private <T> T await(RedisFuture<T> future) {
        return await(future, TIMEOUT);
    }

    private <T> T await(RedisFuture<T> future, Duration timeout) {
        try {
            return LettuceFutures.awaitOrCancel(future, timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (CancellationException e) {
            throw new RedisException("the connection was closed under a command", e);
        }
    }

    private static void shutDown(RedisClient client) {
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }

    /** Takes one entry as Redis handed it out. */
    @FunctionalInterface
    interface EntryConsumer {
        void accept(Partition partition, LogId id, byte @Nullable [] value);
    }
}
