package dev.switchboard.benchmarks.proof;

import dev.switchboard.benchmarks.proof.report.RowResult.Check;
import dev.switchboard.benchmarks.proof.report.Timeline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What one row found: what had to hold and whether it did, further numbers, the picture. Grows while the row runs; one thread. */
public final class Evidence {
    private final List<Check> checks = new ArrayList<>();
    private final Map<String, String> numbers = new LinkedHashMap<>();
    private Optional<Timeline> timeline = Optional.empty();

    /** A criterion of the row's own, named by what is looked at. */
    public Evidence check(String what, String expected, String found, boolean held) {
        return add(new Check(what, expected, found, held));
    }

    public Evidence add(Check check) {
        checks.add(check);
        return this;
    }

    public Evidence addAll(List<Check> more) {
        checks.addAll(more);
        return this;
    }

    /** Worth a look, no criterion. */
    public Evidence number(String name, String value) {
        numbers.put(name, value);
        return this;
    }

    public Evidence picture(Timeline picture) {
        timeline = Optional.of(picture);
        return this;
    }

    public boolean holds() {
        return checks.stream().allMatch(Check::held);
    }

    public List<Check> checks() {
        return List.copyOf(checks);
    }

    public Map<String, String> numbers() {
        return new LinkedHashMap<>(numbers);
    }

    public Optional<Timeline> timeline() {
        return timeline;
    }
}
