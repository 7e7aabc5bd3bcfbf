package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.ScriptRig.Speaker;
import io.lettuce.core.ScriptOutputType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The resume script in a real Redis. */
class ResumeScriptIT {
    private static final String OWNER = "ana";
    private static final Partition PARTITION = Partition.ofOwner(OWNER);

    @TempDir
    static Path directory;

    private static ScriptRig rig;
    private int epoch;
    private Speaker ana;

    /** What was answered: {@code outcome} and the numbers of the messages behind it. */
    private record Answer(
            String owner, long status, Position head, Position stored, String outcome, List<Integer> seqs) {}

    @BeforeAll
    static void start() {
        rig = ScriptRig.start(directory);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void clean() {
        rig.redis.flushall();
        epoch = rig.prepare(PARTITION);
        ana = Speaker.owner(OWNER, epoch);
    }

    @Test
    void answersNothingForAnUnknownConversation() {
        assertTrue(call("0", Position.START, 10, 10_000).isEmpty());
    }

    @Test
    void answersWhatLacks() throws Exception {
        say(5);
        Answer fromStart = resume(Position.START, 10);
        assertEquals(OWNER, fromStart.owner());
        assertEquals(0, fromStart.status());
        assertEquals(new Position(epoch, 5), fromStart.head());
        assertEquals(new Position(0, 0), fromStart.stored());
        assertEquals("complete", fromStart.outcome());
        assertEquals(List.of(1, 2, 3, 4, 5), fromStart.seqs());

        assertEquals(List.of(4, 5), resume(new Position(epoch, 3), 10).seqs());
        Answer nothing = resume(new Position(epoch, 5), 10);
        assertEquals(List.of(), nothing.seqs());
        assertEquals("complete", nothing.outcome());
    }

    @Test
    void tellsThatThereIsMore() throws Exception {
        say(5);
        Answer some = resume(new Position(epoch, 1), 2);
        assertEquals("more", some.outcome());
        assertEquals(List.of(2, 3), some.seqs());
        Answer rest = resume(new Position(epoch, 3), 2);
        assertEquals("complete", rest.outcome());
        assertEquals(List.of(4, 5), rest.seqs());
    }

    @Test
    void boundsTheBytesButAnswersOneMessageAtLeast() throws Exception {
        say(5);
        int entry = rig.redis.lindex(Keys.publicTail(ana.conversation()), 0).length;
        assertEquals(
                List.of(1, 2), parse(call("0", Position.START, 10, 2 * entry)).seqs());
        Answer tight = parse(call("0", Position.START, 10, 1));
        assertEquals(List.of(1), tight.seqs());
        assertEquals("more", tight.outcome());
    }

    @Test
    void answersHeadOnly() throws Exception {
        say(5);
        Answer head = resume(new Position(1, 77), 0);
        assertEquals(new Position(epoch, 5), head.head());
        assertEquals("complete", head.outcome());
        assertEquals(List.of(), head.seqs());
    }

    @Test
    void asksForResyncBehindTheTail() throws Exception {
        say(5);
        rig.redis.lpop(Keys.publicTail(ana.conversation()), 2);
        assertEquals("resync", resume(Position.START, 10).outcome());
        assertEquals("resync", resume(new Position(epoch, 1), 10).outcome());
        assertEquals(List.of(3, 4, 5), resume(new Position(epoch, 2), 10).seqs());

        rig.redis.del(Keys.publicTail(ana.conversation()));
        assertEquals("resync", resume(new Position(epoch, 4), 10).outcome());
        assertEquals("complete", resume(new Position(epoch, 5), 10).outcome());
    }

    @Test
    void asksForResyncOfPositionsThatNeverWere() throws Exception {
        say(5);
        assertEquals("resync", resume(new Position(epoch, 6), 10).outcome());
        assertEquals("resync", resume(new Position(epoch - 1, 1), 10).outcome());
        assertEquals("resync", resume(new Position(epoch + 1, 1), 10).outcome());
        assertEquals("resync", resume(new Position(0, 3), 10).outcome());
    }

    @Test
    void letsWhoStandsBeforeTheBaseGoOnInANewEpoch() throws Exception {
        say(5);
        int next = failOver(epoch);
        Speaker later = ana.in(next);
        Speaker admin = later.joinedBy("root");
        rig.append(next, admin.going(admin.notes("first in the new epoch")));
        rig.append(next, later.going(later.says("6")));

        assertEquals(List.of(6), resume(new Position(epoch, 5), 10).seqs());
        assertEquals(List.of(5, 6), resume(new Position(epoch, 4), 10).seqs());
        assertEquals("resync", resume(new Position(epoch, 6), 10).outcome(), "beyond the base: lost");
        assertEquals(new Position(next, 6), resume(new Position(next, 6), 10).head());

        int third = failOver(next);
        Speaker last = ana.in(third);
        rig.append(third, last.going(last.says("7")));
        assertEquals("resync", resume(new Position(epoch, 5), 10).outcome(), "two epochs back");
        assertEquals(List.of(7), resume(new Position(next, 6), 10).seqs());
    }

    @Test
    void resumesInAnOldEpochWhereNothingWasSaidSince() throws Exception {
        say(5);
        failOver(epoch);
        assertEquals(List.of(5), resume(new Position(epoch, 4), 10).seqs());
    }

    @Test
    void keepsTheLanesApart() throws Exception {
        say(2);
        Speaker admin = ana.joinedBy("root");
        rig.append(epoch, admin.going(admin.notes("1"), admin.notes("2"), admin.notes("3")));

        assertEquals(List.of(1, 2), resume(Position.START, 10).seqs());
        Answer notes = parse(call("1", new Position(epoch, 1), 10, 10_000));
        assertEquals(new Position(epoch, 3), notes.head());
        assertEquals(List.of(2, 3), notes.seqs());
    }

    private static int failOver(int epoch) {
        rig.redis.hset(Keys.partition(PARTITION), "replid", "elsewhere".getBytes(StandardCharsets.UTF_8));
        return rig.raiseEpoch(PARTITION, epoch);
    }

    private void say(int messages) {
        MessageRecord[] said = new MessageRecord[messages];
        for (int i = 0; i < messages; i++) {
            said[i] = ana.says("message");
        }
        rig.append(epoch, ana.opening(said));
    }

    private Answer resume(Position at, int entriesMax) throws Exception {
        return parse(call("0", at, entriesMax, 1_000_000));
    }

    private List<Object> call(String lane, Position at, int entriesMax, int bytesMax) {
        boolean staff = lane.equals("1");
        List<Object> answer = rig.redis.evalsha(
                Script.RESUME.sha1(),
                ScriptOutputType.MULTI,
                new String[] {
                    Keys.conversation(ana.conversation()),
                    staff ? Keys.staffTail(ana.conversation()) : Keys.publicTail(ana.conversation())
                },
                ScriptRig.bytes(
                        lane,
                        Integer.toString(at.epoch()),
                        Integer.toString(at.seq()),
                        Integer.toString(entriesMax),
                        Integer.toString(bytesMax)));
        return answer.stream().allMatch(Objects::isNull) ? List.of() : answer;
    }

    private static Answer parse(List<Object> answer) throws Exception {
        List<Integer> seqs = new ArrayList<>();
        for (Object record : answer.subList(7, answer.size())) {
            seqs.add(ServerFrame.parseFrom(Publication.parseFrom((byte[]) record)
                            .getEnvelopes(0)
                            .getFrame())
                    .getMessage()
                    .getSeq());
        }
        return new Answer(
                text(answer.get(0)),
                (Long) answer.get(1),
                new Position(number(answer.get(2)), number(answer.get(3))),
                new Position(number(answer.get(4)), number(answer.get(5))),
                text(answer.get(6)),
                seqs);
    }

    private static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }

    private static int number(Object number) {
        return ((Long) number).intValue();
    }
}
