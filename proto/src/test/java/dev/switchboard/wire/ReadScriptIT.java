package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.proto.v1.Envelope;
import dev.switchboard.proto.v1.LogEntry;
import dev.switchboard.proto.v1.Publication;
import dev.switchboard.proto.v1.ReadMark;
import dev.switchboard.proto.v1.ServerFrame;
import dev.switchboard.wire.ScriptRig.Speaker;
import io.lettuce.core.ScriptOutputType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The read script in a real Redis, and what append and resume say about marks. */
class ReadScriptIT extends OneOwnerScripts {
    private static final byte[] CONNECTION = {1, 2, 3, 4, 5, 6, 7, 8};

    private Speaker sofia;

    @BeforeEach
    void join() {
        sofia = ana.joinedBy("sofia");
    }

    @Test
    void raisesAMarkTellsBothSidesAndLogsIt() throws Exception {
        rig.append(epoch, ana.opening(ana.says("a"), ana.says("b"), ana.says("c")));
        List<byte[]> owners = rig.listen(Keys.userRoom(OWNER));
        List<byte[]> admins = rig.listen(Keys.adminsRoom(PARTITION));
        assertEquals("o", read(true, "sofia", epoch, 2));
        assertEquals(Integer.toString(epoch), conversation("sre"));
        assertEquals("2", conversation("srs"));
        assertEquals("", conversation("ors"));

        ScriptRig.await(() -> owners.size() == 1 && admins.size() == 1);
        Envelope envelope = Publication.parseFrom(owners.get(0)).getEnvelopes(0);
        ReadMark mark = ServerFrame.parseFrom(envelope.getFrame()).getReadMark();
        assertEquals(Envelope.Kind.READ_MARK, envelope.getKind());
        assertEquals(OWNER, envelope.getOwner());
        assertEquals("sofia", envelope.getSender());
        assertArrayEquals(ana.conversation().bytes(), mark.getConversation().toByteArray());
        assertEquals(new Position(epoch, 2), new Position(mark.getEpoch(), mark.getSeq()));
        assertTrue(mark.getStaff());
        // As every gateway and the worker read it.
        RoutedFrame routed = RoutedFrame.read(admins.get(0)).get(0);
        assertEquals(ByteBuffer.wrap(CONNECTION).order(ByteOrder.LITTLE_ENDIAN).getLong(), routed.origin());
        assertEquals("sofia", routed.sender());
        assertEquals(Envelope.Kind.READ_MARK, routed.kind());
        LogEntry entry = LogEntry.parseFrom(rig.logged(PARTITION, 1));
        assertEquals(List.of(envelope), entry.getEnvelopesList());
        assertEquals("4", rig.field(Keys.partition(PARTITION), "count"));
        Publication toAdmins = Publication.parseFrom(admins.get(0));
        assertEquals(rig.field(Keys.partition(PARTITION), "last"), toAdmins.getLogId());
        assertTrue(toAdmins.getPreviousLogId().contains("-"));
    }

    @Test
    void writesNothingForAMarkThatStandsThereAlready() {
        rig.append(epoch, ana.opening(ana.says("a"), ana.says("b"), ana.says("c")));
        assertEquals("o", read(false, OWNER, epoch, 2));
        assertEquals("s", read(false, OWNER, epoch, 2));
        assertEquals("s", read(false, OWNER, epoch, 1));
        assertEquals("s", read(false, OWNER, epoch - 1, 3));
        assertEquals("2", conversation("ors"));
        assertEquals(2, rig.redis.xlen(Keys.log(PARTITION)));
    }

    @Test
    void cutsAPositionBeyondTheHeadToTheHead() {
        rig.append(epoch, ana.opening(ana.says("a"), ana.says("b")));
        assertEquals("o", read(true, "sofia", epoch, 4_000_000_000L));
        assertEquals("2", conversation("srs"));
        rig.append(epoch, ana.going(ana.says("c")));
        assertEquals("o", read(true, "sofia", epoch + 7, 1));
        assertEquals(Integer.toString(epoch), conversation("sre"));
        assertEquals("3", conversation("srs"));
    }

