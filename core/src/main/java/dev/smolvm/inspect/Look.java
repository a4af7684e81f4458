package dev.smolvm.inspect;

import dev.smolvm.Progress;
import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.transfer.GuestText;
import dev.smolvm.sandbox.SandboxContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A throw-away VM in which disks are mounted. */
final class Look implements AutoCloseable {
    /** Copies are shown there under the names that the user knows them by. */
    private static final String SHOWN = "/run/shown";

    private final List<Side> sides;
    private final ThrowAwayVm vm;
    private final InspectProgram program;
    private final Progress progress;

    private Look(List<Side> sides, ThrowAwayVm vm, InspectProgram program, Progress progress) {
        this.sides = sides;
        this.vm = vm;
        this.program = program;
        this.progress = progress;
    }

    /** @param open the sides' disks, in the same order */
    static Look at(SandboxContext context, List<Side> sides, OpenDisks open, Progress progress) {
        GuestSystem system = GuestSystem.of(open.disks(), context.images());
        progress.step("boot a throw-away VM");
        ThrowAwayVm vm = ThrowAwayVm.boot(context, system, open.disks());
        try {
            Look look = new Look(sides, vm, InspectProgram.in(vm), progress);
            look.mount();
            return look;
        } catch (RuntimeException e) {
            vm.close();
            throw e;
        }
    }

    private void mount() {
        for (int i = 0; i < sides.size(); i++) {
            InspectProgram.Ended ended =
                    program.run(OutputStream.nullOutputStream(), "mount", ThrowAwayVm.serial(i), tree(i));
            if (!ended.well()) {
                throw DiskFailures.disk(sides.get(i), ended);
            }
        }
    }

    private static String tree(int side) {
        return "/run/side" + side;
    }

    TreeDiff compare(boolean checksum) {
        progress.step("compare");
        ChangeRecords records = new ChangeRecords(entries -> progress.advance(entries, 0));
        try {
            InspectProgram.Ended ended = program.run(records, checksum ? "compare-all" : "compare", tree(0), tree(1));
            if (!ended.well()) {
                throw DiskFailures.program(sides.getFirst() + " and " + sides.getLast(), ended);
            }
            return records.result(sides.getFirst(), sides.getLast());
        } catch (InvalidRecordsException e) {
            throw new SmolVmException(
                    ErrorKind.INTEGRITY,
                    "compare " + sides.getFirst() + " with " + sides.getLast()
                            + ": the throw-away VM answers nonsense: " + e.getMessage(),
                    DiskFailures.BUILT_TO_BREAK,
                    e);
        } catch (ChangeRecords.TooManyException e) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    "compare " + sides.getFirst() + " with " + sides.getLast() + ": more than "
                            + ChangeRecords.MAX_CHANGES + " differences, or " + (ChangeRecords.MAX_PATH_BYTES >> 20)
                            + " MiB of names",
                    "compare snapshots that are nearer to each other: smolvm sandbox snapshot list",
                    e);
        }
    }

    /** Empty: there is nothing. */
    Optional<byte[]> read(int side, String path, int limit) {
        progress.step("read " + GuestText.printable(path) + " in " + sides.get(side));
        Bounded content = new Bounded(limit);
        InspectProgram.Ended ended = program.run(content, "read", tree(side), path, Integer.toString(limit));
        if (ended.code() == InspectProgram.Ended.NOT_THERE) {
            return Optional.empty();
        }
        if (ended.code() == InspectProgram.Ended.TOO_LARGE || content.overflown) {
            throw new SmolVmException(
                    ErrorKind.UNSUPPORTED,
                    "read " + GuestText.printable(path) + " in " + sides.get(side) + ": it has more than "
                            + (limit >> 10) + " KiB",
                    "take it out and compare it here: "
                            + DiskFailures.fetch(sides.get(side), GuestText.printable(path)));
        }
        if (!ended.well()) {
            throw DiskFailures.path(sides.get(side), path, ended);
        }
        return Optional.of(content.bytes.toByteArray());
    }

    /** What a program prints, up to a limit. */
    private static final class Bounded extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final int limit;
        private boolean overflown;

        Bounded(int limit) {
            this.limit = limit;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] more, int offset, int length) {
            overflown |= bytes.size() + length > limit;
            if (!overflown) {
                bytes.write(more, offset, length);
            }
        }
    }

    /** The first side's. */
    void copy(String path, Path local, TransferListener listener) throws IOException {
        InspectProgram.Ended ended = program.run(OutputStream.nullOutputStream(), "show", tree(0), path, SHOWN);
        if (!ended.well()) {
            throw DiskFailures.path(sides.getFirst(), path, ended);
        }
        try {
            String shown = SHOWN + "/" + name(path);
            vm.guest()
                    .download(
                            shown,
                            local,
                            true,
                            (file, count) -> listener.moved(path + file.substring(shown.length()), count));
        } catch (SmolVmException e) {
            throw new SmolVmException(
                    e.kind(),
                    "copy " + GuestText.printable(path) + " out of " + sides.getFirst() + ": " + e.getMessage(),
                    advice(e),
                    e);
        }
    }

    /** Advice about a sandbox helps nobody here. */
    private static String advice(SmolVmException e) {
        return switch (e.kind()) {
            case INTEGRITY, GUEST_UNRESPONSIVE, VM_DIED -> DiskFailures.BUILT_TO_BREAK;
            default -> e.advice();
        };
    }

    /** As guest/inspect/inside.c names it. */
    private static String name(String path) {
        String name = path.replaceFirst("/+$", "");
        name = name.substring(name.lastIndexOf('/') + 1);
        return name.isEmpty() || name.equals(".") || name.equals("..") ? "root" : name;
    }

    @Override
    public void close() {
        vm.close();
    }
}
