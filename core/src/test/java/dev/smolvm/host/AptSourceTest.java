package dev.smolvm.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AptSourceTest {
    @Test
    void reads_the_one_line_format() {
        List<AptSource> sources = AptSource.parseOneLine(
                """
                # deb http://old.example/debian bookworm main
                deb [signed-by=/a.gpg arch=amd64,arm64] http://mirror.example/debian bookworm main contrib # why
                deb-src http://mirror.example/debian bookworm main
                deb http://mirror.example/flat ./
                """);
        assertThat(sources).hasSize(2);
        assertThat(sources.getFirst())
                .isEqualTo(new AptSource(
                        List.of("http://mirror.example/debian"),
                        List.of("bookworm"),
                        List.of("main", "contrib"),
                        Map.of("Signed-By", "/a.gpg", "Architectures", "amd64 arm64")));
        assertThat(sources.getFirst().withSuite("bookworm-backports"))
                .isEqualTo(
                        """
                Types: deb
                URIs: http://mirror.example/debian
                Suites: bookworm-backports
                Components: main
                Signed-By: /a.gpg
                Architectures: amd64 arm64
                """);
    }

    @Test
    void reads_the_deb822_format_with_a_key_inside() {
        List<AptSource> sources = AptSource.parseDeb822(
                """
                # Main
                Types: deb deb-src
                # http://snapshot.example/
                URIs: http://mirror.example/debian
                Suites: bookworm bookworm-updates
                Components: main
                Signed-By:
                 -----BEGIN PGP PUBLIC KEY BLOCK-----
                 .
                 abc
                 -----END PGP PUBLIC KEY BLOCK-----

                Types: deb
                Enabled: no
                URIs: http://off.example/debian
                Suites: bookworm
                Components: main

                Types: deb-src
                URIs: http://src.example/debian
                Suites: bookworm
                Components: main
                """);
        assertThat(sources).hasSize(1);
        assertThat(sources.getFirst().offers("bookworm")).isTrue();
        assertThat(sources.getFirst().offers("bookworm-backports")).isFalse();
        assertThat(sources.getFirst().withSuite("bookworm-backports"))
                .isEqualTo(
                        """
                Types: deb
                URIs: http://mirror.example/debian
                Suites: bookworm-backports
                Components: main
                Signed-By:
                 -----BEGIN PGP PUBLIC KEY BLOCK-----
                 .
                 abc
                 -----END PGP PUBLIC KEY BLOCK-----
                """);
        assertThat(AptSource.parseDeb822(sources.getFirst().withSuite("x"))
                        .getFirst()
                        .options())
                .isEqualTo(sources.getFirst().options());
    }
}
