package dev.smolvm.inspect;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.ExecResult;
import dev.smolvm.guest.TransferListener;
import dev.smolvm.guest.transfer.GuestText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The program that looks into disks (guest/inspect), run in a throw-away VM. It is brought along, so that the image may be
 * older than it.
 */
final class InspectProgram {
    private static final String RESOURCE = "/dev/smolvm/guest/payload/smolvm-inspect";
    private static final String PLACE = "/run/smolvm-inspect";
    /** The program says something twice a second. */
    private static final Duration SILENCE = Duration.ofSeconds(90);

    private static final Duration WHOLE = Duration.ofHours(1);
    private static final int MAX_COMPLAINT = 4096;

    private final ThrowAwayVm vm;

    private InspectProgram(ThrowAwayVm vm) {
        this.vm = vm;
    }

    static InspectProgram in(ThrowAwayVm vm) {
        Path file = vm.file("smolvm-inspect");
        try (InputStream resource = InspectProgram.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException(RESOURCE + " is not in this build");
            }
            Files.write(file, resource.readAllBytes());
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r-x------"));
            vm.guest().upload(file, PLACE, false, TransferListener.NONE);
            return new InspectProgram(vm);
        } catch (IOException e) {
            throw SmolVmException.of("prepare a throw-away VM", e);
        }
    }

    /** How the program ended; the codes are in guest/inspect/inside.h. */
    record Ended(int code, String complaint) {
        static final int NOT_THERE = 10;
        static final int WRONG_KIND = 11;
        static final int TOO_LARGE = 12;
        static final int NO_FILE_SYSTEM = 14;
        static final int DAMAGED = 15;
        static final int A_DIRECTORY = 16;

        boolean well() {
            return code == 0;
        }
    }

    /**
     * Runs it; {@code output} takes what it prints, on this thread.
     *
     * @throws SmolVmException guest did not answer, integrity
     */
    Ended run(OutputStream output, String... arguments) {
        Complaint complaint = new Complaint();
        Patience patience = Patience.of(SILENCE, WHOLE, vm::kill);
        try (patience) {
            ExecResult result =
                    vm.guest().exec(request(arguments), ExecIo.of(ExecIo.NO_INPUT, heard(output, patience), complaint));
            return new Ended(result.shellCode(), complaint.text());
        } catch (SmolVmException e) {
            throw new SmolVmException(
                    e.kind(),
                    "look into the disk: " + (patience.lost() ? "the throw-away VM takes too long" : e.getMessage()),
                    e.kind() == ErrorKind.INTERRUPTED ? "" : DiskFailures.BUILT_TO_BREAK,
                    e);
        }
    }

    private static ExecRequest request(String... arguments) {
        return new ExecRequest(
                Stream.concat(Stream.of(PLACE), Stream.of(arguments)).toList(),
                Map.of(),
                Optional.of("/"),
                Optional.empty(),
                Optional.of(WHOLE),
                Optional.empty());
    }

    private static OutputStream heard(OutputStream output, Patience patience) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                patience.heard();
                output.write(bytes, offset, length);
            }
        };
    }

    /** The beginning of what it says when it fails. */
    private static final class Complaint extends OutputStream {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            if (kept.size() < MAX_COMPLAINT) {
                kept.write(b);
            }
        }

        String text() {
            return GuestText.printable(kept.toString(StandardCharsets.UTF_8).strip());
        }
    }
}
