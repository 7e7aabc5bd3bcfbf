package dev.switchboard.benchmarks.proof.ledger;

import dev.switchboard.wire.Position;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/** Holds what devices show against what there is. One thread. */
final class Completeness {
    private final Replay replay;
    private final IntFunction<List<View.Shown>> expected;
    private final IntPredicate dead;
    private final Findings findings;

    Completeness(Replay replay, IntFunction<List<View.Shown>> expected, IntPredicate dead, Findings findings) {
        this.replay = replay;
        this.expected = expected;
        this.dead = dead;
        this.findings = findings;
    }

    /** At most one finding for each device and lane: one hole makes everything after it differ. */
    void compare(int device, int lane) {
        View view = replay.views(device).getOrDefault(lane, new View());
        List<View.Shown> shown = view.shown();
        Position last =
                shown.isEmpty() ? Position.START : shown.get(shown.size() - 1).position();
        boolean left = replay.left(device);
        Set<View.Shown> there = new HashSet<>(shown);
        Set<View.Shown> owed = new HashSet<>();
        for (View.Shown one : expected.apply(lane)) {
            boolean beforeFloor = one.position().compareTo(view.floor()) < 0;
            boolean afterEnd = left && one.position().compareTo(last) > 0;
            if (!beforeFloor && !afterEnd) {
                owed.add(one);
                if (!there.contains(one)) {
                    findings.add(name(device) + " lacks " + describe(lane, one));
                    return;
                }
            }
        }
        for (View.Shown one : shown) {
            if (!owed.contains(one)
                    && !dead.test(one.message())
                    && one.position().compareTo(view.floor()) >= 0) {
                findings.add(name(device) + " shows what history lacks, " + describe(lane, one));
                return;
            }
        }
    }

    private String name(int device) {
        return replay.devices().get(device).name();
    }

    private String describe(int lane, View.Shown one) {
        return replay.message(one.message()) + " in " + replay.place(lane, one.position());
    }
}
