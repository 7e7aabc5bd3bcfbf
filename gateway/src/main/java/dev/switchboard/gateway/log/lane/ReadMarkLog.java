package dev.switchboard.gateway.log.lane;

import dev.switchboard.gateway.log.LogLimits;
import dev.switchboard.gateway.log.RedisFitness;
import dev.switchboard.gateway.log.RedisLine;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.Script;
import io.lettuce.core.ScriptOutputType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Writes read marks into the log. One for each event loop, confined to it. A mark only rises, so repeating one is harmless. */
public final class ReadMarkLog {
    private final RedisLine line;
    private final RedisFitness redis;
    private final LogLimits limits;

    public ReadMarkLog(RedisLine line, RedisFitness redis, LogLimits limits) {
        this.line = line;
        this.redis = redis;
        this.limits = limits;
    }

    /**
     * Who has read.
     *
     * @param connection gets no copy; 0 for none
     * @param staff false: the owner
     */
    public record Reader(String user, boolean staff, long connection) {}

    /** What became of a mark. */
    public enum Outcome {
        /** It stands there now, or stood there already. */
        DONE,
        /** There is no such conversation, or it is somebody else's. */
        FORBIDDEN,
        /** Not now: Redis is away, full, or changes its epoch. */
        LATER
    }

    /** Raises a mark. Never fails; the answer comes on this event loop. */
    public CompletionStage<Outcome> raise(Reader reader, ConversationId conversation, Position position) {
        Partition partition = conversation.partition();
        if (!redis.fit()) {
            return CompletableFuture.completedFuture(Outcome.LATER);
        }
        byte[][] keys = {
            bytes(Keys.partition(partition)), bytes(Keys.log(partition)), bytes(Keys.conversation(conversation))
        };
        CompletionStage<byte[]> answer = line.run(
                Script.READ,
                ScriptOutputType.VALUE,
                keys,
                bytes(Integer.toUnsignedString(redis.epoch(partition))),
                bytes(Long.toString(redis.backlogMessagesMax(limits))),
                bytes(reader.staff() ? "1" : "0"),
                bytes(reader.user()),
                bytes(Integer.toUnsignedString(position.epoch())),
                bytes(Integer.toUnsignedString(position.seq())),
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(reader.connection())
                        .array(),
                conversation.bytes(),
                bytes(Keys.userRooms(partition)),
                bytes(Keys.adminsRoom(partition)));
        return line.inTime(answer, limits.timeout()).handle((found, error) -> {
            if (error != null || found == null || found.length == 0) {
                return Outcome.LATER;
            }
            return switch (found[0]) {
                case 'o', 's' -> Outcome.DONE;
                case 'F' -> Outcome.FORBIDDEN;
                case 'e' -> {
                    raiseEpoch(partition);
                    yield Outcome.LATER;
                }
                default -> Outcome.LATER;
            };
        });
    }

    /** Redis restarted, failed over, or somebody else noticed first. Whoever asks again finds the new epoch. */
    private void raiseEpoch(Partition partition) {
        line.<Long>run(
                        Script.EPOCH,
                        ScriptOutputType.INTEGER,
                        new byte[][] {bytes(Keys.partition(partition))},
                        bytes(Integer.toUnsignedString(redis.epoch(partition))))
                .whenComplete((epoch, error) -> {
                    if (epoch != null && error == null) {
                        redis.seen(partition, epoch.intValue());
                    }
                });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
