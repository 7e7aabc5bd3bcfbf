package dev.switchboard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.switchboard.proto.v1.Lane;
import dev.switchboard.wire.ScriptRig.Block;
import dev.switchboard.wire.ScriptRig.Group;
import dev.switchboard.wire.ScriptRig.Limits;
import dev.switchboard.wire.ScriptRig.Outcome;
import dev.switchboard.wire.ScriptRig.Speaker;
import io.lettuce.core.RedisException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One call of the append script for several partitions, in a real Redis that is no Cluster. */
class AppendBlocksScriptIT {
    private static final List<String> OWNERS = ownersOfDifferentPartitions();

    @TempDir
    static Path directory;

    private static ScriptRig rig;
    private Speaker ana;
    private Speaker berta;
    private Speaker carla;

    @BeforeAll
    static void start() {
        rig = ScriptRig.startWithoutSlots(directory);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void clean() {
        rig.empty();
        ana = prepared(OWNERS.get(0));
        berta = prepared(OWNERS.get(1));
        carla = prepared(OWNERS.get(2));
    }

    @Test
    void answersEachBlockInItsPlace() {
        Speaker admin = berta.joinedBy("root");
        rig.append(berta.epoch(), berta.opening(berta.says("0")));
        List<byte[]> heard = rig.listen(Keys.adminsRoom(partition(carla)));
        List<Outcome> outcomes = rig.append(
                ScriptRig.WIDE,
                block(ana, ana.opening(ana.says("1"), ana.says("2"))),
                block(berta, berta.going(berta.says("3")), admin.going(admin.notes("4"))),
                block(carla, carla.going(carla.says("5")), carla.opening(carla.says("6"))));
        ScriptRig.await(() -> heard.size() == 1);

        assertEquals(
                List.of("A2", "A1|A1", "F|A1"),
                outcomes.stream().map(Outcome::rows).toList());
        assertEquals(2, outcomes.get(1).answers().get(0).number());
        assertEquals(1, outcomes.stream().map(Outcome::number).distinct().count(), "one time for all");
        assertEquals("2", rig.field(Keys.partition(partition(ana)), "count"));
        assertEquals("3", rig.field(Keys.partition(partition(berta)), "count"));
        assertEquals("1", rig.field(Keys.partition(partition(carla)), "count"));
        assertEquals(1, rig.redis.xlen(Keys.log(partition(ana))));
        assertEquals(2, rig.redis.xlen(Keys.log(partition(berta))));
        byte[] logged = rig.logged(partition(carla), 0);
        List<Tail.Piece> tail = Tail.of(rig, carla.conversation(), Lane.PUBLIC);
        assertArrayEquals(logged, tail.get(0).records());
        assertArrayEquals(logged, java.util.Arrays.copyOf(heard.get(0), logged.length));
    }

    @Test
    void aRefusedBlockStopsNoOther() {
        int raised = rig.raiseEpoch(partition(berta), berta.epoch());
        assertEquals(berta.epoch(), raised);
        rig.redis.hset(Keys.partition(partition(berta)), "epoch", bytes(raised + 5));
        rig.redis.del(Keys.partition(partition(carla)));
        Speaker dora = prepared(OWNERS.get(3));
        List<Outcome> outcomes = rig.append(
                ScriptRig.WIDE,
                block(ana, ana.opening(ana.says("1"))),
                block(berta, berta.opening(berta.says("2"), berta.says("3"))),
                block(carla, carla.opening(carla.says("4"))),
                block(dora, dora.opening(dora.says("5"))));

        assertEquals(List.of('o', 'e', 'u', 'o'), statuses(outcomes));
        assertEquals(raised + 5, outcomes.get(1).number());
        assertEquals("A", outcomes.get(3).kinds());
        for (Speaker refused : List.of(berta, carla)) {
            assertEquals(
                    0,
                    rig.redis.exists(
                            Keys.conversation(refused.conversation()),
                            Keys.log(partition(refused)),
                            Keys.dedupe(partition(refused))));
        }
    }

    @Test
    void eachBlockHasItsOwnEpoch() {
        rig.redis.hset(Keys.partition(partition(berta)), "epoch", bytes(berta.epoch() + 7));
        Speaker later = berta.in(berta.epoch() + 7);
        List<Outcome> outcomes = rig.append(
                ScriptRig.WIDE, block(ana, ana.opening(ana.says("1"))), block(later, later.opening(later.says("2"))));

        assertEquals(List.of('o', 'o'), statuses(outcomes));
        assertEquals(Integer.toString(ana.epoch()), rig.field(Keys.conversation(ana.conversation()), "e"));
        assertEquals(Integer.toString(later.epoch()), rig.field(Keys.conversation(later.conversation()), "e"));
    }

    @Test
    void aBlockThatFailsStopsNoOther() {
        rig.redis.set(Keys.log(partition(berta)), "no log".getBytes(StandardCharsets.UTF_8));
        List<Outcome> outcomes = rig.append(
                ScriptRig.WIDE,
                block(ana, ana.opening(ana.says("1"))),
                block(berta, berta.opening(berta.says("2"))),
                block(carla, carla.opening(carla.says("3"))));

        assertEquals(List.of('o', 'f', 'o'), statuses(outcomes));
        assertEquals(1, rig.redis.xlen(Keys.log(partition(carla))));
    }

    @Test
    void knowsDuplicatesInEveryBlock() {
        MessageRecord first = berta.says("1");
        MessageRecord twice = ana.says("2");
        rig.append(berta.epoch(), berta.opening(first));
        List<Outcome> outcomes = rig.append(
                ScriptRig.WIDE,
                block(ana, ana.opening(twice, ana.says("3"), ana.repeats(twice, "2"))),
                block(berta, berta.going(berta.says("4"), berta.repeats(first, "1"), berta.repeats(first, "other"))));

        assertEquals("AAD", outcomes.get(0).kinds());
        assertEquals("ADX", outcomes.get(1).kinds());
        assertEquals(first.messageId(), outcomes.get(1).answers().get(1).messageId());
        assertEquals(
                new Position(berta.epoch(), 1), outcomes.get(1).answers().get(1).position());
    }

    @Test
    void anIdOfOnePartitionIsUnknownInAnother() {
        MessageRecord said = ana.says("1");
        Speaker inBertas = new Speaker(berta.conversation(), berta.owner(), ana.name(), ana.role(), berta.epoch());
        rig.append(berta.epoch(), berta.opening(berta.says("0")));
        List<Outcome> outcomes = rig.append(
                ScriptRig.WIDE,
                block(ana, ana.opening(said)),
                block(berta, inBertas.going(inBertas.repeats(said, "1"))));

        assertEquals("A", outcomes.get(0).kinds());
        assertEquals("A", outcomes.get(1).kinds());
    }

    @Test
    void countsTheBacklogOfEachPartition() {
        List<Outcome> outcomes = rig.append(
                new Limits(2, 100, 1_000_000),
                block(ana, ana.opening(ana.says("1"), ana.says("2"), ana.says("3"))),
                block(berta, berta.opening(berta.says("4"), berta.says("5"))));

        assertEquals("AAB", outcomes.get(0).kinds());
        assertEquals("AA", outcomes.get(1).kinds());
    }

    @Test
    void rotatesDedupeWhereItIsFullOnly() {
        Limits two = new Limits(1_000, 2, 1_000_000);
        MessageRecord first = ana.says("1");
        MessageRecord second = berta.says("2");
        rig.append(two, block(ana, ana.opening(first, ana.says("0"))), block(berta, berta.opening(second)));
        List<Outcome> outcomes = rig.append(
                two,
                block(ana, ana.going(ana.says("3"), ana.repeats(first, "1"))),
                block(berta, berta.going(berta.says("4"), berta.repeats(second, "2"))));

        assertEquals("AD", outcomes.get(0).kinds());
        assertEquals("AD", outcomes.get(1).kinds());
        assertEquals(2, rig.redis.hlen(Keys.dedupeBefore(partition(ana))));
        assertEquals(1, rig.redis.hlen(Keys.dedupe(partition(ana))));
        assertEquals("1", rig.field(Keys.partition(partition(ana)), "ids"));
        assertEquals(0, rig.redis.exists(Keys.dedupeBefore(partition(berta))));
        assertEquals(2, rig.redis.hlen(Keys.dedupe(partition(berta))));
        assertEquals("2", rig.field(Keys.partition(partition(berta)), "ids"));
    }

    @Test
    void refusesTooManyInAllBlocksTogetherBeforeAnythingIsWritten() {
        long before = rig.redis.dbsize();
        assertThrows(
                RedisException.class,
                () -> rig.append(ScriptRig.WIDE, block(ana, saying(ana, 1_000)), block(berta, saying(berta, 1_001))));
        assertEquals(before, rig.redis.dbsize());

        List<Outcome> outcomes =
                rig.append(ScriptRig.WIDE, block(ana, saying(ana, 1_000)), block(berta, saying(berta, 1_000)));
        assertEquals(
                List.of("A1000", "A1000"), outcomes.stream().map(Outcome::rows).toList());
    }

    private static Group saying(Speaker speaker, int messages) {
        return speaker.group(
                'o',
                10_000,
                1,
                IntStream.range(0, messages)
                        .mapToObj(i -> speaker.says("m" + i))
                        .toArray(MessageRecord[]::new));
    }

    private static Speaker prepared(String owner) {
        return Speaker.owner(owner, rig.prepare(Partition.ofOwner(owner)));
    }

    private static Partition partition(Speaker speaker) {
        return speaker.conversation().partition();
    }

    private static Block block(Speaker speaker, Group... groups) {
        return new Block(speaker.epoch(), List.of(groups));
    }

    private static List<Character> statuses(List<Outcome> outcomes) {
        return outcomes.stream().map(Outcome::status).toList();
    }

    private static byte[] bytes(int number) {
        return Integer.toString(number).getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> ownersOfDifferentPartitions() {
        return Partition.all().stream()
                .map(partition -> IntStream.iterate(0, i -> i + 1)
                        .mapToObj(i -> "owner" + i)
                        .filter(owner -> Partition.ofOwner(owner).equals(partition))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }
}
