package dev.switchboard.gateway.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a gateway makes of what Redis says of itself, and of what an operator asks of it. */
class RedisFitnessTest {
    private static final LogLimits LIMITS =
            new LogLimits(1_000, 80, 100, Duration.ofHours(1), 100, 1_000_000, Duration.ofSeconds(2));

    @Test
    void takesSomethingNewAgainOnlyWellBelowTheLimitOfMemory() {
        RedisFitness redis = new RedisFitness();
        int[] steps = {79, 80, 79, 76, 75, 74, 79, 80};
        boolean[] full = {false, true, true, true, true, false, false, true};
        for (int i = 0; i < steps.length; i++) {
            redis.filled(steps[i], LIMITS.memoryPercentMax());
            assertEquals(full[i], redis.full(), "step " + i);
            assertEquals(full[i] ? 0 : 1_000, redis.backlogMessagesMax(LIMITS), "step " + i);
            assertEquals(steps[i], redis.memoryPercent());
        }
    }

    @Test
    void countsReplicasThatKeepUp() {
        String redis = """
                role:master\r
                connected_slaves:4\r
                slave0:ip=10.0.0.1,port=6379,state=online,offset=1,lag=0\r
                slave1:ip=10.0.0.2,port=6379,state=online,offset=1,lag=4\r
                slave2:ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=0\r
                slave3:ip=10.0.0.4,port=6379,state=online,offset=1,lag=31\r
                master_failover_state:no-failover\r
                """;
        assertEquals(1, RedisReplicas.keepingUp(redis));
        assertEquals(1, RedisReplicas.keepingUp("slave0:ip=::1,port=1,state=online,offset=9,lag=3,type=replica\n"));
        assertEquals(0, RedisReplicas.keepingUp(""));
    }

    @Test
    void knowsThreePromises() {
        Duration timeout = Duration.ofSeconds(5);
        assertEquals(Optional.of(new Durability.Local()), Durability.parse("local", timeout));
        assertEquals(Optional.of(new Durability.Replicated(2)), Durability.parse("replicated(2)", timeout));
        assertEquals(Optional.of(new Durability.Stored(timeout)), Durability.parse("stored", timeout));
        assertEquals(0, new Durability.Local().replicasMin());
        assertEquals(2, new Durability.Replicated(2).replicasMin());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Local", "replicated", "replicated()", "replicated(0)", "replicated(10)", "stored(1)"})
    void knowsNoOther(String text) {
        assertTrue(Durability.parse(text, Duration.ofSeconds(5)).isEmpty());
    }
}
