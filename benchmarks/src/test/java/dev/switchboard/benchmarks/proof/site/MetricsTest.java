package dev.switchboard.benchmarks.proof.site;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class MetricsTest {
    @Test
    void sumsOverLabels() {
        Metrics metrics = Metrics.parse("""
                # HELP a_total How many
                # TYPE a_total counter
                a_total{code="X",} 2.0
                a_total{code="Y y"} 3.5
                b 1.0E3
                c NaN
                """);

        assertEquals(OptionalDouble.of(5.5), metrics.sum("a_total"));
        assertEquals(OptionalDouble.of(1_000), metrics.sum("b"));
        assertEquals(OptionalDouble.empty(), metrics.sum("d"));
    }
}
