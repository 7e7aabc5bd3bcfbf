package dev.switchboard.benchmarks.proof.sabotage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.switchboard.benchmarks.proof.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each sabotage still fits the product. Whether each is caught takes minutes, and is what the rig itself runs. */
class SabotageTest {
    private static final Path ROOT = Machine.workingTree();

    @TempDir
    private Path dir;

    @ParameterizedTest
    @EnumSource
    void fitsTheProduct(Sabotage sabotage) throws IOException {
        SabotagedBuild.make(sabotage, ROOT, dir.resolve("sabotaged"));

        for (Edit edit : sabotage.edits()) {
            String built = edit.file().replaceFirst("^(java|resources)/", "").replaceFirst("\\.java$", ".class");
            assertTrue(Files.isRegularFile(dir.resolve("sabotaged").resolve(built)), built);
        }
    }

    @Test
    void leavesNothingOfTheSabotageBefore() throws IOException {
        SabotagedBuild.make(Sabotage.TRIM_BY_LENGTH, ROOT, dir.resolve("sabotaged"));
        SabotagedBuild.make(Sabotage.SKIP_CATCH_UP, ROOT, dir.resolve("sabotaged"));

        try (Stream<Path> files = Files.walk(dir.resolve("sabotaged"))) {
            assertTrue(files.noneMatch(file -> file.toString().endsWith(".lua")));
        }
    }

    @Test
    void tellsWhenTheProductHasChanged() throws IOException {
        Path file = dir.resolve("proto/src/main/resources/redis/mark.lua");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "return 1\nreturn 1\n");

        assertTrue(problem("return 2").contains("no more"));
        assertTrue(problem("return 1").contains("more than once"));
        assertTrue(problem("return").contains("more than once"));
    }

    @Test
    void isKnownByItsName() {
        assertEquals(List.of(Sabotage.DEDUPE_OFF), Sabotage.named(List.of("dedupe-off")));
        assertEquals(List.of(Sabotage.values()), Sabotage.named(List.of("all")));
        assertEquals(List.of(), Sabotage.named(List.of()));
        assertThrows(IllegalArgumentException.class, () -> Sabotage.named(List.of("dedupe")));
    }

    private String problem(String find) {
        List<Edit> edits = List.of(Edit.script("mark", find, ""));
        return String.valueOf(assertThrows(IllegalStateException.class, () -> Edit.apply(dir, edits))
                .getMessage());
    }
}
