package dev.switchboard.worker.log;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Stored;
import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keys and arguments of one call of the mark script: what MySQL holds by now of some lanes of a partition.
 *
 * @param partition whose log it is
 */
record LogMark(Partition partition, List<String> keys, List<byte[]> arguments) {
    /** Lanes in one call. More are split over several: the script must not hold up the messages behind it. */
    private static final int LANES_MAX = 128;

    private static final int TAIL_ENTRIES = 50;
    private static final int TAIL_BYTES = 8 * 1024;
    private static final int TAIL_SECONDS = 3600;
    private static final byte[] NOTHING = {};

    /** Positions without a message that a conversation remembers of each lane, the newest. */
    private static final int ABSENT_MAX = 32;

    /**
     * The calls that mark a slice, in order. Only the last one trims.
     *
     * @param absent of this slice and others
     */
    static List<LogMark> of(Batch.Slice slice, List<Absent> absent) {
        List<Head> heads = new ArrayList<>(heads(slice, absent));
        List<LogMark> calls = new ArrayList<>();
        for (int from = 0; from == 0 || from < heads.size(); from += LANES_MAX) {
            int to = Math.min(heads.size(), from + LANES_MAX);
            boolean last = to == heads.size();
            calls.add(of(
                    slice,
                    heads.subList(from, to),
                    last ? slice.last().next() : LogId.START,
                    last ? slice.count() : 0));
        }
        return calls;
    }

    private static Collection<Head> heads(Batch.Slice slice, List<Absent> absent) {
        Map<LaneOf, Head> heads = new LinkedHashMap<>();
        for (DecodedEntry entry : slice.entries()) {
            for (LoggedMessage message : entry.messages()) {
                raise(
                        heads,
                        new Head(
                                message.conversation(),
                                message.owner(),
                                message.lane(),
                                message.position(),
                                List.of()));
            }
        }
        for (Absent one : absent) {
            if (one.partition().equals(slice.partition())) {
                raise(heads, new Head(one.conversation(), one.owner(), one.lane(), one.position(), List.of(one)));
            }
        }
        return heads.values();
    }

    private static void raise(Map<LaneOf, Head> heads, Head head) {
        heads.merge(new LaneOf(head.conversation(), head.lane()), head, Head::and);
    }

    private static LogMark of(Batch.Slice slice, List<Head> heads, LogId trimBefore, int count) {
        Partition partition = slice.partition();
        List<String> keys = new ArrayList<>(2 + 2 * heads.size());
        keys.add(Keys.partition(partition));
        keys.add(Keys.log(partition));
        List<byte[]> lanes = new ArrayList<>(6 * heads.size());
        Publication.Builder toAdmins = Publication.newBuilder();
        for (Head head : heads) {
            ConversationId id =
                    ConversationId.parse(head.conversation().toByteArray()).orElseThrow();
            boolean staff = head.lane() == Lane.STAFF;
            keys.add(Keys.conversation(id));
            keys.add(staff ? Keys.staffTail(id) : Keys.publicTail(id));
            Envelope stored = stored(head);
            toAdmins.addEnvelopes(stored);
            lanes.add(text(staff ? "1" : "0"));
            lanes.add(number(head.position().epoch()));
            lanes.add(number(head.position().seq()));
            // An owner must not even learn that there is a STAFF lane.
            lanes.add(staff ? NOTHING : text(Keys.userRoom(head.owner())));
            lanes.add(
                    staff
                            ? NOTHING
                            : Publication.newBuilder()
                                    .addEnvelopes(stored)
                                    .build()
                                    .toByteArray());
            lanes.add(packed(head.absent()));
        }
        List<byte[]> arguments = new ArrayList<>(10 + lanes.size());
        arguments.add(text(Long.toString(slice.fence())));
        arguments.add(number(slice.epoch()));
        arguments.add(text(trimBefore.toString()));
        arguments.add(number(count));
        arguments.add(number(TAIL_ENTRIES));
        arguments.add(number(TAIL_BYTES));
        arguments.add(number(TAIL_SECONDS));
        arguments.add(number(ABSENT_MAX));
        arguments.add(text(Keys.adminsRoom(partition)));
        arguments.add(heads.isEmpty() ? NOTHING : toAdmins.build().toByteArray());
        arguments.addAll(lanes);
        return new LogMark(partition, keys, arguments);
    }

    private static Envelope stored(Head head) {
        Stored.Builder stored = Stored.newBuilder()
                .setConversation(head.conversation())
                .setLane(head.lane())
                .setEpoch(head.position().epoch())
                .setSeq(head.position().seq());
        for (Absent one : head.absent()) {
            stored.addAbsent(dev.switchboard.proto.v1.Absent.newBuilder()
                    .setEpoch(one.position().epoch())
                    .setSeq(one.position().seq())
                    .setDead(one.dead()));
        }
        return Envelope.newBuilder()
                .setConversation(head.conversation())
                .setOwner(head.owner())
                .setLane(head.lane())
                .setKind(Envelope.Kind.STORED)
                .setFrame(ServerFrame.newBuilder().setStored(stored).build().toByteString())
                .build();
    }

    private static byte[] packed(List<Absent> absent) {
        ByteBuffer bytes = ByteBuffer.allocate(absent.size() * AbsentPositions.BYTES);
        absent.forEach(one -> AbsentPositions.write(bytes, one.position(), one.dead()));
        return bytes.array();
    }

    private static byte[] number(int unsigned) {
        return text(Integer.toUnsignedString(unsigned));
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private record LaneOf(ByteString conversation, Lane lane) {}

    private record Head(ByteString conversation, String owner, Lane lane, Position position, List<Absent> absent) {
        Head and(Head other) {
            List<Absent> both = absent;
            if (!other.absent.isEmpty()) {
                both = new ArrayList<>(absent);
                both.addAll(other.absent);
            }
            Position highest = position.compareTo(other.position) >= 0 ? position : other.position;
            return new Head(conversation, owner, lane, highest, both);
        }
    }
}
