package dev.smolvm.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.Progress;
import dev.smolvm.SmolVm;
import dev.smolvm.fork.ForkRequest;
import dev.smolvm.guest.ExecIo;
import dev.smolvm.guest.ExecRequest;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.os.Command;
import dev.smolvm.sandbox.SandboxInfo;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.SandboxName;
import dev.smolvm.store.Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DebianImageIT {
    @TempDir
    Path dir;

    @Test
    void is_built_holds_what_was_asked_for_and_no_identity_and_boots() throws Exception {
        Store store = Store.open(dir.resolve("store"), Duration.ofSeconds(1));
        Steps steps = new Steps();
        ImageManifest image = new Images(store)
                .build(
                        new ImageRequest.Debian(new ImageName("debian"), List.of("tree"), false),
                        Images.IfExists.FAIL,
                        steps,
                        _ -> {});
        System.out.println("debian build: " + steps);
        assertThat(image.sshUser()).contains("root");
        assertThat(((ImageManifest.Boot.DirectKernel) image.boot()).commandLine())
                .endsWith(" smolvm.agent=off");

        Path raw = dir.resolve("root.raw");
        Command.of(
                        "qemu-img",
                        "convert",
                        "-f",
                        "qcow2",
                        "-O",
                        "raw",
                        store.layout().blob(image.root()).toString(),
                        raw.toString())
                .check();
        Command.of("e2fsck", "-fn", raw.toString()).check();
        assertThat(debugfs(raw, "stat /usr/bin/tree")).contains("Type: regular");
        assertThat(debugfs(raw, "stat /usr/bin/python3")).contains("Inode:");
        assertThat(debugfs(raw, "stat /etc/shadow")).contains("Group:    42");
        assertThat(debugfs(raw, "ls -p /etc/ssh")).doesNotContain("ssh_host");
        assertThat(debugfs(raw, "stat /etc/machine-id")).contains("Size: 0");

        boots_and_forks_with_keys_of_its_own();
    }

    private void boots_and_forks_with_keys_of_its_own() throws IOException {
        SmolVm vm = SmolVm.open(dir.resolve("store"), Duration.ofSeconds(10));
        SandboxName deb = new SandboxName("deb");
        SandboxInfo booted =
                vm.sandboxes().create(SandboxRequest.of(new ImageName("debian")).named("deb"), Progress.NONE);
        SandboxName copy = new SandboxName("copy");
        try {
            vm.sandboxes().collectConsole(deb);
            assertThat(booted.console()).content().doesNotContain("cannot grow");
            vm.forks()
                    .fork(
                            new ForkRequest(
                                    deb,
                                    1,
                                    OptionalInt.empty(),
                                    Optional.of("copy"),
                                    GuestVariables.NONE,
                                    Optional.empty()),
                            Progress.NONE);
            String keys = "cat /etc/ssh/ssh_host_*_key.pub | cut -d ' ' -f 2";
            assertThat(sh(vm, deb, keys).lines())
                    .isNotEmpty()
                    .doesNotContainAnyElementsOf(sh(vm, copy, keys).lines().toList());
            assertThat(sh(vm, copy, "cat /etc/ssh/ssh_host_*_key.pub; hostname; ss -ltn | grep -c ':22 '"))
                    .contains("copy");
        } finally {
            vm.sandboxes().list().forEach(s -> vm.sandboxes().delete(s.name(), true));
        }
    }

    private static String sh(SmolVm vm, SandboxName name, String script) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Guest guest = vm.sandboxes().connect(name, Duration.ofSeconds(20))) {
            assertThat(guest.exec(ExecRequest.of("sh", "-ec", script), ExecIo.of(ExecIo.NO_INPUT, out, out))
                            .shellCode())
                    .as("%s: %s", script, out)
                    .isZero();
        }
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    private static String debugfs(Path raw, String request) {
        return Command.of("debugfs", "-R", request, raw.toString()).check();
    }
}
