package dev.switchboard.gateway.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.gateway.LeakCheck;
import dev.switchboard.proto.v1.RefusalCode;
import dev.switchboard.wire.Keys;
import dev.switchboard.wire.Partition;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The rounds of one event loop against a real Redis, alone and as a Cluster of one. */
@ExtendWith(LeakCheck.class)
class LoopLogIT {
    /** An owner of each partition. */
    private static final List<String> OWNERS = Partition.all().stream()
            .map(partition -> IntStream.iterate(0, i -> i + 1)
                    .mapToObj(i -> "owner" + i)
                    .filter(owner -> Partition.ofOwner(owner).equals(partition))
                    .findFirst()
                    .orElseThrow())
            .toList();

    @TempDir
    Path directory;

    @Test
    void aRoundOverAllPartitionsIsOneCall() {
        try (LogRig rig = new LogRig(directory, LogRig.Kind.ALONE)) {
            rig.fitness.saysItIsOneServer(true);
            rig.redis.configResetstat();
            assertAccepted(rig.say(OWNERS, 3));

            assertEquals(1, rig.evalshaCalls());
            for (Partition partition : Partition.all()) {
                assertEquals(1, rig.redis.xlen(Keys.log(partition)));
                assertEquals("3", rig.redis.hget(Keys.partition(partition), "count"));
            }
        }
    }

    @Test
    void aPartitionHasACallOfItsOwnUntilItIsKnownThatRedisIsNoCluster() {
        try (LogRig rig = new LogRig(directory, LogRig.Kind.ALONE)) {
            rig.redis.configResetstat();
            assertAccepted(rig.say(OWNERS, 1));
            assertEquals(OWNERS.size(), rig.evalshaCalls());

            rig.monitorLooks();
            assertTrue(rig.fitness.reachesAllPartitions());
        }
    }

    @Test
    void aPartitionHasACallOfItsOwnOnACluster() {
        try (LogRig rig = new LogRig(directory, LogRig.Kind.CLUSTER)) {
            rig.monitorLooks();
            assertFalse(rig.fitness.reachesAllPartitions());
            assertAccepted(rig.say(OWNERS, 3));

            assertEquals(OWNERS.size(), rig.callsMetered());
            for (Partition partition : Partition.all()) {
                assertEquals(1, rig.redis.xlen(Keys.log(partition)));
            }
        }
    }

    @Test
    void whatOnlySaysThatItIsOneServerGetsCallsOfOnePartition() {
        try (LogRig rig = new LogRig(directory, LogRig.Kind.CLUSTER)) {
            rig.fitness.saysItIsOneServer(true);
            rig.redis.configResetstat();
            List<AppendAnswer> answers = rig.say(OWNERS, 2);

            assertAccepted(answers);
            rig.fitness.saysItIsOneServer(true);
            assertFalse(rig.fitness.reachesAllPartitions());
            for (Partition partition : Partition.all()) {
                assertEquals("2", rig.redis.hget(Keys.partition(partition), "count"));
            }
        }
    }

    @Test
    void aCallHoldsNoMoreMessagesThanItsBound() {
        try (LogRig rig = new LogRig(directory, LogRig.Kind.ALONE)) {
            rig.fitness.saysItIsOneServer(true);
            rig.redis.configResetstat();
            assertAccepted(rig.say(OWNERS, 100));

            // Two blocks of a hundred fit into a call, three don't.
            assertEquals(OWNERS.size() / 2, rig.evalshaCalls());
        }
    }

    @Test
    void anEpochIsRaisedInItsPartitionOnly() {
        try (LogRig rig = new LogRig(directory, LogRig.Kind.ALONE)) {
            rig.fitness.saysItIsOneServer(true);
            rig.say(OWNERS, 1);
            Partition raised = Partition.ofOwner(OWNERS.get(3));
            int epoch = rig.fitness.epoch(raised);
            rig.redis.hset(Keys.partition(raised), "epoch", Integer.toString(epoch + 9));
            List<AppendAnswer> answers = rig.say(OWNERS, 2);

            assertAccepted(answers);
            for (AppendAnswer answer : answers) {
                AppendAnswer.Accepted accepted = (AppendAnswer.Accepted) answer;
                Partition partition = accepted.conversation().partition();
                assertEquals(rig.fitness.epoch(partition), accepted.position().epoch());
            }
            assertEquals(epoch + 9, rig.fitness.epoch(raised));
            List<AppendAnswer> ofTheRaised = answers.stream()
                    .filter(answer -> ((AppendAnswer.Accepted) answer)
                            .conversation()
                            .partition()
                            .equals(raised))
                    .toList();
            assertEquals(
                    List.of(2, 3),
                    ofTheRaised.stream()
                            .map(answer ->
                                    ((AppendAnswer.Accepted) answer).position().seq())
                            .toList());
            assertTrue(answers.indexOf(ofTheRaised.get(0)) >= answers.size() - 2, "the others did not wait for it");
        }
    }

    @Test
    void aPartitionWhoseKeysAreBrokenTakesNoOtherAlong() {
        try (LogRig rig = new LogRig(directory, LogRig.Kind.ALONE)) {
            rig.fitness.saysItIsOneServer(true);
            Partition broken = Partition.ofOwner(OWNERS.get(5));
            rig.redis.set(Keys.log(broken), "no log");
            List<AppendAnswer> answers = rig.say(OWNERS, 1);

            List<AppendAnswer> refused = answers.stream()
                    .filter(answer -> answer instanceof AppendAnswer.Refused)
                    .toList();
            assertEquals(List.of(new AppendAnswer.Refused(RefusalCode.UNAVAILABLE)), refused);
            assertEquals(1, rig.redis.xlen(Keys.log(Partition.ofOwner(OWNERS.get(6)))));
        }
    }

    private static void assertAccepted(List<AppendAnswer> answers) {
        answers.forEach(answer -> assertInstanceOf(AppendAnswer.Accepted.class, answer));
    }
}
