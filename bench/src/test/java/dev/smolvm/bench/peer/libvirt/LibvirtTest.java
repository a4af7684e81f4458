package dev.smolvm.bench.peer.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.bench.measure.CannotRunHereException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class LibvirtTest {
    private static Function<String, Optional<Path>> only(String... programs) {
        return name -> Set.of(programs).contains(name) ? Optional.of(Path.of("/bin", name)) : Optional.empty();
    }

    @Test
    void whereItIsMissingTheCommandThatInstallsItIsNamed() {
        for (String[] there : new String[][] {{}, {"virsh"}, {"libvirtd"}}) {
            assertThatThrownBy(() -> Libvirt.program(only(there)))
                    .isInstanceOf(CannotRunHereException.class)
                    .hasMessageStartingWith("libvirt is not installed; ")
                    .hasMessageContaining("apt-get install libvirt-clients ");
        }
    }

    @Test
    void theDaemonForQemuAloneGoesBeforeTheOneForAll() throws Exception {
        assertThat(Libvirt.program(only("virsh", "libvirtd", "virtqemud"))).isEqualTo(Path.of("/bin/virtqemud"));
        assertThat(Libvirt.program(only("virsh", "libvirtd"))).isEqualTo(Path.of("/bin/libvirtd"));
    }
}
