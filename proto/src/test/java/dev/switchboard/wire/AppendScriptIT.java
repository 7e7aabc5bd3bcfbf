package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LogEntry;
import dev.switchboard.proto.v1.Message;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.Role;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.ScriptRig.Answer;
import dev.switchboard.wire.ScriptRig.Outcome;
import dev.switchboard.wire.ScriptRig.Speaker;
import io.lettuce.core.Range;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The append script in a real Redis. */
class AppendScriptIT extends OneOwnerScripts {
    @Test
    void refusesPartitionThatNoWorkerPrepared() {
        rig.redis.flushall();
        assertEquals('u', rig.append(epoch, ana.opening(ana.says("hola"))).status());
        assertEquals(0, rig.redis.dbsize());
    }

    @Test
    void opensConversationWithTheFirstMessageAndNumbersFromOne() {
        Outcome outcome = rig.append(epoch, ana.opening(ana.says("one"), ana.says("two"), ana.says("three")));

        assertEquals("AAA", outcome.kinds());
        assertEquals(
                List.of(1, 2, 3), outcome.answers().stream().map(Answer::number).toList());
        assertArrayEquals(ana.conversation().bytes(), rig.redis.get(Keys.openOf(OWNER)));
        assertEquals(1, rig.redis.zcard(Keys.open(PARTITION)));
        String conversation = Keys.conversation(ana.conversation());
        assertEquals(OWNER, rig.field(conversation, "o"));
        assertEquals("3", rig.field(conversation, "s"));
        assertEquals("0", rig.field(conversation, "st"));
        assertEquals(Integer.toString(epoch), rig.field(conversation, "e"));
        assertEquals(List.of(3), Tail.counts(tail(Lane.PUBLIC)));
        assertEquals("3", rig.field(Keys.partition(PARTITION), "count"));
        assertEquals(4, rig.append(epoch, ana.going(ana.says("four"))).only().number());
    }

    @Test
    void completesTheFrameThatTheGatewayEncoded() throws Exception {
        MessageRecord said = ana.says("¡hola, señora! 😀");
        Outcome outcome = rig.append(epoch, ana.opening(said));

        Envelope envelope = entry(0).getEnvelopes(0);
        Message message = ServerFrame.parseFrom(envelope.getFrame()).getMessage();
        assertEquals("¡hola, señora! 😀", message.getText());
        assertEquals(1, message.getSeq());
        assertEquals(epoch, message.getEpoch());
        assertEquals(outcome.number(), message.getTime());
        assertEquals(OWNER, envelope.getOwner());
        assertEquals(7, envelope.getOrigin());
        List<Tail.Piece> tail = tail(Lane.PUBLIC);
        assertEquals(List.of(1), Tail.counts(tail));
        assertArrayEquals(rig.logged(PARTITION, 0), tail.get(0).records());
    }

    @Test
    void publishesTheBytesOfTheLogAndItsIds() throws Exception {
        List<byte[]> admins = rig.listen(Keys.adminsRoom(PARTITION));
        List<byte[]> user = rig.listen(Keys.userRoom(OWNER));
        rig.append(epoch, ana.opening(ana.says("one"), ana.says("two")));
        rig.append(epoch, ana.going(ana.says("three")));
        ScriptRig.await(() -> admins.size() == 2 && user.size() == 2);

        for (int i = 0; i < 2; i++) {
            byte[] logged = rig.logged(PARTITION, i);
            assertArrayEquals(logged, user.get(i));
            Publication published = Publication.parseFrom(admins.get(i));
            assertEquals(LogEntry.parseFrom(logged).getEnvelopesList(), published.getEnvelopesList());
            assertEquals(ByteString.copyFrom(logged), ByteString.copyFrom(admins.get(i), 0, logged.length));
            String previous = i == 0 ? "" : logId(0);
            assertEquals(logId(i), published.getLogId());
            assertEquals(previous, published.getPreviousLogId());
        }
    }

    @Test
    void answersDuplicateWithTheFirstPosition() {
        MessageRecord first = ana.says("one");
        long acceptedAt = rig.append(epoch, ana.opening(first)).number();
        rig.append(epoch, ana.going(ana.says("two")));
        Answer again = rig.append(epoch, ana.going(ana.repeats(first, "one"))).only();

        assertEquals('D', again.kind());
        assertEquals(new Position(epoch, 1), again.position());
        assertEquals(first.messageId(), again.messageId());
        assertEquals(ByteString.copyFrom(ana.conversation().bytes()), again.conversation());
        assertEquals(acceptedAt, again.time());
        assertEquals(2, rig.redis.xlen(Keys.log(PARTITION)));
    }

