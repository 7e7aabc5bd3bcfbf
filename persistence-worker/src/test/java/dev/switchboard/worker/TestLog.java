package dev.switchboard.worker;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.MessageRecord;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import dev.switchboard.wire.Script;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a gateway does to the log, by the real append script. For one thread. */
public final class TestLog implements AutoCloseable {
    private static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    private final RedisClient client;
    private final StatefulRedisConnection<String, byte[]> connection;

    public TestLog(String url) {
        client = RedisClient.create(url);
        connection = client.connect(CODEC);
    }

    /** One thing to say. Who is not the owner is an admin. */
    public record Saying(ConversationId conversation, String owner, String sender, Lane lane, UUID id, String text) {
        public static Saying of(ConversationId conversation, String owner, String text) {
            return new Saying(conversation, owner, owner, Lane.PUBLIC, UUID.randomUUID(), text);
        }

        public Saying by(String other, Lane in) {
            return new Saying(conversation, owner, other, in, id, text);
        }

        public Saying withId(UUID other) {
            return new Saying(conversation, owner, sender, lane, other, text);
        }
    }

    public static ConversationId conversationOf(String owner) {
        return ConversationId.openedBy(owner, new UUID(0x0190_0000_0000_7000L, owner.hashCode()));
    }

    /** Appends in one call what one sender says in one lane; answers the sequence numbers. */
    public List<Integer> append(Saying... sayings) {
        Saying first = sayings[0];
        Partition partition = first.conversation().partition();
        boolean staff = first.lane() == Lane.STAFF;
        int epoch = epoch(partition);
        List<String> keys = List.of(
                Keys.partition(partition),
                Keys.log(partition),
                Keys.dedupe(partition),
                Keys.dedupeBefore(partition),
                Keys.open(partition),
                Keys.conversation(first.conversation()),
                staff ? Keys.staffTail(first.conversation()) : Keys.publicTail(first.conversation()),
                Keys.openOf(first.owner()),
                Keys.rate(partition, first.sender()));
        List<byte[]> arguments = new ArrayList<>();
        for (String text : List.of(
                "1000000",
                "100000",
                "43200000",
                "",
                Integer.toString(epoch),
                Keys.adminsRoom(partition),
                "1",
                staff ? "" : Keys.userRoom(first.owner()))) {
            arguments.add(text.getBytes(StandardCharsets.UTF_8));
        }
        arguments.add(first.conversation().bytes());
        for (String text : List.of(
                first.owner(),
                staff || !first.sender().equals(first.owner()) ? "x" : "o",
                staff ? "1" : "0",
                first.sender().equals(first.owner()) ? "0" : "1",
                "1000000",
                "1",
                Integer.toString(sayings.length))) {
            arguments.add(text.getBytes(StandardCharsets.UTF_8));
        }
        for (Saying saying : sayings) {
            addRecord(arguments, saying, epoch);
        }
        byte[] answer = redis().eval(
                        Script.APPEND.source(),
                        ScriptOutputType.VALUE,
                        keys.toArray(String[]::new),
                        arguments.toArray(byte[][]::new));
        return sequences(answer, sayings.length);
    }

    /** Raises a read mark, by the real read script; answers its first byte. */
    public char read(Saying reader, boolean staff, int seq) {
        Partition partition = reader.conversation().partition();
        List<byte[]> arguments = new ArrayList<>();
        for (String text : List.of(
                Integer.toString(epoch(partition)),
                "1000000",
                staff ? "1" : "0",
                reader.sender(),
                Integer.toString(epoch(partition)),
                Integer.toString(seq))) {
            arguments.add(text.getBytes(StandardCharsets.UTF_8));
        }
        arguments.add(new byte[8]);
        arguments.add(reader.conversation().bytes());
        arguments.add(Keys.userRooms(partition).getBytes(StandardCharsets.UTF_8));
        arguments.add(Keys.adminsRoom(partition).getBytes(StandardCharsets.UTF_8));
        byte[] answer = redis().eval(
                        Script.READ.source(),
                        ScriptOutputType.VALUE,
                        new String[] {
                            Keys.partition(partition), Keys.log(partition), Keys.conversation(reader.conversation())
                        },
                        arguments.toArray(byte[][]::new));
        return (char) answer[0];
    }

    /** An entry that no script wrote. */
    public String appendRaw(Partition partition, Map<String, byte[]> fields) {
        return redis().xadd(Keys.log(partition), fields);
    }

    public int epoch(Partition partition) {
        byte @Nullable [] epoch = redis().hget(Keys.partition(partition), "epoch");
        return epoch == null ? 0 : Integer.parseUnsignedInt(new String(epoch, StandardCharsets.UTF_8));
    }

    /** What a gateway does when it finds that the epoch must rise; answers the one in force. */
    public int raiseEpoch(Partition partition) {
        Long epoch = redis().eval(
                        Script.EPOCH.source(),
                        ScriptOutputType.INTEGER,
                        new String[] {Keys.partition(partition)},
                        Integer.toUnsignedString(epoch(partition)).getBytes(StandardCharsets.UTF_8));
        return epoch.intValue();
    }

