package dev.smolvm.bench.scenario;

import dev.smolvm.bench.lab.GuestShell;
import dev.smolvm.bench.lab.Lab;
import dev.smolvm.bench.measure.Contender;
import dev.smolvm.bench.measure.Figure;
import dev.smolvm.bench.measure.Form;
import dev.smolvm.bench.measure.Participant;
import dev.smolvm.bench.measure.Recorder;
import dev.smolvm.bench.measure.Role;
import dev.smolvm.bench.measure.Rounds;
import dev.smolvm.bench.measure.Scenario;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.SandboxName;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Bytes in and out of a guest: through a command's streams, and as files.
 *
 * @param mib how many each time
 */
public record Transfer(int mib) implements Scenario {
    public static final Figure OUT = Figure.throughput("standard output of a command");
    public static final Figure IN = Figure.throughput("standard input of a command");
    public static final Figure UPLOAD = Figure.throughput("file upload");
    public static final Figure DOWNLOAD = Figure.throughput("file download");

    @Override
    public String name() {
        return "transfer";
    }

    @Override
    public String title() {
        return mib + " MiB in and out of a guest";
    }

    @Override
    public Rounds rounds(Form form) {
        return form.choose(new Rounds(1, 3), new Rounds(1, 3));
    }

    @Override
    public List<Contender> contenders(Lab lab) {
        Ours ours = new Ours(lab);
        return List.of(ours, new InGuest(ours));
    }

    private long bytes() {
        return (long) mib << 20;
    }

    private final class Ours extends Participant {
        private final Lab lab;
        private final SandboxName sandbox;
        private Path file;
        private Guest guest;

        Ours(Lab lab) {
            super("smolvm", Role.OURS);
            this.lab = lab;
            this.sandbox = lab.name("transfer");
        }

        @Override
        public void prepare() throws Exception {
            // Room for the file in a tmpfs: what is measured is the way, not the guest's disk.
            lab.create(sandbox, SandboxRequest.DEFAULT_MEMORY_MIB + 2 * mib);
            lab.guests().run(sandbox, "mount -o remount,size=90% /dev/shm");
            file = lab.directory("transfer").resolve("file");
            byte[] content = new byte[(int) bytes()];
            new Random(1).nextBytes(content);
            Files.write(file, content);
            guest = lab.guests().connect(sandbox);
        }

        @Override
        public void round(Recorder recorder) throws Exception {
            long start = System.nanoTime();
            guest.exec(
                    ExecRequest.of("dd", "if=/dev/zero", "bs=1M", "count=" + mib),
                    ExecIo.of(ExecIo.NO_INPUT, OutputStream.nullOutputStream(), OutputStream.nullOutputStream()));
            recorder.throughputSince(start, bytes(), OUT);
            try (InputStream input = Files.newInputStream(file)) {
                start = System.nanoTime();
                guest.exec(
                        ExecRequest.of("sh", "-c", "cat >/dev/null"),
                        ExecIo.of(input, OutputStream.nullOutputStream(), OutputStream.nullOutputStream()));
                recorder.throughputSince(start, bytes(), IN);
            }
            start = System.nanoTime();
            guest.upload(file, "/dev/shm/file", false, TransferListener.NONE);
            recorder.throughputSince(start, bytes(), UPLOAD);
            Path back = lab.directory("transfer").resolve("back");
            start = System.nanoTime();
            guest.download("/dev/shm/file", back, false, TransferListener.NONE);
            recorder.throughputSince(start, bytes(), DOWNLOAD);
            if (Files.mismatch(file, back) >= 0) {
                throw new IllegalStateException("the file came back changed");
            }
            Files.delete(back);
        }

        @Override
        public void close() {
            if (guest != null) {
                guest.close();
            }
            lab.discard(sandbox);
        }
    }

    /** As many bytes from one process to another inside the guest, and into a file and out of it. */
    private final class InGuest extends Participant {
        private final Ours ours;

        InGuest(Ours ours) {
            super("inside the guest", Role.FLOOR);
            this.ours = ours;
        }

        @Override
        public void round(Recorder recorder) {
            String zeros = "dd if=/dev/zero bs=1M count=" + mib;
            double pipe = throughput(zeros + " | cat >/dev/null");
            recorder.add(OUT, pipe);
            recorder.add(IN, pipe);
            recorder.add(UPLOAD, throughput(zeros + " >/dev/shm/floor"));
            recorder.add(DOWNLOAD, throughput("cat /dev/shm/floor >/dev/null"));
        }

        private double throughput(String script) {
            double[] measured = new double[1];
            long start = System.nanoTime();
            GuestShell.run(ours.guest, script);
            Recorder one = (_, value) -> measured[0] = value;
            one.throughputSince(start, bytes(), OUT);
            return measured[0];
        }
    }
}
