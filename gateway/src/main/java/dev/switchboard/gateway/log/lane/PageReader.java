package dev.switchboard.gateway.log.lane;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.gateway.log.LogLimits;
import dev.switchboard.gateway.log.ReadState;
import dev.switchboard.gateway.log.RedisLine;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import dev.switchboard.wire.Script;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Reads tails backwards, page by page. One for each event loop, confined to it. */
public final class PageReader {
    /** Bytes after which one answer ends; who wants more asks again from its oldest message. */
    static final int BYTES_MAX = 512 * 1024;

    private static final byte[] NOBODY = {};

    private final RedisLine line;
    private final LogLimits limits;

    public PageReader(RedisLine line, LogLimits limits) {
        this.line = line;
        this.limits = limits;
    }

    /**
     * The newest messages before a position; empty if there is no such conversation. Fails if Redis can't be asked in time.
     *
     * @param before exclusive; the start reads from the head on
     * @param messagesMax 0 for none
     * @param onlyOf the owner who asks; of a conversation of somebody else they get no more than whose it is. Null for staff
     */
    public CompletionStage<Optional<LanePage>> before(
            ConversationId conversation, Lane lane, Position before, int messagesMax, @Nullable String onlyOf) {
        byte[][] keys = {
            Keys.conversation(conversation).getBytes(StandardCharsets.UTF_8),
            (lane == Lane.STAFF ? Keys.staffTail(conversation) : Keys.publicTail(conversation))
                    .getBytes(StandardCharsets.UTF_8)
        };
        CompletionStage<List<Object>> answer = line.run(
                Script.PAGE,
                ScriptOutputType.MULTI,
                keys,
                number(lane == Lane.STAFF ? 1 : 0),
                number(Integer.toUnsignedLong(before.epoch())),
                number(Integer.toUnsignedLong(before.seq())),
                number(messagesMax),
                number(BYTES_MAX),
                onlyOf == null ? NOBODY : onlyOf.getBytes(StandardCharsets.UTF_8));
        return line.inTime(answer, limits.timeout()).thenApply(found -> decode(found, before, messagesMax));
    }

    private static Optional<LanePage> decode(@Nullable List<Object> answer, Position before, int messagesMax) {
        if (answer == null || answer.isEmpty() || answer.get(0) == null) {
            return Optional.empty();
        }
        String owner = new String((byte[]) answer.get(0), StandardCharsets.UTF_8);
        if (answer.size() == 1) {
            return Optional.of(LanePage.foreign(owner));
        }
        Position stored = new Position(integer(answer.get(4)), integer(answer.get(5)));
        int mixedBefore = integer(answer.get(8));
        List<RoutedFrame> messages = new ArrayList<>();
        // Pieces come newest first, and the messages in each oldest first.
        for (int i = answer.size() - 1; i >= 9; i--) {
            for (RoutedFrame message : messages((byte[]) answer.get(i))) {
                Position position = message.position();
                boolean asked = before.equals(Position.START) || position.compareTo(before) < 0;
                boolean amidOthers = Integer.compareUnsigned(position.epoch(), mixedBefore) < 0;
                if (asked && !(amidOthers && position.compareTo(stored) <= 0)) {
                    messages.add(message);
                }
            }
        }
        List<RoutedFrame> newest = messages.subList(Math.max(0, messages.size() - messagesMax), messages.size());
        return Optional.of(new LanePage(
                owner,
                integer(answer.get(1)),
                new Position(integer(answer.get(2)), integer(answer.get(3))),
                stored,
                ReadState.of((byte[]) answer.get(6)),
                integer(answer.get(7)),
                mixedBefore != 0,
                List.copyOf(newest)));
    }

    private static List<RoutedFrame> messages(byte[] piece) {
        try {
            return RoutedFrame.read(piece);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a tail holds something else than records", e);
        }
    }

    private static byte[] number(long value) {
        return Long.toString(value).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static int integer(Object answer) {
        return ((Long) answer).intValue();
    }
}
