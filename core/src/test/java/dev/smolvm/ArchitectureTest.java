package dev.smolvm;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The packages' allowed edges. ARCHITECTURE.md shows them. */
class ArchitectureTest {
    private static final String BASE = "dev.smolvm.";

    /** Each package with those it may use. */
    private static final Map<String, Set<String>> ALLOWED = new LinkedHashMap<>();

    static {
        allow("error");
        allow("json");
        allow("progress");
        allow("os", "error");
        allow("store", "error", "json", "os");
        allow("disk", "error", "store");
        allow("vmm", "error", "json", "os", "store");
        allow("vmm.qemu", "vmm", "error", "json", "os", "store");
        allow("vmm.firecracker", "vmm", "error", "json", "os", "store");
        allow("vmms", "vmm", "vmm.qemu", "vmm.firecracker", "error", "store");
        allow("guest", "error");
        allow("guest.transfer", "error");
        allow("guest.agent", "guest", "guest.transfer", "error", "os");
        allow("guest.ssh", "guest", "guest.transfer", "error", "store");
        allow("guest.connect", "guest", "guest.agent", "guest.ssh");
        allow("image", "progress", "disk", "error", "json", "os", "store");
        allow("host", "vmm", "vmms", "error", "json", "os", "store");
        allow(
                "sandbox",
                "progress",
                "image",
                "disk",
                "guest",
                "guest.ssh",
                "vmm",
                "vmms",
                "error",
                "json",
                "os",
                "store");
        allow(
                "snapshot",
                "progress",
                "sandbox",
                "image",
                "disk",
                "guest",
                "vmm",
                "vmms",
                "error",
                "json",
                "os",
                "store");
        allow("fork", "progress", "snapshot", "sandbox", "guest", "error", "os", "store");
        allow(
                "template",
                "progress",
                "snapshot",
                "sandbox",
                "image",
                "guest",
                "vmm",
                "vmms",
                "error",
                "json",
                "os",
                "store");
        allow("upkeep", "progress", "snapshot", "sandbox", "image", "disk", "vmm", "error", "json", "os", "store");
        allow("history", "progress", "snapshot", "sandbox", "error", "store");
        allow("checkpoint", "progress", "history", "snapshot", "sandbox", "guest", "error", "store");
        allow("archive", "progress", "snapshot", "sandbox", "image", "disk", "vmm", "error", "json", "os", "store");
        allow(
                "inspect",
                "progress",
                "snapshot",
                "sandbox",
                "image",
                "disk",
                "guest",
                "guest.transfer",
                "vmm",
                "vmms",
                "error",
                "os",
                "store");
        allow(
                "",
                "inspect",
                "archive",
                "checkpoint",
                "history",
                "snapshot",
                "sandbox",
                "image",
                "guest.connect",
                "vmms",
                "store",
                "upkeep",
                "fork",
                "template");
    }

    private static JavaClasses library;

    private static void allow(String component, String... used) {
        ALLOWED.put(component, Set.of(used));
    }

    @BeforeAll
    static void read() {
        library = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.smolvm");
    }