    /** What a reader at this position of the PUBLIC lane is told, by the real resume script. */
    public String resume(ConversationId conversation, Position position) {
        List<byte[]> arguments = new ArrayList<>();
        for (String text : List.of(
                "0",
                Integer.toUnsignedString(position.epoch()),
                Integer.toUnsignedString(position.seq()),
                "500",
                "500000")) {
            arguments.add(text.getBytes(StandardCharsets.UTF_8));
        }
        List<Object> answer = redis().eval(
                        Script.RESUME.source(),
                        ScriptOutputType.MULTI,
                        new String[] {
                            Keys.conversation(conversation),
                            Keys.publicTail(conversation),
                            Keys.partition(conversation.partition())
                        },
                        arguments.toArray(byte[][]::new));
        return new String((byte[]) answer.get(answer.size() == 1 ? 0 : 6), StandardCharsets.UTF_8);
    }

    /** The log gives out ids behind this one from now on. */
    public void setLastId(Partition partition, String id) {
        redis().eval(
                        "return redis.call('XSETID', KEYS[1], ARGV[1])",
                        ScriptOutputType.STATUS,
                        new String[] {Keys.log(partition)},
                        id.getBytes(StandardCharsets.UTF_8));
    }

    /** Messages that count as not stored. */
    public long backlog() {
        return Partition.all().stream()
                .mapToLong(partition -> {
                    byte @Nullable [] count = redis().hget(Keys.partition(partition), "count");
                    return count == null ? 0 : Long.parseLong(new String(count, StandardCharsets.UTF_8));
                })
                .sum();
    }

    /** What stands in a tail, piece by piece: the numbers of its messages, in which header and records agree. */
    public List<List<Integer>> tail(String key) {
        List<byte[]> items = redis().lrange(key, 0, -1);
        List<List<Integer>> pieces = new ArrayList<>();
        for (int i = 0; i < items.size(); i += 2) {
            ByteBuffer header = ByteBuffer.wrap(items.get(i)).order(ByteOrder.LITTLE_ENDIAN);
            int first = header.getInt();
            List<Integer> seqs = new ArrayList<>();
            for (RoutedFrame message : records(items.get(i + 1))) {
                seqs.add(message.seq());
            }
            if (seqs.size() != header.getInt() || seqs.get(0) != first) {
                throw new IllegalStateException("the header of a piece begins at " + first + ", its records: " + seqs);
            }
            pieces.add(seqs);
        }
        return pieces;
    }

    public long length() {
        return Partition.all().stream()
                .mapToLong(partition -> redis().xlen(Keys.log(partition)))
                .sum();
    }

    public RedisCommands<String, byte[]> redis() {
        return connection.sync();
    }

    @Override
    public void close() {
        connection.close();
        client.shutdown();
    }

    private static void addRecord(List<byte[]> arguments, Saying saying, int epoch) {
        UUID messageId = UUID.randomUUID();
        boolean own = saying.sender().equals(saying.owner());
        byte[] sender = saying.sender().getBytes(StandardCharsets.UTF_8);
        arguments.add(ByteBuffer.allocate(sender.length + 16)
                .putLong(saying.id().getMostSignificantBits())
                .putLong(saying.id().getLeastSignificantBits())
                .put(sender)
                .array());
        arguments.add(ByteBuffer.allocate(40)
                .put(saying.conversation().bytes())
                .putLong(messageId.getMostSignificantBits())
                .putLong(messageId.getLeastSignificantBits())
                .putLong(saying.text().hashCode())
                .array());
        arguments.add(new MessageRecord(
                        7,
                        saying.conversation(),
                        saying.sender(),
                        own ? Role.USER : Role.ADMIN,
                        own ? null : saying.owner(),
                        saying.lane(),
                        messageId,
                        saying.id(),
                        saying.text(),
                        epoch)
                .prefix());
    }

    private static List<RoutedFrame> records(byte[] publication) {
        try {
            return RoutedFrame.read(publication);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Integer> sequences(byte[] answer, int expected) {
        ByteBuffer bytes = ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.get() != 'o') {
            throw new IllegalStateException("the append script answered " + (char) answer[0]);
        }
        bytes.getLong();
        List<Integer> sequences = new ArrayList<>();
        while (sequences.size() < expected) {
            byte kind = bytes.get();
            if (kind != 'A') {
                throw new IllegalStateException("not accepted: " + (char) kind);
            }
            int first = bytes.getInt();
            int count = bytes.getShort() & 0xFFFF;
            for (int i = 0; i < count; i++) {
                sequences.add(first + i);
            }
        }
        if (sequences.size() != expected || bytes.hasRemaining()) {
            throw new IllegalStateException("answers to " + expected + " messages: " + sequences);
        }
        return sequences;
    }
}
