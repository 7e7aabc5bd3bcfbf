package dev.switchboard.gateway.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.switchboard.gateway.log.AppendAnswer.Accepted;
import dev.switchboard.gateway.log.AppendAnswer.Refused;
import dev.switchboard.proto.v1.Absent;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.proto.v1.Stored;
import dev.switchboard.wire.AbsentPositions;
import dev.switchboard.wire.ConversationId;
import dev.switchboard.wire.Position;
import dev.switchboard.wire.RoutedFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** When a message counts as stored, told by publications and heads of the test's making, with a clock that is stepped. */
class StoredConfirmationTest {
    private static final ConversationId CONVERSATION = ConversationId.openedBy("ana", new UUID(1, 1));
    private static final Refused UNKNOWN = new Refused(RefusalCode.TIMEOUT, LogLimits.BACKLOG_RETRY_MILLIS);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final long[] now = {1};
    private final List<AppendAnswer> answers = new ArrayList<>();
    private final List<ConversationId> looked = new ArrayList<>();
    private Position head = Position.START;
    private List<AbsentPositions.One> absent = List.of();
    private final StoredConfirmation confirmation = new StoredConfirmation(
            new Durability.Stored(TIMEOUT),
            (conversation, lane) -> {
                looked.add(conversation);
                return CompletableFuture.completedFuture(Optional.of(new LaneState(
                        "ana", head, head, LaneState.Outcome.COMPLETE, ReadState.NONE, List.of(), 0, absent)));
            },
            () -> now[0]);

    /** Accepted at this position by a script that ran in this epoch. */
    private Accepted accept(ConversationId conversation, int epoch, Position position, boolean duplicate) {
        Append append = new Append(
                1,
                "ana",
                new Append.Sender("ana", Role.USER, new Append.Rate(1, 1)),
                Lane.PUBLIC,
                UUID.randomUUID(),
                UUID.randomUUID(),
                "text",
                true,
                conversation,
                answers::add);
        Accepted answer = new Accepted(conversation, append.messageId, position, 1, duplicate);
        confirmation.accepted(append, answer, new Confirmation.Written(null, epoch));
        return answer;
    }

    private Accepted accept(int epoch, int seq) {
        return accept(CONVERSATION, epoch, new Position(epoch, seq), false);
    }

    private static RoutedFrame watermark(Lane lane, int epoch, int seq) throws InvalidProtocolBufferException {
        return published(lane, Stored.newBuilder().setEpoch(epoch).setSeq(seq).build());
    }

    private static RoutedFrame published(Lane lane, Stored stored) throws InvalidProtocolBufferException {
        Envelope envelope = Envelope.newBuilder()
                .setConversation(ByteString.copyFrom(CONVERSATION.bytes()))
                .setOwner("ana")
                .setLane(lane)
                .setKind(Envelope.Kind.STORED)
                .setFrame(ServerFrame.newBuilder().setStored(stored).build().toByteString())
                .build();
        return RoutedFrame.read(
                        Publication.newBuilder().addEnvelopes(envelope).build().toByteArray())
                .get(0);
    }

    private void step(Duration time) {
        now[0] += time.toNanos();
        confirmation.answerOverdue(now[0]);
    }

    @Test
    void answersUpToTheWatermarkOfItsLane() throws InvalidProtocolBufferException {
        Accepted first = accept(7, 1);
        Accepted second = accept(7, 2);
        accept(7, 3);
        confirmation.stored(watermark(Lane.STAFF, 7, 9));
        assertEquals(List.of(), answers);
        confirmation.stored(watermark(Lane.PUBLIC, 7, 2));
        assertEquals(List.of(first, second), answers);
    }

    /** Seq goes on from the base: what is stored under this number now may be another message. */
    @Test
    void doesNotTakeAnotherEpochsWatermarkForItsOwn() throws InvalidProtocolBufferException {
        accept(7, 20);
        confirmation.stored(watermark(Lane.PUBLIC, 8, 25));
        assertEquals(List.of(UNKNOWN), answers);
    }