    @Test
    void packages_use_only_those_they_may() {
        Map<String, Set<String>> wrong = new TreeMap<>();
        Map<String, Set<String>> unused = new TreeMap<>();
        ALLOWED.forEach((from, to) -> unused.put(from, new TreeSet<>(to)));
        for (JavaClass each : library) {
            String from = component(each);
            assertThat(ALLOWED).as("where " + each.getName() + " belongs").containsKey(from);
            for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (target.getPackageName().startsWith("dev.smolvm")) {
                    unused.get(from).remove(component(target));
                }
                if (target.getPackageName().startsWith("dev.smolvm")
                        && !component(target).equals(from)
                        && !ALLOWED.get(from).contains(component(target))) {
                    wrong.computeIfAbsent(from + " -> " + component(target), _ -> new TreeSet<>())
                            .add(dependency.getDescription());
                }
            }
        }
        assertThat(wrong).isEmpty();
        unused.values().removeIf(Set::isEmpty);
        assertThat(unused).as("edges that nothing uses any more").isEmpty();
    }

    @Test
    void the_document_shows_the_same_edges() throws IOException {
        Map<String, Set<String>> documented = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("..", "ARCHITECTURE.md"))) {
            Matcher row = Pattern.compile("\\| `([a-zA-Z.]+)` \\|.*\\|((?: `[a-zA-Z.]+`)*) \\|")
                    .matcher(line);
            if (row.matches()) {
                documented.put(
                        row.group(1),
                        new TreeSet<>(
                                Set.of(row.group(2).strip().replace("`", "").split(" +"))));
                documented.get(row.group(1)).remove("");
            }
        }
        Map<String, Set<String>> allowed = new TreeMap<>();
        ALLOWED.forEach((from, to) -> allowed.put(
                documentedName(from),
                to.stream().map(ArchitectureTest::documentedName).collect(Collectors.toSet())));
        // Said in words below the table.
        allowed.remove("progress");
        allowed.values().forEach(to -> to.remove("progress"));
        assertThat(documented).isEqualTo(allowed);
    }

    private static String documentedName(String component) {
        return switch (component) {
            case "" -> "dev.smolvm";
            case "vmms" -> "vmm.Vmms";
            default -> component;
        };
    }

    @Test
    void the_allowed_edges_have_no_cycle() {
        for (String component : ALLOWED.keySet()) {
            assertThat(reachable(component, new TreeSet<>())).doesNotContain(component);
        }
    }

    private static Set<String> reachable(String from, Set<String> seen) {
        for (String to : ALLOWED.get(from)) {
            if (seen.add(to)) {
                reachable(to, seen);
            }
        }
        return seen;
    }

    @Test
    void only_the_choice_of_vmms_names_a_backend() {
        for (String backend : new String[] {"vmm.qemu", "vmm.firecracker"}) {
            noClasses()
                    .that(describe(
                            "are neither the backend's nor the choice",
                            c -> !c.getPackageName().equals(BASE + backend)
                                    && !component(c).equals("vmms")))
                    .should()
                    .dependOnClassesThat(resideInAPackage(BASE + backend + ".."))
                    .check(library);
        }
    }

    @Test
    void each_foreign_library_is_used_in_one_place() {
        only("com.fasterxml..", "dev.smolvm.json");
        only("org.apache.sshd..", "dev.smolvm.guest.ssh");
        only("org.apache.commons.compress..", "dev.smolvm.image");
        only("com.github.luben..", "dev.smolvm.image", "dev.smolvm.archive");
        only("com.github.difflib..", "dev.smolvm.inspect");
        only("java.lang.foreign..", "dev.smolvm.os");
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "dev.smolvm..",
                        "java..",
                        "com.fasterxml..",
                        "org.apache.sshd..",
                        "org.apache.commons.compress..",
                        "com.github.luben..",
                        "com.github.difflib.."))
                .check(library);
    }

    private static void only(String foreign, String... packages) {
        noClasses()
                .that(describe("are outside " + Arrays.toString(packages), c -> !Arrays.asList(packages)
                        .contains(c.getPackageName())))
                .should()
                .dependOnClassesThat(resideInAPackage(foreign))
                .check(library);
    }

    /** A sandbox that has an agent must not load an SSH client: it costs a tenth of a second. */
    @Test
    void the_ssh_client_is_loaded_only_where_it_is_used() {
        DescribedPredicate<JavaClass> connector = describe(
                "SshConnector or SshKeyPair",
                c -> c.getSimpleName().equals("SshConnector")
                        || c.getSimpleName().equals("SshKeyPair"));
        noClasses()
                .that(describe("are outside guest.ssh", c -> !c.getPackageName().equals("dev.smolvm.guest.ssh")))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.smolvm.guest.ssh").and(DescribedPredicate.not(connector)))
                .check(library);
    }

    @Test
    void only_programs_that_must_outlive_us_or_speak_to_us_are_started_outside_os() {
        noClasses()
                .that(describe(
                        "start no VMM",
                        c -> !c.getPackageName().equals("dev.smolvm.os")
                                && !c.getPackageName().equals("dev.smolvm.vmm.qemu")
                                && !c.getPackageName().equals("dev.smolvm.vmm.firecracker")))
                .should()
                .dependOnClassesThat(describe("ProcessBuilder", c -> c.isEquivalentTo(ProcessBuilder.class)))
                .check(library);
    }

    @Test
    void nothing_in_the_library_ends_the_process_or_prints() {
        noClasses()
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(library);
    }

    /** A package, without what all names begin with; three classes are components of their own. */
    private static String component(JavaClass javaClass) {
        String outer = javaClass.getName().replaceFirst("\\$.*", "");
        return switch (outer) {
            // At the bottom, in the package that its users name.
            case "dev.smolvm.Progress" -> "progress";
            // The one place that knows all VMMs.
            case "dev.smolvm.vmm.Vmms" -> "vmms";
            default -> {
                String name = javaClass.getPackageName();
                yield name.equals("dev.smolvm") ? "" : name.substring(BASE.length());
            }
        };
    }
}
