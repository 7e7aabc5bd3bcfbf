package dev.switchboard.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Which package sees which: the arrows of the design. */
class ArchitectureTest {
    private static final String ROOT = "dev.switchboard.gateway";

    private static final JavaClasses GATEWAY = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    @Test
    void arrowsRunOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("root")
                .definedBy(ROOT)
                .layer("net")
                .definedBy(ROOT + ".net..")
                .layer("api")
                .definedBy(ROOT + ".api..")
                .layer("desk")
                .definedBy(ROOT + ".desk..")
                .layer("room")
                .definedBy(ROOT + ".room..")
                .layer("log")
                .definedBy(ROOT + ".log..")
                .layer("history")
                .definedBy(ROOT + ".history..")
                .layer("session")
                .definedBy(ROOT + ".session..")
                .layer("auth")
                .definedBy(ROOT + ".auth..")
                .layer("ops")
                .definedBy(ROOT + ".ops..")
                .whereLayer("root")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("net")
                .mayOnlyBeAccessedByLayers("root")
                .whereLayer("api")
                .mayOnlyBeAccessedByLayers("root", "net")
                .whereLayer("desk")
                .mayOnlyBeAccessedByLayers("root", "api")
                .whereLayer("room")
                .mayOnlyBeAccessedByLayers("root", "api", "desk")
                .whereLayer("history")
                .mayOnlyBeAccessedByLayers("root", "api", "desk")
                .whereLayer("log")
                .mayOnlyBeAccessedByLayers("root", "api", "desk", "room", "history")
                .whereLayer("session")
                .mayOnlyBeAccessedByLayers("root", "net", "api", "desk", "room")
                .whereLayer("auth")
                .mayNotAccessAnyLayer()
                .whereLayer("ops")
                .mayNotAccessAnyLayer()
                .check(GATEWAY);
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(GATEWAY);
    }

    @Test
    void authKnowsNeitherSocketsNorRedis() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".auth..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "io.lettuce..", "java.sql..")
                .check(GATEWAY);
    }

    @Test
    void deskKnowsNeitherSocketsNorRedisNorSql() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".desk..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "io.lettuce..", "java.sql..")
                .check(GATEWAY);
    }

    @Test
    void sessionsKnowNoRedis() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".session..", ROOT + ".net..", ROOT + ".api..", ROOT + ".ops..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.lettuce..", "java.sql..")
                .check(GATEWAY);
    }
}