    @Test
    void answersDuplicateWithinTheSameCall() {
        MessageRecord first = ana.says("one");
        Speaker otherTry = Speaker.owner(OWNER, epoch);
        Outcome outcome = rig.append(
                epoch,
                ana.opening(first, ana.repeats(first, "one"), ana.says("two")),
                otherTry.opening(otherTry.repeats(first, "one"), otherTry.repeats(first, "other")));

        assertEquals("ADADX", outcome.kinds());
        assertEquals(new Position(epoch, 1), outcome.answers().get(1).position());
        assertEquals(2, outcome.answers().get(2).number());
        assertEquals(
                ByteString.copyFrom(ana.conversation().bytes()),
                outcome.answers().get(3).conversation());
    }

    @Test
    void refusesTheSameIdWithAnotherBody() {
        MessageRecord first = ana.says("one");
        rig.append(epoch, ana.opening(first));
        assertEquals(
                'X',
                rig.append(epoch, ana.going(ana.repeats(first, "won"))).only().kind());
    }

    @Test
    void namesTheOpenConversationToWhoWouldOpenAnother() {
        rig.append(epoch, ana.opening(ana.says("one")));
        Speaker other = Speaker.owner(OWNER, epoch);
        Answer moved = rig.append(epoch, other.opening(other.says("two"))).only();

        assertEquals('M', moved.kind());
        assertEquals(ByteString.copyFrom(ana.conversation().bytes()), moved.conversation());
        assertEquals(0, rig.redis.exists(Keys.conversation(other.conversation())));
    }

    @Test
    void doesNotOpenAgainWhatWasOnceOpen() {
        rig.append(epoch, ana.opening(ana.says("one")));
        rig.redis.del(Keys.openOf(OWNER));
        Answer moved = rig.append(epoch, ana.opening(ana.says("two"))).only();

        assertEquals('M', moved.kind());
        assertEquals(ByteString.copyFrom(new byte[16]), moved.conversation());
    }

    @Test
    void refusesUnknownForeignAndClosedConversations() {
        assertEquals('F', rig.append(epoch, ana.going(ana.says("one"))).only().kind());
        rig.append(epoch, ana.opening(ana.says("one")));
        String other = neighbourOf(OWNER);
        Speaker neighbour = new Speaker(ana.conversation(), other, other, Role.USER, epoch);
        assertEquals(
                'F',
                rig.append(epoch, neighbour.going(neighbour.says("two"))).only().kind());

        rig.redis.hset(Keys.conversation(ana.conversation()), "st", "4".getBytes(StandardCharsets.UTF_8));
        assertEquals('C', rig.append(epoch, ana.going(ana.says("three"))).only().kind());
        assertEquals(1, rig.redis.xlen(Keys.log(PARTITION)));
    }

    /** After a fail-over MySQL may remember a conversation that Redis has forgotten: the refusal must not be final. */
    @Test
    void doesNotJudgeWhatMysqlMayStillRemember() {
        rig.redis.hset(Keys.partition(PARTITION), "compared", "1".getBytes(StandardCharsets.UTF_8));
        assertEquals('N', rig.append(epoch, ana.going(ana.says("one"))).only().kind());
        assertEquals('A', rig.append(epoch, ana.opening(ana.says("two"))).only().kind());
        assertEquals('A', rig.append(epoch, ana.going(ana.says("three"))).only().kind());
    }

    @Test
    void refusesCallsOfAnotherEpoch() {
        Outcome outcome = rig.append(epoch - 1, ana.opening(ana.says("1")));
        assertEquals('e', outcome.status());
        assertEquals(epoch, outcome.number());
    }

    @Test
    void refusesUntilTheEpochIsRaisedAfterAFailOver() {
        rig.append(epoch, ana.opening(ana.says("1")));
        failOver();
        assertEquals('e', rig.append(epoch, ana.going(ana.says("2"))).status());
        int next = rig.raiseEpoch(PARTITION, epoch);
        assertTrue(next > epoch);
        assertEquals(next, rig.raiseEpoch(PARTITION, epoch), "a second caller changes nothing");

        Speaker later = ana.in(next);
        assertEquals(2, rig.append(next, later.going(later.says("2"))).only().number());
        String conversation = Keys.conversation(ana.conversation());
        assertEquals(Integer.toString(epoch), rig.field(conversation, "be"));
        assertEquals("1", rig.field(conversation, "bs"));
        assertEquals("0", rig.field(conversation, "bn"));
    }

