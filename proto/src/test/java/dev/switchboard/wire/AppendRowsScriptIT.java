package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.Lane;
import dev.switchboard.proto.v1.LogEntry;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.ScriptRig.Answer;
import dev.switchboard.wire.ScriptRig.Limits;
import dev.switchboard.wire.ScriptRig.Outcome;
import dev.switchboard.wire.ScriptRig.Speaker;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The append script in a real Redis: rows of answers, pieces of tails, memory of duplicates. */
class AppendRowsScriptIT extends OneOwnerScripts {
    @Test
    void breaksRowsWhereOthersAreAnswered() {
        MessageRecord first = ana.says("1");
        rig.append(epoch, ana.opening(first));
        MessageRecord again = ana.repeats(first, "1");
        MessageRecord other = ana.repeats(first, "other");
        Outcome outcome = rig.append(
                epoch,
                ana.going(
                        again,
                        ana.says("2"),
                        ana.says("3"),
                        other,
                        again,
                        ana.says("4"),
                        other,
                        ana.says("5"),
                        ana.says("6"),
                        ana.says("7"),
                        again));

        assertEquals("DA2XDA1XA3D", outcome.rows());
        assertEquals(List.of(2, 3, 4, 5, 6, 7), accepted(outcome));
        List<Tail.Piece> tail = tail(Lane.PUBLIC);
        assertEquals(List.of(1, 6), Tail.counts(tail));
        assertArrayEquals(rig.logged(PARTITION, 1), tail.get(1).records());
        assertEquals("7", rig.field(Keys.partition(PARTITION), "count"));
        assertEquals("7", rig.field(Keys.partition(PARTITION), "ids"));
    }

    @Test
    void breaksRowsAtTheLimits() {
        MessageRecord first = ana.says("1");
        MessageRecord again = ana.repeats(first, "1");
        Outcome limited = rig.append(
                epoch,
                ana.group(
                        'o',
                        3,
                        60_000,
                        first,
                        ana.says("2"),
                        again,
                        ana.says("3"),
                        ana.says("4"),
                        again,
                        ana.says("5")));
        assertEquals("A2DA1LDL", limited.rows());
        assertEquals(List.of(1, 2, 3), accepted(limited));

        Speaker admin = ana.joinedBy("root");
        Outcome full = rig.append(
                new Limits(5, 100, 1_000_000),
                epoch,
                admin.going(admin.says("4"), admin.says("5"), admin.says("6")),
                ana.going(again, ana.says("7")));
        assertEquals("A2B|DB", full.rows());
        assertEquals(List.of(4, 5), accepted(full));
    }

    @Test
    void answersDuplicatesAmongThoseSentElsewhere() {
        MessageRecord first = ana.says("1");
        Speaker elsewhere = Speaker.owner(OWNER, epoch);
        MessageRecord again = elsewhere.repeats(first, "1");
        Outcome moved = rig.append(
                epoch,
                ana.opening(first, ana.says("2")),
                elsewhere.opening(elsewhere.says("3"), again, elsewhere.says("4")),
                ana.opening(ana.says("5")));
        assertEquals("A2|MDM|A1", moved.rows());
        assertEquals(List.of(1, 2, 3), accepted(moved));
        assertEquals(
                ByteString.copyFrom(ana.conversation().bytes()),
                moved.answers().get(2).conversation());
        assertEquals(List.of(2, 1), Tail.counts(tail(Lane.PUBLIC)));

        rig.redis.hset(Keys.conversation(ana.conversation()), "st", "4".getBytes(StandardCharsets.UTF_8));
        assertEquals(
                "CDC",
                rig.append(epoch, ana.going(ana.says("6"), ana.repeats(first, "1"), ana.says("7")))
                        .rows());
    }

