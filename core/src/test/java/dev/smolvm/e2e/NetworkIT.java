package dev.smolvm.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.faults.Case;
import dev.smolvm.faults.Fault;
import dev.smolvm.sandbox.NetworkMode;
import dev.smolvm.sandbox.PortForward;
import dev.smolvm.sandbox.SandboxRequest;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a guest reaches, and how it is reached. */
@ExtendWith(LabExtension.class)
@Tag("contract")
class NetworkIT {
    private final Lab lab;

    NetworkIT(Lab lab) {
        this.lab = lab;
    }

    /** A server on all addresses of this host, which greets and counts who comes. */
    private static final class Greeter implements AutoCloseable {
        private final ServerSocket socket;
        private final AtomicInteger visitors = new AtomicInteger();

        Greeter() throws IOException {
            socket = new ServerSocket(0);
            Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        try (Socket visitor = socket.accept()) {
                            visitors.incrementAndGet();
                            visitor.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
                        }
                    }
                } catch (IOException e) {
                    // Closed.
                }
            });
        }

        int port() {
            return socket.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Fault(Case.F27)
    @Test
    void the_guest_reaches_neither_the_hosts_loopback_nor_its_other_addresses() throws Exception {
        Box box = lab.fresh();
        try (Greeter greeter = new Greeter()) {
            List<String> addresses = new ArrayList<>(List.of("10.0.2.2", "127.0.0.1"));
            addresses.addAll(ownAddresses());
            assertThat(addresses)
                    .as("this host has an address beside its loopback")
                    .hasSizeGreaterThan(2);
            for (String address : addresses) {
                assertThat(answer(box, address, greeter.port())).as(address).isEmpty();
            }
            assertThat(greeter.visitors).hasValue(0);
            // It is there: this host reaches it by the same address.
            try (Socket socket = new Socket(addresses.getLast(), greeter.port())) {
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .isEqualTo("hello\n");
            }
        }
    }

    @Fault(Case.F27)
    @ParameterizedTest
    @ValueSource(strings = {"169.254.169.254", "10.0.0.1", "192.168.0.1", "172.16.0.1", "100.100.100.200"})
    void the_guest_reaches_no_private_address(String address) throws Exception {
        Box box = lab.fresh();
        assertThat(answer(box, address, 80)).isEmpty();
    }

    /** The guest's own network works up to the gateway, so an empty answer is a refusal and not a missing route. */
    private static String answer(Box box, String address, int port) {
        assertThat(box.sh("ip route show default")).contains("10.0.2.2");
        return box.sh("nc -w 3 " + address + " " + port + " </dev/null 2>/dev/null || true");
    }

    private static List<String> ownAddresses() throws IOException {
        List<String> addresses = new ArrayList<>();
        for (NetworkInterface link : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (InetAddress address : Collections.list(link.getInetAddresses())) {
                if (address instanceof Inet4Address && !address.isLoopbackAddress()) {
                    addresses.add(address.getHostAddress());
                }
            }
        }
        return addresses;
    }

    @Test
    void an_exposed_port_leads_to_the_guest_until_it_is_closed() throws Exception {
        Box box = lab.fresh();
        serve(box, 8000);

        PortForward port = lab.vm().sandboxes().expose(box.name(), OptionalInt.empty(), 8000);
        assertThat(port.guestPort()).isEqualTo(8000);
        assertThat(box.info().ports()).containsExactly(port);
        assertThat(fetch(port.hostPort())).isEqualTo("from the guest");
        // Only on the loopback.
        for (String address : ownAddresses()) {
            assertThat(refused(address, port.hostPort())).as(address).isTrue();
        }
        Failures.of(
                ErrorKind.CONFLICT,
                () -> lab.vm().sandboxes().expose(box.name(), OptionalInt.of(port.hostPort()), 8001));

        lab.vm().sandboxes().unexpose(box.name(), port.hostPort());
        assertThat(refused("127.0.0.1", port.hostPort())).isTrue();
        assertThat(box.info().ports()).isEmpty();
        Failures.of(ErrorKind.NOT_FOUND, () -> lab.vm().sandboxes().unexpose(box.name(), port.hostPort()));
    }

    @Test
    void an_exposed_port_outlives_a_restore() throws Exception {
        Box box = lab.fresh();
        serve(box, 8000);
        SnapshotInfo saved = box.save();
        PortForward port = lab.vm().sandboxes().expose(box.name(), OptionalInt.empty(), 8000);
        assertThat(fetch(port.hostPort())).isEqualTo("from the guest");

        box.restore(saved.id());

        assertThat(box.info().ports()).containsExactly(port);
        assertThat(fetch(port.hostPort())).isEqualTo("from the guest");
        lab.vm().sandboxes().unexpose(box.name(), port.hostPort());
    }

    private static void serve(Box box, int port) throws InterruptedException {
        box.sh("mkdir -p /srv/www; printf 'from the guest' > /srv/www/index.html; httpd -p " + port + " -h /srv/www");
        Box.await("it serves", () -> box.sh("wget -q -O - http://127.0.0.1:" + port + "/ || true")
                .equals("from the guest"));
    }

    private static String fetch(int port) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return response.substring(response.indexOf("\r\n\r\n") + 4);
        }
    }

    private static boolean refused(String address, int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), 3_000);
            return false;
        } catch (ConnectException e) {
            return true;
        }
    }

    @Test
    void without_a_network_there_is_no_interface_but_all_else_works() {
        SandboxRequest standard = SandboxRequest.of(Lab.IMAGE);
        SandboxName name = new SandboxName("offline");
        Box box = lab.boot(new SandboxRequest(
                Optional.of(name),
                standard.image(),
                standard.memoryMib(),
                standard.cpus(),
                standard.diskBytes(),
                standard.backend(),
                standard.accelerator(),
                NetworkMode.NONE,
                List.of(),
                List.of(),
                standard.bootTimeout(),
                standard.sshKey()));
        try {
            assertThat(box.sh("ls /sys/class/net")).isEqualTo("lo");
            assertThat(box.info().ipAddress()).isEmpty();
            Failures.of(ErrorKind.CONFLICT, () -> lab.vm().sandboxes().expose(name, OptionalInt.empty(), 80));
            box.sh("echo kept > /run/memory");
            SnapshotInfo saved = box.save();
            box.restore(saved.id());
            assertThat(box.sh("cat /run/memory; ls /sys/class/net")).isEqualTo("kept\nlo");
        } finally {
            lab.delete(name);
        }
    }
}