    @Test
    void raisesTheEpochAboveAnyThatWasSeen() {
        assertEquals(epoch + 1_001, rig.raiseEpoch(PARTITION, epoch + 1_000));
        assertEquals(-1, rig.raiseEpoch(Partition.all().get((PARTITION.number() + 1) % 16), 0));
    }

    @Test
    void keepsNotesFromTheOwnersRoom() throws Exception {
        List<byte[]> user = rig.listen(Keys.userRoom(OWNER));
        List<byte[]> admins = rig.listen(Keys.adminsRoom(PARTITION));
        Speaker admin = ana.joinedBy("root");
        rig.append(epoch, ana.opening(ana.says("1"), ana.says("2")));
        rig.append(epoch, admin.going(admin.notes("secret")), ana.going(ana.says("3")));
        ScriptRig.await(() -> admins.size() == 2 && user.size() == 2);

        byte[] secret = "secret".getBytes(StandardCharsets.UTF_8);
        for (byte[] heard : user) {
            assertEquals(-1, indexOf(heard, secret));
        }
        assertTrue(indexOf(admins.get(1), secret) >= 0);
        Envelope note = entry(1).getEnvelopes(0);
        Message message = ServerFrame.parseFrom(note.getFrame()).getMessage();
        assertEquals(Lane.STAFF, note.getLane());
        assertEquals(Lane.STAFF, message.getLane());
        assertEquals(1, message.getSeq());
        assertEquals(2, message.getAfterPublic());
        assertEquals(List.of(1), Tail.counts(tail(Lane.STAFF)));
        assertEquals(List.of(2, 1), Tail.counts(tail(Lane.PUBLIC)));
        assertEquals("1", conversation("n"));
        assertEquals("3", conversation("s"));
    }

    @Test
    void publishesNoNoteEvenIfTheCallerNamesTheOwnersRoom() {
        List<byte[]> user = rig.listen(Keys.userRoom(OWNER));
        List<byte[]> admins = rig.listen(Keys.adminsRoom(PARTITION));
        rig.append(epoch, ana.opening(ana.says("1")));
        Speaker admin = ana.joinedBy("root");
        rig.append(epoch, admin.going(admin.notes("secret")).announcedIn(Keys.userRoom(OWNER)));
        rig.append(epoch, ana.going(ana.says("2")));
        ScriptRig.await(() -> admins.size() == 3 && user.size() >= 2);

        assertEquals(2, user.size());
    }

    @Test
    void joinsManySendersInOneEntry() throws Exception {
        Speaker neighbour = Speaker.owner(neighbourOf(OWNER), epoch);
        Speaker admin = ana.joinedBy("root");
        Outcome outcome = rig.append(
                epoch,
                ana.opening(ana.says("a1"), ana.says("a2")),
                neighbour.opening(neighbour.says("b1")),
                admin.going(admin.says("a3")));

        assertEquals("AAAA", outcome.kinds());
        assertEquals(3, outcome.answers().get(3).number());
        List<String> texts = new ArrayList<>();
        for (Envelope envelope : entry(0).getEnvelopesList()) {
            texts.add(ServerFrame.parseFrom(envelope.getFrame()).getMessage().getText());
        }
        assertEquals(List.of("a1", "a2", "b1", "a3"), texts);
        assertEquals(OWNER, entry(0).getEnvelopes(3).getOwner());
        assertEquals("root", entry(0).getEnvelopes(3).getSender());
    }

    private void failOver() {
        rig.redis.hset(Keys.partition(PARTITION), "replid", "elsewhere".getBytes(StandardCharsets.UTF_8));
    }

    private LogEntry entry(int index) throws Exception {
        return LogEntry.parseFrom(rig.logged(PARTITION, index));
    }

    private String logId(int index) {
        return rig.redis
                .xrange(Keys.log(PARTITION), Range.unbounded())
                .get(index)
                .getId();
    }

    /** Somebody else of the same partition. */
    private static String neighbourOf(String owner) {
        for (int i = 0; ; i++) {
            if (Partition.ofOwner("user" + i).equals(Partition.ofOwner(owner))) {
                return "user" + i;
            }
        }
    }

    private static int indexOf(byte[] all, byte[] part) {
        String latin1 = new String(all, StandardCharsets.ISO_8859_1);
        return latin1.indexOf(new String(part, StandardCharsets.ISO_8859_1));
    }
}