    @Test
    void takesLanesAndSendersOfOneConversationInOneCall() throws Exception {
        List<byte[]> user = rig.listen(Keys.userRoom(OWNER));
        Speaker admin = ana.joinedBy("root");
        Outcome outcome = rig.append(
                epoch,
                ana.opening(ana.says("1"), ana.says("2")),
                admin.going(admin.notes("n1"), admin.notes("n2")),
                admin.going(admin.says("3")),
                ana.going(ana.says("4"), ana.says("5"), ana.says("6")),
                admin.going(admin.notes("n3")));

        assertEquals("A2|A2|A1|A3|A1", outcome.rows());
        assertEquals(List.of(1, 2, 1, 2, 3, 4, 5, 6, 3), accepted(outcome));
        List<Tail.Piece> said = tail(Lane.PUBLIC);
        List<Tail.Piece> notes = tail(Lane.STAFF);
        assertEquals(List.of(2, 1, 3), Tail.counts(said));
        assertEquals(List.of(2, 1), Tail.counts(notes));
        String conversation = Keys.conversation(ana.conversation());
        assertEquals("6", rig.field(conversation, "s"));
        assertEquals("3", rig.field(conversation, "n"));
        assertEquals(Integer.toString(Tail.bytes(said)), rig.field(conversation, "tb"));
        assertEquals("9", rig.field(Keys.partition(PARTITION), "count"));

        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (Tail.Piece piece : List.of(said.get(0), notes.get(0), said.get(1), said.get(2), notes.get(1))) {
            joined.write(piece.records());
        }
        byte[] logged = rig.logged(PARTITION, 0);
        assertArrayEquals(joined.toByteArray(), logged);
        List<Integer> afterPublic = new ArrayList<>();
        for (Envelope envelope : LogEntry.parseFrom(logged).getEnvelopesList()) {
            afterPublic.add(
                    ServerFrame.parseFrom(envelope.getFrame()).getMessage().getAfterPublic());
        }
        assertEquals(List.of(0, 0, 2, 2, 0, 0, 0, 0, 6), afterPublic);
        ScriptRig.await(() -> user.size() == 3);
        for (int i = 0; i < 3; i++) {
            assertArrayEquals(said.get(i).records(), user.get(i));
        }
    }

    @Test
    void putsNothingIntoATailWhereNothingWasAccepted() {
        MessageRecord first = ana.says("1");
        rig.append(epoch, ana.opening(first));
        assertEquals(
                "DX",
                rig.append(epoch, ana.going(ana.repeats(first, "1"), ana.repeats(first, "2")))
                        .rows());
        assertEquals(List.of(1), Tail.counts(tail(Lane.PUBLIC)));
        assertEquals(1, rig.redis.xlen(Keys.log(PARTITION)));
    }

    @Test
    void countsTheMostThatOneCallMayHave() {
        MessageRecord[] many = new MessageRecord[2_000];
        for (int i = 0; i < many.length; i++) {
            many[i] = ana.says("m");
        }
        Outcome outcome = rig.append(epoch, ana.group('o', 2_000, 1, many));
        assertEquals("A2000", outcome.rows());
        assertEquals(2_000, outcome.answers().get(1_999).number());
        assertEquals(List.of(2_000), Tail.counts(tail(Lane.PUBLIC)));
        assertEquals(2_000, rig.redis.hlen(Keys.dedupe(PARTITION)));
    }

    @Test
    void countsTheBytesOfThePublicTailAlone() {
        String conversation = Keys.conversation(ana.conversation());
        Speaker admin = ana.joinedBy("root");
        rig.append(epoch, ana.opening(ana.says("1"), ana.says("2")));
        rig.append(epoch, admin.going(admin.notes("not counted")), ana.going(ana.says("3")));
        rig.append(epoch, admin.going(admin.notes("not counted")));
        assertEquals(Integer.toString(Tail.bytes(tail(Lane.PUBLIC))), rig.field(conversation, "tb"));

        // A tail at rest goes by itself, and nobody corrects the bytes then.
        rig.redis.del(Keys.publicTail(ana.conversation()));
        rig.append(epoch, ana.going(ana.says("4")));
        assertEquals(List.of(1), Tail.counts(tail(Lane.PUBLIC)));
        assertEquals(Integer.toString(Tail.bytes(tail(Lane.PUBLIC))), rig.field(conversation, "tb"));
    }

