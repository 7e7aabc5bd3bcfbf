package dev.switchboard.benchmarks.proof.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @Test
    void oneSeedIsOneSchedule() {
        assertEquals(Schedule.of(FleetPlan.usual(3, MINUTE)), Schedule.of(FleetPlan.usual(3, MINUTE)));
        assertNotEquals(Schedule.of(FleetPlan.usual(3, MINUTE)), Schedule.of(FleetPlan.usual(4, MINUTE)));
    }

    @Test
    void theUsualLoadIsTwelveThousandSendsAMinute() {
        List<Step> steps = Schedule.of(FleetPlan.usual(3, MINUTE));
        List<Step.Say> said = of(Step.Say.class, steps);
        assertEquals(12_000, said.size());
        assertEquals(0.1, share(said.stream().filter(Step.Say::admin).count(), said.size()), 0.02);
        assertTrue(said.stream().noneMatch(say -> say.staff() && !say.admin()), "only admins write notes");
        List<Step.Again> again = of(Step.Again.class, steps);
        assertEquals(0.05, share(again.size(), said.size()), 0.01);
        assertEquals(0.5, share(again.stream().filter(Step.Again::otherGateway).count(), again.size()), 0.1);
        assertEquals(Math.round(205 * 0.05 * 3), of(Step.Reconnect.class, steps).size());
    }

    @Test
    void stepsComeInTheOrderOfTimeAndRepetitionsAfterTheirFirstTry() {
        FleetPlan usual = FleetPlan.usual(5, MINUTE);
        for (FleetPlan plan : List.of(usual, usual.with(new FleetPlan.Trouble(0, 0, true)))) {
            long before = 0;
            Set<Integer> said = new HashSet<>();
            for (Step step : Schedule.of(plan)) {
                assertTrue(step.at() >= before);
                before = step.at();
                if (step instanceof Step.Say say) {
                    said.add(say.number());
                } else if (step instanceof Step.Again again) {
                    assertTrue(said.contains(again.number()), "message " + again.number());
                }
            }
        }
    }

    @Test
    void pairsRepeatEverythingThroughTheOtherGateway() {
        FleetPlan plan = FleetPlan.usual(6, Duration.ofSeconds(5)).with(new FleetPlan.Trouble(0, 0, true));
        List<Step> steps = Schedule.of(plan);
        assertEquals(1_000, of(Step.Say.class, steps).size());
        assertEquals(1_000, of(Step.Again.class, steps).size());
        assertTrue(of(Step.Again.class, steps).stream().allMatch(Step.Again::otherGateway));
    }

    @Test
    void nobodySaysAnythingWhereNothingIsToBeSaid() {
        FleetPlan usual = FleetPlan.usual(6, MINUTE);
        assertEquals(
                List.of(), Schedule.of(usual.with(usual.talk().of(0, MINUTE)).with(FleetPlan.Trouble.NONE)));
    }

    private static double share(long part, long whole) {
        return (double) part / whole;
    }

    private static <T extends Step> List<T> of(Class<T> type, List<Step> steps) {
        return steps.stream().filter(type::isInstance).map(type::cast).toList();
    }
}