    /** What is dead is not stored; what is void stands at an earlier position, and is. */
    @Test
    void doesNotVouchForDeadLetters() throws InvalidProtocolBufferException {
        Accepted first = accept(7, 1);
        accept(7, 2);
        Accepted third = accept(7, 3);
        confirmation.stored(published(
                Lane.PUBLIC,
                Stored.newBuilder()
                        .setEpoch(7)
                        .setSeq(3)
                        .addAbsent(Absent.newBuilder().setEpoch(7).setSeq(2).setDead(true))
                        .addAbsent(Absent.newBuilder().setEpoch(7).setSeq(3))
                        .build()));
        assertEquals(List.of(first, UNKNOWN, third), answers);
    }

    @Test
    void findsDeadLettersWhereThePublicationWasLost() {
        head = new Position(7, 3);
        absent = List.of(
                new AbsentPositions.One(new Position(7, 2), true), new AbsentPositions.One(new Position(7, 3), false));
        accept(CONVERSATION, 7, new Position(7, 2), true);
        assertEquals(List.of(UNKNOWN), answers);
        Accepted third = accept(CONVERSATION, 7, new Position(7, 3), true);
        assertEquals(List.of(UNKNOWN, third), answers);
    }

    /** It names the dead of its own batch only. */
    @Test
    void doesNotTakeALaterPublicationsWordForARetry() throws InvalidProtocolBufferException {
        accept(CONVERSATION, 7, new Position(7, 2), true);
        confirmation.stored(watermark(Lane.PUBLIC, 7, 9));
        assertEquals(List.of(), answers);
        head = new Position(7, 9);
        absent = List.of(new AbsentPositions.One(new Position(7, 2), true));
        step(StoredConfirmation.LOOK_INTERVAL);
        assertEquals(List.of(UNKNOWN), answers);
    }

    @Test
    void aRetryIsToldByTheEpochOfTheRetry() {
        head = new Position(8, 25);
        Accepted known = accept(CONVERSATION, 8, new Position(7, 15), true);
        assertEquals(List.of(known), answers, "what was stored long ago is found without waiting for anything");
    }

    @Test
    void looksAtHeadsWherePublicationsMayBeLost() {
        Accepted answer = accept(7, 1);
        step(StoredConfirmation.LOOK_INTERVAL.dividedBy(2));
        assertEquals(List.of(), looked);
        step(StoredConfirmation.LOOK_INTERVAL);
        assertEquals(List.of(CONVERSATION), looked);
        assertEquals(List.of(), answers);
        head = new Position(7, 1);
        step(StoredConfirmation.LOOK_INTERVAL);
        assertEquals(List.of(answer), answers);
        step(StoredConfirmation.LOOK_INTERVAL);
        assertEquals(2, looked.size(), "nobody waits any more");
    }

    @Test
    void everybodysTurnComesHoweverManyWait() {
        List<ConversationId> many = IntStream.range(0, 250)
                .mapToObj(i -> ConversationId.openedBy("ana", new UUID(2, i)))
                .toList();
        many.forEach(each -> accept(each, 7, new Position(7, 1), false));
        for (int i = 0; i < 3; i++) {
            int before = looked.size();
            step(StoredConfirmation.LOOK_INTERVAL);
            assertEquals(100, looked.size() - before);
        }
        assertEquals(many, looked.subList(0, 250));
    }

    @Test
    void isUnknownAfterTheTimeAndSaysSoUntilItIsStored() {
        accept(7, 1);
        step(TIMEOUT.plusMillis(1));
        assertEquals(List.of(UNKNOWN), answers);
        assertEquals(Optional.of("MySQL does not get in time what was accepted"), confirmation.problem());
        step(StoredConfirmation.LOOK_INTERVAL);
        assertEquals(Optional.of("MySQL does not get in time what was accepted"), confirmation.problem());
        head = new Position(7, 1);
        step(StoredConfirmation.LOOK_INTERVAL);
        assertEquals(Optional.empty(), confirmation.problem());
        assertEquals(1, answers.size());
    }
}
