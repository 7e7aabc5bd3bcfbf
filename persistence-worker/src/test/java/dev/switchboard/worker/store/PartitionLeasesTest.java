package dev.switchboard.worker.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.switchboard.wire.Partition;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PartitionLeasesTest {
    @Test
    void sharesAddUpAndDifferByOneAtMost() {
        for (int count = 1; count <= 20; count++) {
            List<String> workers =
                    IntStream.range(0, count).mapToObj(i -> "worker-" + i).toList();
            List<Integer> shares = workers.stream()
                    .map(worker -> PartitionLeases.share(workers, worker))
                    .toList();
            assertEquals(
                    Partition.COUNT, shares.stream().mapToInt(Integer::intValue).sum());
            int most = shares.stream().mapToInt(Integer::intValue).max().orElseThrow();
            int least = shares.stream().mapToInt(Integer::intValue).min().orElseThrow();
            assertEquals(Partition.COUNT % count == 0 ? 0 : 1, most - least);
        }
    }

    @Test
    void whoIsNotKnownToBeAliveGetsNothing() {
        assertEquals(0, PartitionLeases.share(List.of("other"), "me"));
    }
}
