package dev.smolvm.bench.lab;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.image.ImageRequest;
import dev.smolvm.image.Images;
import dev.smolvm.os.Command;
import dev.smolvm.os.Uninterrupted;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Where a run works: a store, and a directory beside it. Everything it makes has a name that begins with {@value #PREFIX}, and
 * goes when the run begins and when it ends, so that not even a run that was killed leaves a VM for long. Images stay.
 */
public final class Lab implements AutoCloseable {
    private static final String PREFIX = "smolbench-";
    private static final String LOCK = "lock";
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(60);
    private static final ImageName IMAGE = new ImageName("tiny");

    private final Path project;
    private final Form form;
    private final SmolVm vm;
    private final Path work;
    private final FileLock lock;

    private Lab(Path project, Form form, SmolVm vm, Path work, FileLock lock) {
        this.project = project;
        this.form = form;
        this.vm = vm;
        this.work = work;
        this.lock = lock;
    }

    /**
     * Opens the store, and clears it of what earlier runs left.
     *
     * @param project the checkout, whose {@code smolvm} is measured
     * @throws SmolVmException conflict: another run works in this store
     */
    public static Lab open(Path project, Path store, Form form) throws IOException {
        Path work = store.toAbsolutePath().normalize().resolveSibling(store.getFileName() + "-bench");
        Files.createDirectories(work);
        FileLock lock = lock(work.resolve(LOCK));
        if (lock == null) {
            throw new SmolVmException(
                    ErrorKind.CONFLICT, "another run measures in the store " + store, "wait for its end");
        }
        Lab lab = new Lab(project, form, SmolVm.open(store, LOCK_TIMEOUT), work, lock);
        lab.sweep();
        return lab;
    }

    /** Null where another process, or another part of this one, has it. */
    private static FileLock lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Then as if another process had it.
        }
        if (lock == null) {
            channel.close();
        }
        return lock;
    }

    public Form form() {
        return form;
    }

    public SmolVm vm() {
        return vm;
    }

    public GuestShell guests() {
        return new GuestShell(vm);
    }

    /** The image that everything is measured with, {@code smolvm image build tiny}: made when it is first needed, and kept. */
    public ImageName image() {
        if (vm.images().find(IMAGE).isEmpty()) {
            vm.images().build(new ImageRequest.Tiny(IMAGE), Images.IfExists.FAIL, Progress.NONE, note -> {});
        }
        return IMAGE;
    }

    /** The checkout that is measured, built. */
    public Path project() {
        return project;
    }

    /** A command line of {@code smolvm} with this store. */
    public Command command(String... arguments) {
        return Command.of(project.resolve("smolvm").toString(), arguments)
                .environment("SMOLVM_HOME", vm.store().layout().root().toString());
    }

    /** A name for a sandbox of the run. */
    public SandboxName name(String purpose) {
        return new SandboxName(PREFIX + purpose);
    }

    /** A new, empty directory on the store's file system; the run removes it at its end. */
    public Path directory(String purpose) throws IOException {
        return Files.createTempDirectory(work, purpose + "-");
    }

    /** One CPU, the image's disk, and so much memory, in MiB. */
    public SandboxRequest request(SandboxName name, int memoryMib) {
        SandboxRequest base = SandboxRequest.of(image());
        return new SandboxRequest(
                Optional.of(name),
                base.image(),
                memoryMib,
                base.cpus(),
                base.diskBytes(),
                base.backend(),
                base.accelerator(),
                base.network(),
                base.drives(),
                base.mounts(),
                base.bootTimeout(),
                base.sshKey());
    }

    /** A sandbox that runs. */
    public void create(SandboxName name, int memoryMib) {
        vm.sandboxes().create(request(name, memoryMib), Progress.NONE);
    }

    /** Ends a sandbox and removes its snapshots, whether or not it came into being. */
    public void discard(SandboxName name) {
        sweep(name::equals);
    }

    /** Removes all sandboxes and snapshots of runs, this one's and of any before. */
    private void sweep() {
        sweep(name -> name.value().startsWith(PREFIX));
        removeFiles();
    }

    private void sweep(Predicate<SandboxName> goes) {
        for (SandboxInfo sandbox : vm.sandboxes().list()) {
            if (goes.test(sandbox.name())) {
                vm.sandboxes().delete(sandbox.name(), true);
            }
        }
        List<SnapshotInfo> left = new ArrayList<>(vm.snapshots().list(Optional.empty()));
        // A diff goes before what it rests on.
        for (SnapshotInfo snapshot : left.reversed()) {
            if (goes.test(snapshot.sandbox())) {
                vm.snapshots().delete(snapshot.id());
            }
        }
    }

    private void removeFiles() {
        try (Stream<Path> files = Files.walk(work)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(work) && !file.equals(work.resolve(LOCK))) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        Uninterrupted.run(this::sweep);
        lock.channel().close();
    }
}
