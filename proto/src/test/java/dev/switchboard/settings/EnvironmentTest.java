package dev.switchboard.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentTest {
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    Path directory;

    private enum Level {
        LOW,
        VERY_HIGH
    }

    @Test
    void usesDefaultsWhereNothingIsSet() {
        Environment environment = with();
        assertEquals("x", environment.text("TEXT", "x"));
        assertEquals(Optional.empty(), environment.optionalText("OPTIONAL"));
        assertEquals(List.of("a", "b"), environment.list("LIST", "a,b"));
        assertEquals(7, environment.number("NUMBER", 7, 1, 10));
        assertTrue(environment.flag("FLAG", true));
        assertEquals(Level.LOW, environment.choice("LEVEL", Level.LOW));
        assertEquals(Duration.ofSeconds(30), environment.duration("WAIT", "30s", Duration.ZERO, DAY));
        assertEquals(65_536, environment.size("SIZE", "64KiB", 0, 1 << 30));
        assertEquals(Optional.empty(), environment.optionalSecret("SECRET"));
        assertEquals(List.of(), environment.problems());
    }

    @Test
    void tellsAllMistakesAtOnce() {
        Environment environment = with(
                "NUMBER", "ten",
                "BIG", "11",
                "FLAG", "yes",
                "LEVEL", "medium",
                "WAIT", "30",
                "LONG", "2d",
                "SIZE", "64",
                "HUGE", "2GiB");
        environment.number("NUMBER", 7, 1, 10);
        environment.number("BIG", 7, 1, 10);
        environment.flag("FLAG", true);
        environment.choice("LEVEL", Level.LOW);
        environment.duration("WAIT", "1s", Duration.ZERO, DAY);
        environment.duration("LONG", "1s", Duration.ZERO, DAY);
        environment.size("SIZE", "1KiB", 0, 1 << 30);
        environment.size("HUGE", "1KiB", 0, 1 << 30);
        environment.secret("PASSWORD");

        assertEquals(
                List.of(
                        "SWITCHBOARD_NUMBER must be a whole number, was \"ten\"",
                        "SWITCHBOARD_BIG must be 1 to 10, was 11",
                        "SWITCHBOARD_FLAG must be true or false, was \"yes\"",
                        "SWITCHBOARD_LEVEL must be one of [low, very-high], was \"medium\"",
                        "SWITCHBOARD_WAIT must be a duration with its unit, such as 500ms, 30s, 5m or 12h, was \"30\"",
                        "SWITCHBOARD_LONG must be 0s to 24h, was 2d",
                        "SWITCHBOARD_SIZE must be a size with its unit, such as 64KiB or 32MiB, was \"64\"",
                        "SWITCHBOARD_HUGE must be 0B to 1GiB, was 2GiB",
                        "SWITCHBOARD_PASSWORD is required: set it, or SWITCHBOARD_PASSWORD_FILE to a file that holds it"),
                environment.problems());
    }

    @ParameterizedTest
    @CsvSource({"500ms,500", "30s,30000", "5m,300000", "12h,43200000", "1d,86400000", "' 1s ',1000"})
    void readsDurations(String text, long millis) {
        Environment environment = with("WAIT", text);
        assertEquals(Duration.ofMillis(millis), environment.duration("WAIT", "1s", Duration.ZERO, DAY));
        assertEquals(List.of(), environment.problems());
    }

    @ParameterizedTest
    @ValueSource(strings = {"30", "30 s", "1.5s", "-1s", "s", "", "PT30S", "30S", "9999999999s", "1w"})
    void refusesDurationsWithoutAUnit(String text) {
        Environment environment = with("WAIT", text);
        environment.duration("WAIT", "1s", Duration.ZERO, DAY);
        assertEquals(1, environment.problems().size());
    }

    @ParameterizedTest
    @CsvSource({"512B,512", "64KiB,65536", "32MiB,33554432", "1GiB,1073741824"})
    void readsSizes(String text, long bytes) {
        assertEquals(bytes, with("SIZE", text).size("SIZE", "1B", 0, 1 << 30));
    }

    @ParameterizedTest
    @ValueSource(strings = {"512", "64KB", "64kib", "64K", "1.5MiB", "-1B", "", "9999999999B"})
    void refusesSizesWithoutAUnit(String text) {
        Environment environment = with("SIZE", text);
        environment.size("SIZE", "1B", 0, Long.MAX_VALUE);
        assertEquals(1, environment.problems().size());
    }

    @Test
    void readsChoicesAndLists() {
        assertEquals(Level.VERY_HIGH, with("LEVEL", "very-high").choice("LEVEL", Level.LOW));
        assertEquals(List.of("a", "b"), with("LIST", " a , ,b,").list("LIST", "c"));
    }

    @Test
    void tellsOnlyTheFirstMistakeOfAVariable() {
        Environment environment = with("NUMBER", "x");
        environment.number("NUMBER", 1, 1, 10);
        environment.problem("NUMBER", "is odd");
        environment.problem("OTHER", "is odd");
        assertEquals(2, environment.problems().size());
    }

    @Test
    @Tag("SEC36")
    void readsSecretsFromAFileOfItsOwner() throws IOException {
        Environment environment = with("SECRET_FILE", secretFile("rw-------", "geheim\n"));
        assertEquals("geheim", environment.secret("SECRET").reveal());
        assertEquals(List.of(), environment.problems());
        assertEquals("geheim", with("SECRET", "geheim").secret("SECRET").reveal());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw----r--", "rw-----w-", "rwx-----x", "rw--w----", "rw-rw----", "rw-r--r--"})
    @Tag("SEC36")
    void refusesSecretFilesThatOthersMayReadOrChange(String permissions) throws IOException {
        Environment environment = with("SECRET_FILE", secretFile(permissions, "geheim"));
        environment.secret("SECRET");
        assertEquals(1, environment.problems().size());
        assertTrue(environment.problems().get(0).startsWith("SWITCHBOARD_SECRET_FILE "));
    }

    @Test
    @Tag("SEC36")
    void acceptsSecretFilesThatOnlyAGroupMayRead() throws IOException {
        // Kubernetes mounts secrets for a group.
        Environment environment = with("SECRET_FILE", secretFile("r--r-----", "geheim"));
        environment.secret("SECRET");
        assertEquals(List.of(), environment.problems());
    }

    @Test
    @Tag("SEC36")
    void refusesSecretsGivenTwiceOrNotAtAll() throws IOException {
        Environment both = with("SECRET", "a", "SECRET_FILE", secretFile("rw-------", "b"));
        both.optionalSecret("SECRET");
        assertEquals(1, both.problems().size());

        Environment absent = with("SECRET_FILE", directory.resolve("absent").toString());
        absent.optionalSecret("SECRET");
        assertEquals(1, absent.problems().size());
    }

    @Test
    @Tag("SEC36")
    @Tag("SEC33")
    void hidesSecretsEverywhereButInTheValueItself() throws IOException {
        Environment environment = with("SECRET", "geheim", "OTHER_FILE", secretFile("rw-------", "heimlich"));
        Secret secret = environment.secret("SECRET");
        environment.secret("OTHER");
        environment.text("TEXT", "shown");

        assertEquals("(secret)", secret.toString());
        String effective = environment.effective().toString();
        assertFalse(effective.contains("geheim") || effective.contains("heimlich"), effective);
        assertTrue(effective.contains("SWITCHBOARD_SECRET=(secret)") && effective.contains("SWITCHBOARD_TEXT=shown"));
    }

    @Test
    void printsEffectiveValuesWithTheirUnits() {
        Environment environment = with("A", "90s", "B", "120m", "C", "1500ms", "D", "2048KiB", "E", "1000B");
        for (String name : List.of("A", "B", "C")) {
            environment.duration(name, "1s", Duration.ZERO, DAY);
        }
        environment.size("D", "1B", 0, 1 << 30);
        environment.size("E", "1B", 0, 1 << 30);
        assertEquals(
                "[90s, 2h, 1500ms, 2MiB, 1000B]",
                environment.effective().values().toString());
    }

    private String secretFile(String permissions, String content) throws IOException {
        Path file = Files.writeString(Files.createTempFile(directory, "secret", ""), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return file.toString();
    }

    private static Environment with(String... namesAndValues) {
        Map<String, String> variables = new java.util.HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            variables.put("SWITCHBOARD_" + namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Environment(variables);
    }
}
