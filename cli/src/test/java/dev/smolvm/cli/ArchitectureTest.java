package dev.smolvm.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.smolvm.cli.terminal.ProcessEnd;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the command line may use of the library. ARCHITECTURE.md says why. */
class ArchitectureTest {
    /** Packages of the library's that are its public face. */
    private static final Set<String> PUBLIC = Set.of(
            "dev.smolvm",
            "dev.smolvm.archive",
            "dev.smolvm.checkpoint",
            "dev.smolvm.error",
            "dev.smolvm.fork",
            "dev.smolvm.guest",
            "dev.smolvm.history",
            "dev.smolvm.host",
            "dev.smolvm.image",
            "dev.smolvm.inspect",
            "dev.smolvm.json",
            "dev.smolvm.sandbox",
            "dev.smolvm.snapshot",
            "dev.smolvm.upkeep");

    /** The names by which users know things, and what an image consists of. */
    private static final Set<String> NAMES = Set.of("SandboxName", "SnapshotId", "ImageName", "Blob", "BlobId");

    /** How the library keeps and runs sandboxes and keeps snapshots: public only for the packages beside it. */
    private static final Set<String> INSIDE = Set.of(
            "DiskChains",
            "DiskRecord",
            "GuestAccess",
            "Journal",
            "Liveness",
            "ManifestFile",
            "MemoryChain",
            "MemoryImage",
            "MemoryRecord",
            "Recovery",
            "RestoredMark",
            "SandboxContext",
            "SandboxDefinition",
            "SandboxDescription",
            "SandboxRecord",
            "SandboxRecords",
            "SavedDisk",
            "SavedFile",
            "SnapshotManifest",
            "SnapshotRecords",
            "Unfinished",
            "VmStarter",
            "VmmWatch");

    private static JavaClasses commandLine;

    @BeforeAll
    static void read() {
        commandLine = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.smolvm.cli");
    }

    @Test
    void only_the_librarys_public_face_is_used() {
        classes()
                .should()
                .onlyDependOnClassesThat(describe("are public API", c -> {
                    String name = c.getPackageName();
                    if (!name.startsWith("dev.smolvm") || name.startsWith("dev.smolvm.cli")) {
                        return true;
                    }
                    return name.equals("dev.smolvm.store")
                            ? NAMES.contains(c.getSimpleName())
                            : PUBLIC.contains(name) && !INSIDE.contains(c.getSimpleName());
                }))
                .check(commandLine);
    }

    /** A signal ends it too: with that signal's exit code, once what was begun is put right. */
    @Test
    void only_main_and_signals_end_the_process() {
        noClasses()
                .that(describe(
                        "are neither Main nor ProcessSignals",
                        c -> !c.getName().equals("dev.smolvm.cli.Main")
                                && !c.getSimpleName().equals("ProcessSignals")))
                .should()
                .callMethod(ProcessEnd.class, "now", int.class)
                .check(commandLine);
        noClasses()
                .that(describe("are not ProcessEnd", c -> !c.getSimpleName().equals("ProcessEnd")))
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .check(commandLine);
    }
}
