package dev.switchboard.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.switchboard.servers.InputBudget;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Settings: each is read or is a mistake, never an exception, and what is printed as being in effect means the same again. */
class EnvironmentFuzzTest {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final long SMALLEST = 1;
    private static final long LARGEST = Long.MAX_VALUE;

    @MethodSource("values")
    @FuzzTest(maxDuration = "10m")
    void value(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        check(text, environment -> environment.duration("VALUE", "1s", SHORTEST, LONGEST));
        check(text, environment -> environment.size("VALUE", "1KiB", SMALLEST, LARGEST));
        check(text, environment -> environment.number("VALUE", 1, -1_000, 1_000));
        check(text, environment -> environment.flag("VALUE", true));
        check(text, environment -> environment.choice("VALUE", DatabaseAddress.Tls.VERIFY_CA));
        check(text, environment -> environment.list("VALUE", ""));
        InputBudget.spend(() -> checkAddress(text));
    }

    private static <T> void check(String text, Function<Environment, T> read) {
        InputBudget.spend(() -> assertNotNull(read.apply(new Environment(Map.of("SWITCHBOARD_VALUE", text)))));
        Environment environment = new Environment(Map.of("SWITCHBOARD_VALUE", text));
        T value = read.apply(environment);
        String inEffect = environment.effective().get("SWITCHBOARD_VALUE");
        assertTrue(inEffect != null, "every setting is shown");
        if (value instanceof Duration duration) {
            assertTrue(duration.compareTo(SHORTEST) >= 0 && duration.compareTo(LONGEST) <= 0);
        } else if (value instanceof Long size) {
            assertTrue(size >= SMALLEST);
        }
        Environment again = new Environment(Map.of("SWITCHBOARD_VALUE", inEffect));
        assertEquals(value, read.apply(again), inEffect);
        assertTrue(again.problems().isEmpty(), again.problems()::toString);
    }

    private static void checkAddress(String text) {
        Environment environment = new Environment(Map.of("SWITCHBOARD_MYSQL_URL", text));
        DatabaseAddress.from(environment).ifPresent(address -> {
            assertEquals(List.of(), environment.problems());
            String[] parts = address.url().split("\\?", 2);
            for (String option : parts.length < 2 || parts[1].isEmpty() ? new String[0] : parts[1].split("&", -1)) {
                assertTrue(DatabaseAddress.OPTIONS_ALLOWED.contains(option.split("=", 2)[0]), option);
            }
            assertFalse(parts[0].contains("@") || parts[0].contains("("), parts[0]);
        });
    }

    static Stream<byte[]> values() {
        return Stream.of(
                        "500ms",
                        "30s",
                        "12h",
                        "999999999d",
                        "512B",
                        "64KiB",
                        "999999999GiB",
                        "-7",
                        "2147483648",
                        "true",
                        "verify-identity",
                        "a, b,,c",
                        "jdbc:mysql://localhost:3306/switchboard",
                        "jdbc:mysql://[::1]:3306/switchboard?tlsVersions=TLSv1.3&trustCertificateKeyStoreUrl=file:/x")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }
}
