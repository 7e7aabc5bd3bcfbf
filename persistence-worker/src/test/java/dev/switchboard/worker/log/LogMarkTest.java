package dev.switchboard.worker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import dev.switchboard.wire.Position;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LogMarkTest {
    private static final Partition PARTITION = Partition.ofOwner("ana");

    @Test
    void tellsTheHighestPositionOfALaneOnce() throws InvalidProtocolBufferException {
        ConversationId id = ConversationId.openedBy("ana", new UUID(1, 1));
        List<LogMark> marks = LogMark.of(
                slice(List.of(
                        message(id, Lane.PUBLIC, 1),
                        message(id, Lane.PUBLIC, 3),
                        message(id, Lane.PUBLIC, 2),
                        message(id, Lane.STAFF, 1))),
                List.of());

        assertEquals(1, marks.size());
        LogMark mark = marks.get(0);
        assertEquals(
                List.of(
                        Keys.partition(PARTITION),
                        Keys.log(PARTITION),
                        Keys.conversation(id),
                        Keys.publicTail(id),
                        Keys.conversation(id),
                        Keys.staffTail(id)),
                mark.keys());
        assertEquals(List.of("7", "9", "5-1", "4"), texts(mark, 0, 4));
        assertEquals(List.of("0", "9", "3", Keys.userRoom("ana")), texts(mark, 10, 14));
        // The owner's room hears nothing of the STAFF lane.
        assertEquals(List.of("", "1", "9", "1", "", "", ""), texts(mark, 15, 22));
        assertEquals(2, Publication.parseFrom(mark.arguments().get(9)).getEnvelopesCount());
        Envelope own = Publication.parseFrom(mark.arguments().get(14)).getEnvelopes(0);
        assertEquals(Envelope.Kind.STORED, own.getKind());
        assertEquals("", own.getSender());
        assertEquals(3, ServerFrame.parseFrom(own.getFrame()).getStored().getSeq());
    }

    @Test
    void tellsAtWhichPositionsNoMessageStands() throws InvalidProtocolBufferException {
        ConversationId id = ConversationId.openedBy("ana", new UUID(1, 1));
        LoggedMessage voided = message(id, Lane.PUBLIC, 2);
        // The last one is in no entry: it was set aside before.
        LoggedMessage dead = message(id, Lane.PUBLIC, 4);
        LogMark mark = LogMark.of(
                        slice(List.of(message(id, Lane.PUBLIC, 1), voided, message(id, Lane.PUBLIC, 3))),
                        List.of(Absent.voided(voided), Absent.dead(dead)))
                .get(0);

        assertEquals(List.of("0", "9", "4"), texts(mark, 10, 13));
        assertEquals(
                List.of(
                        new AbsentPositions.One(new Position(9, 2), false),
                        new AbsentPositions.One(new Position(9, 4), true)),
                AbsentPositions.read(mark.arguments().get(15)));
        Envelope own = Publication.parseFrom(mark.arguments().get(14)).getEnvelopes(0);
        assertEquals(2, ServerFrame.parseFrom(own.getFrame()).getStored().getAbsentCount());
    }

    @Test
    void trimsOnlyWithTheLastOfManyCalls() {
        List<LoggedMessage> messages = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            messages.add(message(ConversationId.openedBy("ana", new UUID(i, i)), Lane.PUBLIC, 1));
        }
        List<LogMark> marks = LogMark.of(slice(messages), List.of());
        assertEquals(3, marks.size());
        assertEquals(List.of("0-0", "0"), texts(marks.get(0), 2, 4));
        assertEquals(List.of("0-0", "0"), texts(marks.get(1), 2, 4));
        assertEquals(List.of("5-1", "300"), texts(marks.get(2), 2, 4));
    }

    private static List<String> texts(LogMark mark, int from, int to) {
        return mark.arguments().subList(from, to).stream()
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .toList();
    }

    private static Batch.Slice slice(List<LoggedMessage> messages) {
        LogId id = new LogId(5, 0);
        return new Batch.Slice(
                PARTITION,
                7,
                9,
                List.of(new DecodedEntry(PARTITION, id, 100, messages.size(), messages, List.of(), List.of())));
    }

    private static LoggedMessage message(ConversationId id, Lane lane, int seq) {
        Message message = Message.newBuilder()
                .setConversation(ByteString.copyFrom(id.bytes()))
                .setSender("ana")
                .setLane(lane)
                .setEpoch(9)
                .setSeq(seq)
                .build();
        return new LoggedMessage(
                PARTITION,
                new LogId(5, 0),
                0,
                Envelope.newBuilder().setOwner("ana").build(),
                message);
    }
}
