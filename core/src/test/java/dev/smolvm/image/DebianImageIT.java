package dev.smolvm.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.os.Command;
import dev.smolvm.store.ImageName;
import dev.smolvm.store.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

        try (GuestBoot guest = GuestBoot.start(store, image, dir, "smolvm.hostname=deb")) {
            System.out.println("boot: " + guest.await("ready", Duration.ofSeconds(60)));
            assertThat(guest.log()).doesNotContain("cannot grow");
        }
    }

    private static String debugfs(Path raw, String request) {
        return Command.of("debugfs", "-R", request, raw.toString()).check();
    }
}
