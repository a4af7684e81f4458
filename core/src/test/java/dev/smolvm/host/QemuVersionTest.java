package dev.smolvm.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QemuVersionTest {
    @Test
    void is_read_from_what_distributions_print() {
        assertThat(QemuVersion.parse("QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2+deb13u1~bpo12+1)"))
                .contains(new QemuVersion(10, 0, 2));
        assertThat(QemuVersion.parse("QEMU emulator version 7.2.15 (Debian)")).contains(new QemuVersion(7, 2, 15));
        assertThat(QemuVersion.parse("QEMU emulator version 9.1")).contains(new QemuVersion(9, 1, 0));
        assertThat(QemuVersion.parse("hello")).isEmpty();
        assertThat(QemuVersion.parse("version 99999999999.1")).isEmpty();
    }

    @Test
    void is_ordered_by_numbers_and_not_by_letters() {
        assertThat(new QemuVersion(10, 0, 0)).isGreaterThan(QemuVersion.OLDEST);
        assertThat(new QemuVersion(8, 2, 99)).isLessThan(QemuVersion.OLDEST);
    }
}
