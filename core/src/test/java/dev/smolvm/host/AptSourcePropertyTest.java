package dev.smolvm.host;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class AptSourcePropertyTest {
    @Property(tries = 500)
    void no_text_breaks_the_readers(@ForAll String text) {
        assertThat(AptSource.parseOneLine(text)).isNotNull();
        assertThat(AptSource.parseDeb822(text)).isNotNull();
    }
}
