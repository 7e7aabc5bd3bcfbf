package dev.switchboard.gateway.history;

import dev.switchboard.gateway.log.lane.Activity;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.WireUuid;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What stands in the cursors of the lists there are. Pure functions. A client can make up any cursor: each place that is read
 * here is one that MySQL and Redis take, and is written one way only.
 */
public final class CursorContent {
    /** The last millisecond that MySQL knows. */
    static final long TIME_MAX = 253_402_300_799_999L;

    private static final byte IN_CONVERSATION = 1;
    private static final byte IN_ROWS = 2;

    private CursorContent() {}

    public static void put(ByteBuffer bytes, Activity activity) {
        bytes.putLong(activity.time()).put(activity.conversation().bytes());
    }

    /** Empty where it can't be one, like all of these; throws where it is too short. */
    public static Optional<Activity> activity(ByteBuffer bytes) {
        long time = bytes.getLong();
        Optional<ConversationId> id = conversation(bytes);
        return time < 0 || time > TIME_MAX
                ? Optional.empty()
                : id.map(conversation -> new Activity(time, conversation));
    }

    public static void put(ByteBuffer bytes, Position position) {
        bytes.putInt(position.epoch()).putInt(position.seq());
    }

    public static Optional<Position> position(ByteBuffer bytes) {
        return Optional.of(new Position(bytes.getInt(), bytes.getInt()));
    }

    public static void put(ByteBuffer bytes, UserMessages.At at) {
        if (at instanceof UserMessages.At.InConversation place) {
            bytes.put(IN_CONVERSATION).put(place.conversation().bytes());
            put(bytes, place.position());
        } else if (at instanceof UserMessages.At.InRows place) {
            bytes.put(IN_ROWS).putLong(place.row());
        }
    }

    public static Optional<UserMessages.At> at(ByteBuffer bytes) {
        return switch (bytes.get()) {
            case IN_ROWS -> Optional.of(new UserMessages.At.InRows(bytes.getLong()));
            case IN_CONVERSATION -> {
                Optional<ConversationId> id = conversation(bytes);
                Optional<Position> position = position(bytes);
                yield id.flatMap(
                        conversation -> position.map(place -> new UserMessages.At.InConversation(conversation, place)));
            }
            default -> Optional.empty();
        };
    }

    private static Optional<ConversationId> conversation(ByteBuffer bytes) {
        byte[] id = new byte[WireUuid.BYTES];
        bytes.get(id);
        return ConversationId.parse(id);
    }
}
