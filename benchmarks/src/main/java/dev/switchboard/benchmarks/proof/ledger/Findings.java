package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.benchmarks.proof.report.RowResult;
import java.util.ArrayList;
import java.util.List;

/** What speaks against one invariant: how much, and the first cases. One thread. */
final class Findings {
    private static final int EXAMPLES_MAX = 5;

    private final List<String> examples = new ArrayList<>();
    private long count;

    void add(String finding) {
        count++;
        if (examples.size() < EXAMPLES_MAX) {
            examples.add(finding);
        }
    }

    long count() {
        return count;
    }

    /** The verdict; {@code allowed} findings are explained by something else. */
    RowResult.Check check(String id, String expected, String seen, long allowed) {
        boolean held = count <= allowed;
        String more = count > examples.size() ? "; …" : "";
        String found = count == 0 ? "none; " + seen : count + ": " + String.join("; ", examples) + more + "; " + seen;
        return new RowResult.Check(id, expected, found, held);
    }
}
