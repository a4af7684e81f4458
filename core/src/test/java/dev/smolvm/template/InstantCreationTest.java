package dev.smolvm.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.faults.LightLab;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.os.ProcessesIn;
import dev.smolvm.sandbox.SandboxContext;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.sandbox.Sandboxes;
import dev.smolvm.snapshot.FlushPolicy;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.snapshot.SnapshotRequest;
import dev.smolvm.snapshot.SnapshotType;
import dev.smolvm.snapshot.Snapshots;
import dev.smolvm.store.SandboxName;
import dev.smolvm.testing.LightGuest;
import dev.smolvm.upkeep.CheckRequest;
import dev.smolvm.upkeep.StoreObject;
import dev.smolvm.upkeep.StoreUsage;
import dev.smolvm.upkeep.Upkeep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstantCreationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private LightLab lab;

    @BeforeEach
    void open() throws IOException {
        lab = new LightLab(directory.resolve("store"));
    }

    @AfterEach
    void close() throws IOException {
        lab.close();
    }

    /** What a creation was told to be doing. */
    private static final class Steps implements Progress {
        private final List<String> steps = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();

        @Override
        public void step(String what) {
            steps.add(what);
        }

        @Override
        public void advance(long done, long total) {}

        @Override
        public void note(String text) {
            notes.add(text);
        }

        boolean madeATemplate() {
            return steps.contains("save the template");
        }

        boolean booted() {
            return steps.contains("boot");
        }
    }

    private Sandboxes sandboxes() {
        var context = lab.open(PATIENCE).context();
        return new Sandboxes(context, new InstantCreation(context));
    }

    private Steps create(String name) {
        return create(LightLab.request(new SandboxName(name)));
    }

    private Steps create(SandboxRequest request) {
        Steps steps = new Steps();
        SandboxInfo created = sandboxes().create(request, steps);
        assertThat(created.name()).isEqualTo(request.name().orElseThrow());
        return steps;
    }

    private List<Path> templates() throws IOException {
        Path all = lab.layout().templates(LightLab.IMAGE);
        if (Files.notExists(all)) {
            return List.of();
        }
        try (Stream<Path> each = Files.list(all)) {
            return each.toList();
        }
    }

    private Upkeep upkeep() {
        return new Upkeep(lab.open(PATIENCE).context());
    }

    private static SandboxRequest withMemory(String name, int mebibytes) {
        SandboxRequest like = LightLab.request(new SandboxName(name));
        return new SandboxRequest(
                like.name(),
                like.image(),
                mebibytes,
                like.cpus(),
                like.diskBytes(),
                like.backend(),
                like.accelerator(),
                like.network(),
                like.drives(),
                like.mounts(),
                like.bootTimeout(),
                like.sshKey());
    }

    @Test
    void the_first_sandbox_makes_a_template_and_the_others_start_from_it() throws IOException {
        assertThat(create("first").madeATemplate()).isTrue();
        assertThat(templates()).hasSize(1);
        Steps second = create("second");
        assertThat(second.steps).containsExactly("restore the template");
        assertThat(second.notes).isEmpty();

        assertThat(sandboxes().list().stream().map(s -> s.name().value())).containsExactly("first", "second");
        assertThat(sandboxes().list().stream().map(SandboxInfo::id)).doesNotHaveDuplicates();
        // The one that was booted for it is gone, and its VMM with it.
        assertThat(ProcessesIn.directory(lab.layout().root())).hasSize(2);
    }

    @Test
    void a_template_is_nobodys_parent_and_no_snapshot() {
        create("first");
        Snapshots snapshots = new Snapshots(lab.open(PATIENCE).context());
        assertThat(snapshots.list(Optional.empty())).isEmpty();
        assertThat(sandboxes().info(new SandboxName("first")).parent()).isEmpty();
        SnapshotInfo saved = snapshots.create(
                new SnapshotRequest(
                        new SandboxName("first"),
                        Optional.empty(),
                        SnapshotType.DIFF,
                        true,
                        false,
                        FlushPolicy.REQUIRED),
                Progress.NONE);
        assertThat(saved.parent()).isEmpty();
    }

    @Test
    void each_shape_has_a_template_of_its_own() throws IOException {
        create("first");
        assertThat(create(withMemory("larger", 128)).madeATemplate()).isTrue();
        assertThat(create(withMemory("too", 128)).madeATemplate()).isFalse();
        assertThat(templates()).hasSize(2);
    }

    @Test
    void cold_boots_and_makes_none() throws IOException {
        assertThat(create(LightLab.request(new SandboxName("first")).booted()).booted())
                .isTrue();
        assertThat(templates()).isEmpty();
    }

    @Test
    void many_at_once_make_one_template() throws Exception {
        List<Callable<Steps>> creations = IntStream.range(0, 8)
                .<Callable<Steps>>mapToObj(i -> () -> create("box" + i))
                .toList();
        try (ExecutorService threads = Executors.newFixedThreadPool(creations.size())) {
            int made = 0;
            for (Future<Steps> steps : threads.invokeAll(creations)) {
                made += steps.get().madeATemplate() ? 1 : 0;
            }
            assertThat(made).isEqualTo(1);
        }
        assertThat(templates()).hasSize(1);
        assertThat(sandboxes().list()).hasSize(8);
        assertThat(upkeep().check(new CheckRequest(true, false), Progress.NONE).findings())
                .isEmpty();
    }

    @Test
    void a_damaged_template_is_replaced_and_does_no_harm() throws IOException {
        create("first");
        for (String file : List.of("device.state", "manifest.json", "memory")) {
            Path damaged = templates().getFirst().resolve(file);
            damaged.toFile().setWritable(true);
            Files.write(damaged, new byte[] {1, 2, 3});
            Steps next = create("after-" + file.replace('.', '-'));
            assertThat(next.notes).as(file).hasSize(1).first().asString().contains("could not be used", "is damaged");
            assertThat(next.madeATemplate()).as(file).isTrue();
            assertThat(create("again-" + file.replace('.', '-')).steps)
                    .as(file)
                    .containsExactly("restore the template");
        }
    }

    @Test
    void a_name_that_is_taken_is_the_users_mistake_and_not_the_templates() throws IOException {
        create("first");
        assertThatThrownBy(() -> create("first"))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
        assertThat(templates()).hasSize(1);
        assertThatThrownBy(() -> create(SandboxName.ofTemplate(new dev.smolvm.store.SnapshotId("x"))
                        .value()))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.USAGE));
    }

    @Test
    void a_name_that_another_command_is_at_work_on_is_not_the_templates_fault() throws IOException {
        create("first");
        String before = Files.readString(templates().getFirst().resolve("manifest.json"));
        var hurried = lab.open(Duration.ofMillis(100)).context();
        try (var held = hurried.store().locks().sandbox(new SandboxName("second"))) {
            Steps steps = new Steps();
            assertThatThrownBy(() -> new Sandboxes(hurried, new InstantCreation(hurried))
                            .create(LightLab.request(new SandboxName("second")), steps))
                    .isInstanceOfSatisfying(
                            SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT));
            assertThat(steps.steps).containsExactly("restore the template");
            assertThat(steps.notes).isEmpty();
        }
        assertThat(Files.readString(templates().getFirst().resolve("manifest.json")))
                .isEqualTo(before);
    }

    /** An agent of old takes no size; a kernel may not see it in time. */
    @Test
    void what_a_template_cannot_be_given_boots_and_the_template_stays() throws IOException {
        create("first");
        String before = Files.readString(templates().getFirst().resolve("manifest.json"));
        for (ErrorKind kind : List.of(ErrorKind.INCOMPATIBLE, ErrorKind.UNEXPECTED)) {
            var like = lab.open(PATIENCE).context();
            var context = new SandboxContext(
                    like.store(),
                    like.records(),
                    like.vmms(),
                    like.images(),
                    (_, _) -> refusing(kind),
                    like.collector());
            Steps steps = new Steps();
            SandboxInfo created = new Sandboxes(context, new InstantCreation(context))
                    .create(LightLab.request(new SandboxName("after-" + kind.ordinal())), steps);
            assertThat(created.name().value()).isEqualTo("after-" + kind.ordinal());
            assertThat(steps.booted()).isTrue();
            assertThat(steps.madeATemplate()).isFalse();
            assertThat(steps.notes).singleElement().asString().contains("so it boots: no size");
        }
        assertThat(Files.readString(templates().getFirst().resolve("manifest.json")))
                .isEqualTo(before);
        assertThat(sandboxes().list()).hasSize(3);
    }

    private static LightGuest refusing(ErrorKind kind) {
        return new LightGuest() {
            @Override
            public void rejuvenate(Rejuvenation how, Duration deadline) {
                throw new SmolVmException(kind, "no size", "");
            }
        };
    }

    @Test
    void goes_with_its_image_and_leaves_its_sandboxes_alone() throws IOException {
        create("first");
        var context = lab.open(PATIENCE).context();
        context.images().remove(LightLab.IMAGE);
        assertThat(templates()).isEmpty();
        assertThat(upkeep().check(new CheckRequest(true, false), Progress.NONE).findings())
                .isEmpty();
        sandboxes().stop(new SandboxName("first"), true);
        sandboxes().start(new SandboxName("first"), PATIENCE, Progress.NONE);
    }

    @Test
    void of_a_replaced_image_is_not_used_found_and_removed() throws IOException {
        create("first");
        Path old = templates().getFirst();
        LightLab.addImage(lab.open(PATIENCE).context().store());
        assertThat(upkeep().check(new CheckRequest(false, false), Progress.NONE).findings())
                .singleElement()
                .satisfies(f -> assertThat(f.path()).isEqualTo(old));
        assertThat(create("second").madeATemplate()).isTrue();
        assertThat(templates()).hasSize(1).doesNotContain(old);
    }

    @Test
    void damage_is_found_and_repaired_by_a_check() throws IOException {
        create("first");
        Path memory = templates().getFirst().resolve("memory");
        memory.toFile().setWritable(true);
        byte[] bytes = Files.readAllBytes(memory);
        bytes[bytes.length / 2] ^= 1;
        Files.write(memory, bytes);
        assertThat(upkeep().check(new CheckRequest(true, false), Progress.NONE).findings())
                .singleElement()
                .satisfies(f -> assertThat(f.next()).isEqualTo("smolvm store check --data --repair"));
        upkeep().check(new CheckRequest(true, true), Progress.NONE);
        assertThat(templates()).isEmpty();
        assertThat(upkeep().check(new CheckRequest(true, false), Progress.NONE).findings())
                .isEmpty();
    }

    @Test
    void is_counted() {
        create("first");
        StoreUsage usage = upkeep().usage();
        assertThat(usage.templates()).isPositive();
        assertThat(usage.objects().stream().map(i -> i.object().kind())).contains(StoreObject.Kind.TEMPLATE);
    }

    /** Such names were no more than names once. */
    @Test
    void a_users_sandbox_of_old_is_no_template_whatever_it_is_called() throws IOException {
        for (String old : List.of("smolvm.dev", "smolvm.", "smolvm.-x", "smolvm.template-1")) {
            SandboxName name = new SandboxName(old);
            new dev.smolvm.sandbox.SandboxCreation(lab.open(PATIENCE).context())
                    .create(LightLab.request(name), Progress.NONE);
            assertThat(sandboxes().list()).extracting(SandboxInfo::name).contains(name);
            assertThat(Files.exists(lab.layout().sandbox(name))).isTrue();
            sandboxes().delete(name, true);
        }
    }

    @Test
    void left_half_made_is_swept_by_the_next_command() throws IOException {
        SandboxName abandoned = SandboxName.ofTemplate(new dev.smolvm.store.SnapshotId("template-0123456789abcdef"));
        new dev.smolvm.sandbox.SandboxCreation(lab.open(PATIENCE).context())
                .create(LightLab.request(abandoned), Progress.NONE);
        assertThat(sandboxes().list()).isEmpty();
        assertThat(Files.exists(lab.layout().sandbox(abandoned))).isFalse();
        assertThat(ProcessesIn.directory(lab.layout().root())).isEmpty();
    }
}
