package dev.switchboard.benchmarks.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadOptionsTest {
    @Test
    void measuresBothModesByDefault() {
        LoadOptions options = LoadOptions.parse(new String[] {"mode=true", "users=", "jvm="});

        assertEquals(List.of(LoadOptions.Mode.SATURATED, LoadOptions.Mode.OPEN), options.modes());
        assertEquals(new LoadOptions.Crew(100, 32, 200), options.crew());
        assertEquals(Duration.ofSeconds(20), options.times().warmup());
        assertEquals(5_000, options.perSecond());
    }

    @Test
    void takesWhatIsGiven() {
        LoadOptions options =
                LoadOptions.parse(new String[] {"mode=open", "rate=250", "body=64", "jvm=-Xlog:gc=info", "settle=9"});

        assertEquals(List.of(LoadOptions.Mode.OPEN), options.modes());
        assertEquals(250, options.perSecond());
        assertEquals(64, options.crew().bodyBytes());
        assertEquals("-Xlog:gc=info", options.jvm());
        assertEquals(Duration.ofSeconds(9), options.times().settle());
    }

    @Test
    void saysWhatIsWrong() {
        assertTrue(problem("users=0").contains("users is a number from 2 to 4096, not 0"));
        assertTrue(problem("rate=fast").contains("not fast"));
        assertTrue(problem("mode=slow").contains("not slow"));
        assertTrue(problem("user=3").contains("no option: user=3"));
        assertTrue(problem("users").contains("no option: users"));
    }

    private static String problem(String argument) {
        return String.valueOf(
                assertThrows(IllegalArgumentException.class, () -> LoadOptions.parse(new String[] {argument}))
                        .getMessage());
    }
}
