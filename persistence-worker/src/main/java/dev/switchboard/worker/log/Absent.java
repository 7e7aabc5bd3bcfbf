package dev.switchboard.worker.log;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;

/**
 * A position at which no message stands, and why. Clients are told, or they would look for it for ever.
 *
 * @param dead in the dead letters; else void: the same message stands at an earlier position
 */
public record Absent(
        Partition partition, ByteString conversation, String owner, Lane lane, Position position, boolean dead) {
    public static Absent voided(LoggedMessage message) {
        return of(message, false);
    }

    public static Absent dead(LoggedMessage message) {
        return of(message, true);
    }

    private static Absent of(LoggedMessage message, boolean dead) {
        return new Absent(
                message.partition(), message.conversation(), message.owner(), message.lane(), message.position(), dead);
    }
}
