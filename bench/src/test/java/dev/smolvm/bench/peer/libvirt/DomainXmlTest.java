package dev.smolvm.bench.peer.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.bench.peer.GuestFiles;
import java.io.StringReader;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class DomainXmlTest {
    private static final GuestFiles GUEST =
            new GuestFiles(Path.of("/s/kernel"), Path.of("/s/init & rd"), Path.of("/s/root"), "a='b' c<d");

    private static DomainXml of(String type) {
        return new DomainXml(type, "q35", Path.of("/usr/bin/qemu"), GUEST, 512, Path.of("/tmp/it's"));
    }

    private static String at(String path, String xml) throws Exception {
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
        return XPathFactory.newInstance().newXPath().evaluate(path, document);
    }

    @Test
    void hasOurFilesWhateverTheirNames() throws Exception {
        String xml = of("qemu").with(Path.of("/d/it's & more"));
        assertThat(at("/domain/os/initrd", xml)).isEqualTo("/s/init & rd");
        assertThat(at("/domain/os/cmdline", xml)).isEqualTo("a='b' c<d");
        assertThat(at("/domain/devices/disk/source/@file", xml)).isEqualTo("/d/it's & more");
        assertThat(at("/domain/devices/channel[4]/source/@path", xml)).isEqualTo("/tmp/it's/agent-3.sock");
        assertThat(at("/domain/devices/channel[4]/target/@name", xml)).isEqualTo("smolvm.3");
        assertThat(at("count(/domain/devices/channel)", xml)).isEqualTo("" + DomainXml.PORTS);
    }

    @Test
    void hasTheCpuThatOurSandboxesHave() throws Exception {
        assertThat(at("/domain/cpu/@mode", of("qemu").with(Path.of("/d")))).isEqualTo("maximum");
        assertThat(at("/domain/cpu/@mode", of("kvm").with(Path.of("/d")))).isEqualTo("host-passthrough");
    }
}
