package dev.switchboard.wire;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.servers.RedisServer;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A real Redis and the scripts in it. It runs as a cluster of one, unless a test is about several partitions: that way it
 * refuses a script that touches a key which was not declared or lies in another slot, so every test proves that too.
 */
final class ScriptRig implements AutoCloseable {
    private static final Duration AWAIT_MAX = Duration.ofSeconds(20);
    private static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    final RedisServer server;
    final RedisCommands<String, byte[]> redis;
    private final RedisClient client;
    private final List<StatefulRedisPubSubConnection<String, byte[]>> listening = new ArrayList<>();

    private ScriptRig(RedisServer server) {
        this.server = server;
        client = RedisClient.create(server.url());
        redis = client.connect(CODEC).sync();
        for (Script script : Script.values()) {
            redis.scriptLoad(script.source());
        }
    }

    static ScriptRig start(Path directory) {
        ScriptRig rig = new ScriptRig(
                RedisServer.start(RedisServer.Options.in(directory).with("cluster-enabled", "yes")));
        rig.takeAllSlots();
        await(() -> rig.redis.clusterInfo().contains("cluster_state:ok"));
        return rig;
    }

    /** No cluster, so that one call may reach several partitions. */
    static ScriptRig startWithoutSlots(Path directory) {
        return new ScriptRig(RedisServer.start(directory));
    }

    @SuppressWarnings("unchecked") // Lettuce declares a generic vararg.
    private void takeAllSlots() {
        redis.clusterAddSlotsRange(Range.create(0, 16_383));
    }

    /**
     * What one message was answered.
     *
     * @param number seq of an accepted one, milliseconds to wait of a rate-limited one
     * @param conversation of a duplicate, and where one should go that was sent elsewhere
     * @param messageId this and what follows: of a duplicate's first try
     */
    record Answer(char kind, int number, ByteString conversation, UUID messageId, Position position, long time) {
        /** The same of one further on in a row. */
        Answer plus(int places) {
            return new Answer(kind, number + places, conversation, messageId, position, time);
        }
    }

    /**
     * What one partition was answered: its status, the epoch or the time behind it, and an answer for each message.
     *
     * @param rows the kinds as they came: {@code A3} is one row of three accepted messages; groups stand between bars
     */
    record Outcome(char status, long number, List<Answer> answers, String rows) {
        Answer only() {
            if (answers.size() != 1) {
                throw new AssertionError("answers: " + answers);
            }
            return answers.get(0);
        }

        String kinds() {
            StringBuilder kinds = new StringBuilder();
            answers.forEach(answer -> kinds.append(answer.kind()));
            return kinds.toString();
        }
    }

    /** What one sender says in one lane of one conversation. */
    record Group(Speaker speaker, String room, char mode, int burst, int period, List<MessageRecord> said) {
        Lane lane() {
            return said.get(0).lane();
        }

        ConversationId conversation() {
            return speaker.conversation();
        }

        Group announcedIn(String otherRoom) {
            return new Group(speaker, otherRoom, mode, burst, period, said);
        }
    }

    /** What one call tells one partition. */
    record Block(int epoch, List<Group> groups) {
        Partition partition() {
            return groups.get(0).conversation().partition();
        }
    }

    /** Limits of one call, and whether it writes again what it knows of repetitions. */
    record Limits(int backlog, int dedupe, long dedupeAge, boolean writeAgain) {
        Limits(int backlog, int dedupe, long dedupeAge) {
            this(backlog, dedupe, dedupeAge, false);
        }
    }

    static final Limits WIDE =
            new Limits(1_000_000, 100_000, Duration.ofHours(12).toMillis());

    int prepare(Partition partition) {
        return number(Script.PREPARE, List.of(Keys.partition(partition)), "0");
    }

    int raiseEpoch(Partition partition, int highestSeen) {
        return number(Script.EPOCH, List.of(Keys.partition(partition)), Integer.toString(highestSeen));
    }

    int number(Script script, List<String> keys, String... arguments) {
        Long answer =
                redis.evalsha(script.sha1(), ScriptOutputType.INTEGER, keys.toArray(String[]::new), bytes(arguments));
        return answer == null ? -1 : answer.intValue();
    }

