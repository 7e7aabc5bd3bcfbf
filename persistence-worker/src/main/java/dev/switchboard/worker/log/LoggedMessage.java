package dev.switchboard.worker.log;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;

/**
 * One message as it stands in the log, checked by {@link EntryDecoder}: ids have their lengths, owner and conversation belong
 * to the partition. It holds what was parsed instead of a copy of every field, because this is the hot path.
 *
 * @param item place within the entry, from 0
 */
public record LoggedMessage(Partition partition, LogId entry, int item, Envelope envelope, Message message) {
    public ByteString conversation() {
        return message.getConversation();
    }

    public String owner() {
        return envelope.getOwner();
    }

    public String sender() {
        return message.getSender();
    }

    public Lane lane() {
        return message.getLane();
    }

    public Position position() {
        return new Position(message.getEpoch(), message.getSeq());
    }

    /** As a dead letter keeps it. */
    public Unreadable unstorable(String reason) {
        return new Unreadable(partition, entry, item, envelope.toByteString(), reason, this, false);
    }
}