    @Test
    void cutsAPositionOfAnEarlierEpochToWhatSurvivedOfIt() {
        rig.append(epoch, ana.opening(ana.says("a"), ana.says("b")));
        rig.redis.hset(Keys.partition(PARTITION), "replid", "elsewhere".getBytes(StandardCharsets.UTF_8));
        int later = rig.raiseEpoch(PARTITION, epoch);
        rig.append(later, ana.in(later).going(ana.in(later).says("c")));
        int earlier = epoch;
        epoch = later;
        assertEquals("o", read(false, OWNER, earlier, 9));
        assertEquals(Integer.toString(earlier), conversation("ore"));
        assertEquals("2", conversation("ors"));
        assertEquals("o", read(false, OWNER, later, 3));
        assertEquals(Integer.toString(later), conversation("ore"));
    }

    @Test
    void refusesOthersThanTheOwner() {
        rig.append(epoch, ana.opening(ana.says("a")));
        assertEquals("F", read(false, "berta", epoch, 1));
        rig.redis.flushall();
        epoch = rig.prepare(PARTITION);
        assertEquals("F", read(false, OWNER, epoch, 1));
        assertEquals("F", read(true, "sofia", epoch, 1));
        assertEquals(0, rig.redis.xlen(Keys.log(PARTITION)));
    }

    @Test
    void writesNothingUnderAnotherEpochOrOnAnUnknownServer() {
        rig.append(epoch, ana.opening(ana.says("a")));
        int right = epoch;
        epoch = right + 1;
        assertEquals("e", read(false, OWNER, right, 1));
        epoch = right;
        rig.redis.hset(Keys.partition(PARTITION), "replid", "elsewhere".getBytes(StandardCharsets.UTF_8));
        assertEquals("e", read(false, OWNER, right, 1));
        assertEquals("", conversation("ors"));
        rig.redis.del(Keys.partition(PARTITION));
        assertEquals("u", read(false, OWNER, right, 1));
    }

    @Test
    void refusesWhenTheBacklogIsFull() {
        rig.append(epoch, ana.opening(ana.says("a"), ana.says("b")));
        assertEquals("B", call(false, OWNER, epoch, 1, 2));
        assertEquals("", conversation("ors"));
        assertEquals("o", call(false, OWNER, epoch, 1, 3));
    }

    @Test
    void notesWhoSpokeLastAndWhen() {
        rig.append(epoch, ana.opening(ana.says("a"), ana.says("b")));
        assertEquals("2", conversation("los"));
        assertEquals("", conversation("las"));
        rig.append(epoch, sofia.going(sofia.says("c")));
        assertEquals("2", conversation("los"));
        assertEquals("3", conversation("las"));
        String lastPublic = conversation("lt");
        assertEquals(Double.parseDouble(lastPublic), score());
        rig.redis.zadd(Keys.open(PARTITION), 1, ana.conversation().bytes());
        rig.append(epoch, sofia.going(sofia.notes("hidden")));
        assertEquals("3", conversation("las"));
        assertEquals(lastPublic, conversation("lt"));
        assertTrue(score() >= Double.parseDouble(lastPublic));
    }

    @Test
    void whoSpokeLastIsByTheirRoleAndNotByTheirName() {
        rig.append(epoch, ana.opening(ana.says("a")));
        Speaker namesake = ana.joinedBy(OWNER);
        rig.append(epoch, namesake.going(namesake.says("b")));
        assertEquals("1", conversation("los"));
        assertEquals("2", conversation("las"));
    }

    private double score() {
        return rig.redis.zscore(Keys.open(PARTITION), ana.conversation().bytes());
    }

    private String read(boolean staff, String reader, int markEpoch, long seq) {
        return call(staff, reader, markEpoch, seq, 1_000);
    }

    private String call(boolean staff, String reader, int markEpoch, long seq, int backlog) {
        byte[][] numbers = ScriptRig.bytes(
                Integer.toString(epoch),
                Integer.toString(backlog),
                staff ? "1" : "0",
                reader,
                Integer.toString(markEpoch),
                Long.toString(seq));
        byte[][] names = ScriptRig.bytes(Keys.userRooms(PARTITION), Keys.adminsRoom(PARTITION));
        byte[] answer = rig.redis.evalsha(
                Script.READ.sha1(),
                ScriptOutputType.VALUE,
                new String[] {Keys.partition(PARTITION), Keys.log(PARTITION), Keys.conversation(ana.conversation())},
                numbers[0],
                numbers[1],
                numbers[2],
                numbers[3],
                numbers[4],
                numbers[5],
                CONNECTION,
                ana.conversation().bytes(),
                names[0],
                names[1]);
        return String.valueOf((char) answer[0]);
    }
}