    @Test
    void keepsATailAliveThatWasAtRest() {
        Speaker admin = ana.joinedBy("root");
        rig.append(epoch, ana.opening(ana.says("1")));
        rig.append(epoch, admin.going(admin.notes("1")));
        for (String tail : List.of(Keys.publicTail(ana.conversation()), Keys.staffTail(ana.conversation()))) {
            assertTrue(rig.redis.expire(tail, 1_000));
        }
        rig.append(epoch, ana.going(ana.says("2")), admin.going(admin.notes("2")));
        assertEquals(-1, rig.redis.ttl(Keys.publicTail(ana.conversation())));
        assertEquals(-1, rig.redis.ttl(Keys.staffTail(ana.conversation())));
        assertEquals(List.of(1, 1), Tail.counts(tail(Lane.PUBLIC)));
        assertEquals(List.of(1, 1), Tail.counts(tail(Lane.STAFF)));
    }

    /** Of one call with several groups: each is remembered with its own conversation, number and id. */
    @Test
    void remembersTheFirstTryThroughBothGenerations() {
        Limits six = new Limits(1_000, 6, 1_000_000);
        Speaker admin = ana.joinedBy("root");
        MessageRecord one = ana.says("1");
        MessageRecord two = ana.says("2");
        MessageRecord note = admin.notes("n1");
        long time =
                rig.append(six, epoch, ana.opening(one, two), admin.going(note)).number();
        for (int round = 0; round < 2; round++) {
            Outcome again = rig.append(
                    six,
                    epoch,
                    ana.going(ana.repeats(two, "2"), ana.repeats(one, "1"), ana.repeats(one, "other")),
                    admin.going(admin.repeats(note, "n1")));
            assertEquals("DDX|D", again.rows());
            checkDuplicate(again.answers().get(0), two, 2, time);
            checkDuplicate(again.answers().get(1), one, 1, time);
            checkDuplicate(again.answers().get(3), note, 1, time);
            // Fills the generation, so the next call begins another.
            rig.append(six, epoch, ana.going(ana.says("a"), ana.says("b"), ana.says("c")));
        }
        assertEquals(
                Collections.nCopies(6, 40 + 5 + 12),
                rig.redis.hvals(Keys.dedupeBefore(PARTITION)).stream()
                        .map(value -> value.length)
                        .toList());
    }

    /** A position of an epoch before is answered as it was. */
    @Test
    void remembersTheEpochOfTheFirstTry() {
        MessageRecord one = ana.says("1");
        long time = rig.append(epoch, ana.opening(one)).number();
        int next = rig.raiseEpoch(PARTITION, epoch + 1_000);
        Speaker later = ana.in(next);
        Outcome again = rig.append(next, later.going(later.says("2"), later.repeats(one, "1"), later.says("3")));
        assertEquals("A1DA1", again.rows());
        assertEquals(List.of(2, 3), accepted(again));
        checkDuplicate(again.answers().get(1), one, 1, time);
    }

    private void checkDuplicate(Answer answer, MessageRecord first, int seq, long time) {
        assertEquals(new Position(epoch, seq), answer.position());
        assertEquals(first.messageId(), answer.messageId());
        assertEquals(ByteString.copyFrom(first.conversation().bytes()), answer.conversation());
        assertEquals(time, answer.time());
    }

    private static List<Integer> accepted(Outcome outcome) {
        return outcome.answers().stream()
                .filter(answer -> answer.kind() == 'A')
                .map(Answer::number)
                .toList();
    }
}
