package dev.smolvm.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.guest.Guest;
import dev.smolvm.guest.GuestVariables;
import dev.smolvm.guest.Rejuvenation;
import dev.smolvm.image.Images;
import dev.smolvm.store.BlobCollector;
import dev.smolvm.store.BlobId;
import dev.smolvm.store.Store;
import dev.smolvm.testing.LightGuest;
import dev.smolvm.testing.LightVmm;
import dev.smolvm.testing.Samples;
import dev.smolvm.vmm.TestVmms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestAccessTest {
    private final List<Rejuvenation> asked = new ArrayList<>();
    private GuestAccess access;
    private SandboxRecord fork;

    @BeforeEach
    void open(@TempDir Path directory) {
        Store store = Store.open(directory.resolve("store"), Duration.ZERO);
        access = new GuestAccess(new SandboxContext(
                store,
                new SandboxRecords(store),
                TestVmms.of(store.layout(), new LightVmm()),
                new Images(store),
                (_, _) -> olderAgent(),
                new BlobCollector(store)));
        SandboxRecord like = Samples.record(BlobId.random());
        fork = like.withMachine(like.definition().machine().withMac(Optional.of("52:54:00:01:02:03")))
                .withRefresh(Refresh.IDENTITY);
    }

    /** One from before a fork got an address. */
    private Guest olderAgent() {
        return new LightGuest() {
            @Override
            public void rejuvenate(Rejuvenation rejuvenation, Duration deadline) {
                asked.add(rejuvenation);
                if (rejuvenation.mac().isPresent() || rejuvenation.rootBytes().isPresent()) {
                    throw new SmolVmException(ErrorKind.INCOMPATIBLE, "older", "");
                }
            }
        };
    }

    @Test
    void a_guest_that_takes_no_address_keeps_its_own() {
        access.rejuvenate(fork, GuestVariables.NONE, OptionalLong.empty());
        assertThat(asked).hasSize(2);
        assertThat(asked.get(0).mac()).contains("52:54:00:01:02:03");
        assertThat(asked.get(1).mac()).isEmpty();
        assertThat(asked.get(1).newMachine()).isTrue();
    }

    @Test
    void a_guest_that_cannot_grow_its_disk_is_no_fork_with_another_disk() {
        assertThatThrownBy(() -> access.rejuvenate(fork, GuestVariables.NONE, OptionalLong.of(5L << 30)))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INCOMPATIBLE));
        assertThat(asked).hasSize(1);
    }

    @Test
    void a_guest_that_stood_still_is_told_nothing_of_an_address() {
        access.rejuvenate(fork.withRefresh(Refresh.TIME));
        assertThat(asked).singleElement().satisfies(r -> assertThat(r.mac()).isEmpty());
    }
}
