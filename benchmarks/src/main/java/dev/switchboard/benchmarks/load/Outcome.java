package dev.switchboard.benchmarks.load;

import dev.switchboard.benchmarks.load.report.CpuMeter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * What one run has found.
 *
 * @param window counted in the measured window alone
 * @param latency empty where there is nothing to say: a saturated run, or an open loop whose backlog grew
 * @param faults what makes the run void; empty if it is good
 */
record Outcome(
        LoadOptions.Mode mode,
        Tally.Counts window,
        CpuMeter.Reading cpu,
        Optional<Latency> latency,
        Ending ending,
        List<String> faults) {
    Outcome {
        faults = List.copyOf(faults);
    }

    /** In nanoseconds, from the instant a message was to be sent. */
    record Latency(Histogram toAccepted, Histogram toDelivery) {}

    /**
     * The run as a whole.
     *
     * @param behind accepted but not known to be stored when the window ended
     * @param stored until the last sender was told that everything is
     */
    record Ending(Tally.Counts total, long backlogMax, boolean backlogGrew, long behind, Duration stored, long rows) {}

    boolean good() {
        return faults.isEmpty();
    }

    double seconds() {
        return cpu.nanos() / 1e9;
    }
}