    Outcome append(int epoch, Group... groups) {
        return append(WIDE, epoch, groups);
    }

    Outcome append(Limits limits, int epoch, Group... groups) {
        return append(limits, new Block(epoch, List.of(groups))).get(0);
    }

    /** One call; an outcome for each block. */
    List<Outcome> append(Limits limits, Block... blocks) {
        List<String> keys = new ArrayList<>();
        List<byte[]> arguments = new ArrayList<>(List.of(bytes(
                Integer.toString(limits.backlog()),
                Integer.toString(limits.dedupe()),
                Long.toString(limits.dedupeAge()),
                limits.writeAgain() ? "w" : "")));
        for (Block block : blocks) {
            add(block, keys, arguments);
        }
        byte[] answer = redis.evalsha(
                Script.APPEND.sha1(),
                ScriptOutputType.VALUE,
                keys.toArray(String[]::new),
                arguments.toArray(byte[][]::new));
        ByteBuffer in = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN);
        List<Outcome> outcomes =
                Arrays.stream(blocks).map(block -> parse(in, block.groups())).toList();
        if (in.hasRemaining()) {
            throw new AssertionError("answers behind the last message's: " + in.remaining() + " bytes");
        }
        return outcomes;
    }

    /** As new: no keys, and nobody listens. The scripts stay. */
    void empty() {
        listening.forEach(StatefulRedisPubSubConnection::close);
        listening.clear();
        redis.flushall();
    }

    /** Messages that reach a room from now on. */
    List<byte[]> listen(String room) {
        List<byte[]> heard = new CopyOnWriteArrayList<>();
        StatefulRedisPubSubConnection<String, byte[]> connection = client.connectPubSub(CODEC);
        listening.add(connection);
        connection.addListener(new RedisPubSubAdapter<String, byte[]>() {
            @Override
            public void smessage(String shardChannel, byte[] message) {
                heard.add(message);
            }
        });
        connection.sync().ssubscribe(room);
        return heard;
    }

    String field(String key, String field) {
        byte[] value = redis.hget(key, field);
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }

    /** The serialized LogEntry at this place of the log. */
    byte[] logged(Partition partition, int index) {
        Map<String, byte[]> entry =
                redis.xrange(Keys.log(partition), Range.unbounded()).get(index).getBody();
        return Objects.requireNonNull(entry.get("e"));
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + AWAIT_MAX.toNanos();
        CountDownLatch never = new CountDownLatch(1);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + AWAIT_MAX);
            }
            try {
                if (never.await(5, TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("nobody counts down");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    static byte[][] bytes(String... texts) {
        return Arrays.stream(texts)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
    }

    /** The field in the dedupe hash. */
    static byte[] dedupeField(MessageRecord record) {
        byte[] sender = record.sender().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(sender.length + 16)
                .put(WireUuid.bytes(record.clientMsgId()))
                .put(sender)
                .array();
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        server.close();
    }

    private static void add(Block block, List<String> keys, List<byte[]> arguments) {
        Partition partition = block.partition();
        keys.addAll(List.of(
                Keys.partition(partition),
                Keys.log(partition),
                Keys.dedupe(partition),
                Keys.dedupeBefore(partition),
                Keys.open(partition)));
        arguments.addAll(List.of(bytes(
                Integer.toString(block.epoch()),
                Keys.adminsRoom(partition),
                Integer.toString(block.groups().size()))));
        block.groups().forEach(group -> add(group, keys, arguments));
    }

    private static void add(Group group, List<String> keys, List<byte[]> arguments) {
        boolean staff = group.lane() == Lane.STAFF;
        ConversationId id = group.conversation();
        keys.add(Keys.conversation(id));
        keys.add(staff ? Keys.staffTail(id) : Keys.publicTail(id));
        keys.add(Keys.openOf(group.speaker().owner()));
        keys.add(Keys.rate(id.partition(), group.speaker().name()));
        arguments.addAll(List.of(bytes(group.room())));
        arguments.add(id.bytes());
        arguments.addAll(List.of(bytes(
                group.speaker().owner(),
                String.valueOf(group.mode()),
                Integer.toString(group.lane().getNumber()),
                group.speaker().role() == Role.ADMIN ? "1" : "0",
                Integer.toString(group.burst()),
                Integer.toString(group.period()),
                Integer.toString(group.said().size()))));
        for (MessageRecord record : group.said()) {
            arguments.add(dedupeField(record));
            arguments.add(claim(record));
            arguments.add(record.prefix());
        }
    }

    private static byte[] claim(MessageRecord record) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((record.text() + record.senderRole()).getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.allocate(40)
                    .put(record.conversation().bytes())
                    .put(WireUuid.bytes(record.messageId()))
                    .put(hash, 0, 8)
                    .array();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Outcome parse(ByteBuffer in, List<Group> groups) {
        char status = (char) in.get();
        if (status != 'o') {
            return new Outcome(status, status == 'e' ? in.getInt() : 0, List.of(), "");
        }
        long time = in.getLong();
        List<Answer> answers = new ArrayList<>();
        List<String> rows = new ArrayList<>();
        int messages = 0;
        for (Group group : groups) {
            messages += group.said().size();
            StringBuilder row = new StringBuilder();
            while (answers.size() < messages) {
                Answer next = answer((char) in.get(), in);
                int count = next.kind() == 'A' ? in.getShort() & 0xFFFF : 1;
                for (int i = 0; i < count; i++) {
                    answers.add(next.plus(i));
                }
                row.append(next.kind()).append(next.kind() == 'A' ? Integer.toString(count) : "");
            }
            if (answers.size() > messages) {
                throw new AssertionError("a row goes beyond its group: " + row);
            }
            rows.add(row.toString());
        }
        return new Outcome(status, time, answers, String.join("|", rows));
    }

    private static Answer answer(char kind, ByteBuffer in) {
        boolean duplicate = kind == 'D';
        int number = kind == 'A' || kind == 'L' ? in.getInt() : 0;
        ByteString conversation = duplicate || kind == 'M' ? ByteString.copyFrom(in, 16) : ByteString.EMPTY;
        UUID messageId = duplicate ? WireUuid.of(ByteString.copyFrom(in, 16).toByteArray()) : new UUID(0, 0);
        Position position = duplicate ? new Position(in.getInt(), in.getInt()) : Position.START;
        return new Answer(kind, number, conversation, messageId, position, duplicate ? in.getLong() : 0);
    }

    /** One person saying things in one conversation. */
    record Speaker(ConversationId conversation, String owner, String name, Role role, int epoch) {
        /** An owner and the conversation they open. */
        static Speaker owner(String owner, int epoch) {
            return new Speaker(ConversationId.openedBy(owner, newId()), owner, owner, Role.USER, epoch);
        }

        Speaker joinedBy(String admin) {
            return new Speaker(conversation, owner, admin, Role.ADMIN, epoch);
        }

        Speaker in(int newEpoch) {
            return new Speaker(conversation, owner, name, role, newEpoch);
        }

        MessageRecord says(String text) {
            return record(Lane.PUBLIC, newId(), text);
        }

        MessageRecord notes(String text) {
            return record(Lane.STAFF, newId(), text);
        }

        MessageRecord repeats(MessageRecord first, String text) {
            return record(first.lane(), first.clientMsgId(), text);
        }

        Group opening(MessageRecord... said) {
            return group('o', 1_000, 1, said);
        }

        Group going(MessageRecord... said) {
            return group('x', 1_000, 1, said);
        }

        Group group(char mode, int burst, int period, MessageRecord... said) {
            String room = said[0].lane() == Lane.STAFF ? "" : Keys.userRoom(owner);
            return new Group(this, room, mode, burst, period, List.of(said));
        }

        private MessageRecord record(Lane lane, UUID clientMsgId, String text) {
            String other = name.equals(owner) ? null : owner;
            return new MessageRecord(7, conversation, name, role, other, lane, newId(), clientMsgId, text, epoch);
        }

        private static UUID newId() {
            UUID random = UUID.randomUUID();
            return new UUID((random.getMostSignificantBits() & ~0xF000L) | 0x7000L, random.getLeastSignificantBits());
        }
    }
}
