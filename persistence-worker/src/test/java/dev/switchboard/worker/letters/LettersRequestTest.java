package dev.switchboard.worker.letters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.worker.letters.LettersRequest.Action;
import dev.switchboard.worker.letters.LettersRequest.Misunderstood;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LettersRequestTest {
    @Test
    void readsWhatIsAsked() throws Misunderstood {
        assertEquals(
                new LettersRequest(Action.LIST, List.of(), false, 7, 3, false, "ana"), of("list --after 7 --limit 3"));
        assertEquals(new LettersRequest(Action.SHOW, List.of(5L), false, 0, 50, true, "ana"), of("show 5 --text"));
        assertEquals(
                new LettersRequest(Action.REPLAY, List.of(5L, 6L), false, 0, 50, false, "sofia"),
                of("replay 5 --by sofia 6"));
        assertEquals(new LettersRequest(Action.DROP, List.of(), true, 0, 50, false, "ana"), of("drop --all"));
        assertEquals(LettersRequest.LIMIT_MAX, of("list --limit 999999999").limit());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "list --help", "replay --all -h"})
    void helps(String arguments) throws Misunderstood {
        assertEquals(Action.HELP, of(arguments).action());
        assertEquals(Action.HELP, LettersRequest.of(List.of(), "ana").action());
    }

    @Test
    void helpsWithEveryCommand() {
        for (Action action : Action.values()) {
            String name = action.name().toLowerCase(Locale.ROOT);
            assertTrue(action == Action.HELP || LettersRequest.HELP.contains("dead-letters " + name), name);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "burn 1",
                "list 5",
                "list --all",
                "list --limit",
                "list --limit 0",
                "show",
                "show 1 2",
                "show --all",
                "replay",
                "replay 1 --all",
                "replay one",
                "replay -1",
                "replay 1 --text",
                "drop",
                "drop 1 --after 2",
                "drop 1 --by",
                "drop 1 --by \n"
            })
    void refusesWhatCouldMeanSomethingElse(String arguments) {
        assertThrows(Misunderstood.class, () -> of(arguments));
    }

    private static LettersRequest of(String arguments) throws Misunderstood {
        return LettersRequest.of(List.of(arguments.split(" ", -1)), "ana");
    }
}
