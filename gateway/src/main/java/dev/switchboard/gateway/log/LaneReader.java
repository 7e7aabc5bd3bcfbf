package dev.switchboard.gateway.log;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import dev.switchboard.wire.Script;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Reads heads and tails. One for each event loop, confined to it. */
public final class LaneReader {
    /** Messages in one answer. */
    public static final int MESSAGES_MAX = 500;

    /**
     * Bytes after which one answer ends. Half of what a connection may have waiting, so that a resume alone never makes a slow
     * consumer of a client.
     */
    public static final int MESSAGE_BYTES_MAX = 512 * 1024;

    private final RedisLine line;
    private final LogLimits limits;

    /** What an answer has room for: so many messages, and none behind the one that reaches the bytes. */
    public record Room(int messages, int bytes) {
        /** For the head alone. */
        static final Room NONE = new Room(0, 0);

        /** What there is for all lanes of one answer. */
        public static final Room WHOLE = new Room(MESSAGES_MAX, MESSAGE_BYTES_MAX);

        /** What is left beside these. */
        public Room without(List<RoutedFrame> taken) {
            int rest = bytes;
            for (RoutedFrame message : taken) {
                rest -= Math.min(rest, message.frameLength());
            }
            return new Room(messages - taken.size(), rest);
        }

        public boolean isFull() {
            return messages <= 0 || bytes <= 0;
        }
    }

    /** Nobody can tell whether there is such a conversation: no worker has compared this Redis with MySQL yet. */
    static final class NotCompared extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotCompared() {
            super("Redis is not compared with MySQL yet", null, false, false);
        }
    }

    public LaneReader(RedisLine line, LogLimits limits) {
        this.line = line;
        this.limits = limits;
    }

    /** The user's open conversation. Fails if Redis can't be asked in time. */
    public CompletionStage<Optional<ConversationId>> openConversation(String owner) {
        byte[] key = Keys.openOf(owner).getBytes(StandardCharsets.UTF_8);
        return inTime(line.ask(redis -> redis.get(key)))
                .thenApply(bytes -> bytes == null ? Optional.empty() : ConversationId.parse(bytes));
    }

    /** Where a lane stands; empty if there is no such conversation. */
    public CompletionStage<Optional<LaneState>> head(ConversationId conversation, Lane lane) {
        return read(conversation, lane, Position.START, Room.NONE);
    }

    /**
     * What a reader at this position lacks, as far as Redis has it; empty if there is no such conversation.
     *
     * @param room for one message at least
     */
    public CompletionStage<Optional<LaneState>> after(
            ConversationId conversation, Lane lane, Position position, Room room) {
        return read(conversation, lane, position, room);
    }

    private CompletionStage<Optional<LaneState>> read(
            ConversationId conversation, Lane lane, Position position, Room room) {
        byte[][] keys = {
            Keys.conversation(conversation).getBytes(StandardCharsets.UTF_8),
            (lane == Lane.STAFF ? Keys.staffTail(conversation) : Keys.publicTail(conversation))
                    .getBytes(StandardCharsets.UTF_8),
            Keys.partition(conversation.partition()).getBytes(StandardCharsets.UTF_8)
        };
        CompletionStage<List<Object>> answer = line.run(
                Script.RESUME,
                ScriptOutputType.MULTI,
                keys,
                number(lane == Lane.STAFF ? 1 : 0),
                number(Integer.toUnsignedLong(position.epoch())),
                number(Integer.toUnsignedLong(position.seq())),
                number(room.messages()),
                number(room.bytes()));
        return inTime(answer).thenApply(found -> decode(found, position.seq(), room));
    }

    private static Optional<LaneState> decode(@Nullable List<Object> answer, int afterSeq, Room room) {
        if (answer == null || answer.isEmpty() || answer.get(0) == null) {
            return Optional.empty();
        }
        if (answer.size() == 1) {
            throw new NotCompared();
        }
        LaneState.Outcome outcome = LaneState.Outcome.of(text(answer.get(6)));
        boolean left = outcome == LaneState.Outcome.STORED;
        List<RoutedFrame> messages = new ArrayList<>();
        int bytes = 0;
        for (Object piece : left ? List.of() : answer.subList(8, answer.size())) {
            for (RoutedFrame message : messages((byte[]) piece)) {
                // A piece may hold more than fits; whoever asks again gets the rest of it.
                if (messages.size() == room.messages() || bytes >= room.bytes()) {
                    outcome = LaneState.Outcome.MORE;
                } else if (Integer.compareUnsigned(message.seq(), afterSeq) > 0) {
                    messages.add(message);
                    bytes += message.frameLength();
                }
            }
        }
        return Optional.of(new LaneState(
                text(answer.get(0)),
                new Position(integer(answer.get(2)), integer(answer.get(3))),
                new Position(integer(answer.get(4)), integer(answer.get(5))),
                outcome,
                ReadState.of((byte[]) answer.get(7)),
                messages,
                left ? integer(answer.get(8)) : 0,
                absent((byte[]) answer.get(7))));
    }

    /** Behind the marks. */
    private static List<AbsentPositions.One> absent(byte[] packed) {
        return packed.length <= ReadState.BYTES
                ? List.of()
                : AbsentPositions.read(Arrays.copyOfRange(packed, ReadState.BYTES, packed.length));
    }

    private static List<RoutedFrame> messages(byte[] piece) {
        try {
            return RoutedFrame.read(piece);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a tail holds something else than records", e);
        }
    }

    private <T> CompletableFuture<T> inTime(CompletionStage<T> stage) {
        return line.inTime(stage, limits.timeout());
    }

    private static byte[] number(long value) {
        return Long.toString(value).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static int integer(Object answer) {
        return ((Long) answer).intValue();
    }

    private static String text(Object answer) {
        return new String((byte[]) answer, StandardCharsets.UTF_8);
    }
}
