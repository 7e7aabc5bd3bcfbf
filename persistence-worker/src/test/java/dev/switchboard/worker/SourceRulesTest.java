package dev.switchboard.worker;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What must not stand in the code. */
class SourceRulesTest {
    private static final JavaClasses WORKER = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.switchboard.worker");

    @Test
    void onlyTheCompositionRootSeesEverything() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("root")
                .definedBy("dev.switchboard.worker")
                .layer("batch")
                .definedBy("dev.switchboard.worker.batch")
                .layer("letters")
                .definedBy("dev.switchboard.worker.letters")
                .layer("store")
                .definedBy("dev.switchboard.worker.store")
                .layer("log")
                .definedBy("dev.switchboard.worker.log")
                .whereLayer("root")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("batch")
                .mayOnlyBeAccessedByLayers("root")
                .whereLayer("letters")
                .mayOnlyBeAccessedByLayers("root")
                .whereLayer("store")
                .mayOnlyBeAccessedByLayers("root", "batch", "letters")
                .check(WORKER);
        slices().matching("dev.switchboard.worker.(*)..")
                .should()
                .beFreeOfCycles()
                .check(WORKER);
    }

    @Test
    @Tag("T5")
    @Tag("F17")
    void nothingTrimsByLength() throws IOException {
        Pattern byLength = Pattern.compile("XTRIM[^\\n]*MAXLEN|MAXLEN[^\\n]*XTRIM|xtrim\\([^;]*maxlen|maxlen\\(");
        for (Path file : sources()) {
            String text = Files.readString(file);
            assertFalse(
                    byLength.matcher(text).find()
                            || byLength.matcher(text.toUpperCase(Locale.ROOT)).find(),
                    file + " trims by length");
        }
    }

    @Test
    @Tag("SEC32")
    void sqlIsMadeOfConstantsAndParameters() throws IOException {
        // Statements are concatenated from constants only; a value never is. What to look for: createStatement outside
        // the one
        // place that sets up the session, and values joined into SQL.
        List<String> found = new ArrayList<>();
        for (Path file : sources()) {
            String text = Files.readString(file);
            if (text.contains("createStatement(") && !file.endsWith("Database.java")) {
                found.add(file.getFileName().toString());
            }
            if (Pattern.compile("(SELECT|INSERT|UPDATE|DELETE) [^\"]*'\"\\s*\\+")
                    .matcher(text)
                    .find()) {
                found.add(file.getFileName() + " joins a value");
            }
        }
        assertEquals(List.of(), found);
    }

    private static List<Path> sources() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String root : List.of("src/main", "../proto/src/main")) {
            try (Stream<Path> all = Files.walk(Path.of(root))) {
                all.filter(Files::isRegularFile)
                        .filter(file -> file.toString().matches(".*\\.(java|lua|sql)"))
                        .forEach(files::add);
            }
        }
        return files;
    }
}
