package dev.smolvm.vmm.firecracker;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirecrackerApiTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(150);

    @TempDir
    Path directory;

    private final AtomicBoolean alive = new AtomicBoolean(true);
    private ScriptedServer server;
    private FirecrackerApi api;

    @AfterEach
    void close() throws Exception {
        if (api != null) {
            api.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @Test
    void many_requests_go_over_one_connection() throws Exception {
        connect(s -> {
            assertThat(s.hear())
                    .isEqualTo("PUT /vsock HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
                            + "Content-Type: application/json\r\nContent-Length: 18\r\n\r\n"
                            + "{\"guest_cid\":\"\u00C3\u00A9\"}");
            s.answer(204, "");
            assertThat(s.hear()).startsWith("PATCH /vm HTTP/1.1\r\n").endsWith("\r\n\r\n{\"state\":\"Paused\"}");
            s.answer(204, "");
            assertThat(s.hear()).isEqualTo("GET / HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n");
            s.answer(200, "{\"state\":\"Paused\",\"name\":\"ü\"}");
            s.waitForEnd();
        });
        api.put("/vsock", Json.object().put("guest_cid", "é"));
        api.patch("/vm", Json.object().put("state", "Paused"));
        assertThat(api.get("/").string("name")).isEqualTo("ü");
        api.close();
        server.ended();
    }

    @Test
    void where_an_answer_is_cut_into_pieces_makes_no_difference() throws Exception {
        String answer = ScriptedServer.text(200, "{\"a\":1}");
        connect(s -> {
            for (int cut = 1; cut < answer.length(); cut++) {
                s.hear();
                s.say(answer.substring(0, cut));
                Thread.sleep(1);
                s.say(answer.substring(cut));
            }
        });
        for (int cut = 1; cut < answer.length(); cut++) {
            assertThat(api.get("/").integer("a")).isEqualTo(1);
        }
        server.ended();
    }

    @Test
    void a_body_larger_than_what_is_read_at_once_comes_whole() throws Exception {
        String long_ = "x".repeat(HttpAnswer.MAX_BODY - 100);
        connect(s -> {
            s.hear();
            s.answer(200, "{\"a\":\"" + long_ + "\"}");
            s.hear();
            s.answer(204, "");
        });
        assertThat(api.get("/vm/config").string("a")).isEqualTo(long_);
        api.put("/entropy", Json.object());
        server.ended();
    }

    @Test
    void a_fault_is_told_with_its_status_and_the_connection_goes_on() throws Exception {
        connect(s -> {
            s.hear();
            s.answer(400, "{\"fault_message\":\"Boot source error: no \\u001b[31mkernel\\u0007\\nthere\"}");
            s.hear();
            s.answer(500, "");
            s.hear();
            s.answer(400, "{ \"error\": \"Unsupported\nmethod.\" }");
            s.hear();
            s.answer(400, "{\"fault_message\":\"" + "y".repeat(5_000) + "\"}");
            s.hear();
            s.answer(400, "{\"fault_message\":\"Cannot write memory file: No space left on device\"}");
            s.hear();
            s.answer(204, "");
        });
        assertThatThrownBy(() -> api.put("/boot-source", Json.object()))
                .isInstanceOfSatisfying(FirecrackerFaultException.class, e -> {
                    assertThat(e.status()).isEqualTo(400);
                    assertThat(e.fault()).isEqualTo("Boot source error: no ?[31mkernel? there");
                })
                .hasMessage("sandbox s1: Firecracker refused PUT /boot-source: "
                        + "Boot source error: no ?[31mkernel? there (400)");
        assertThatThrownBy(() -> api.get("/")).hasMessageContaining("no reason given (500)");
        assertThatThrownBy(() -> api.get("/")).hasMessageContaining("{ \"error\": \"Unsupported method.\" }");
        assertThatThrownBy(() -> api.get("/"))
                .isInstanceOfSatisfying(FirecrackerFaultException.class, e -> assertThat(e.fault())
                        .hasSizeLessThan(1_010));
        assertThat(kindOf(() -> api.put("/snapshot/create", Json.object()))).isEqualTo(ErrorKind.NO_SPACE);
        api.put("/entropy", Json.object());
        server.ended();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello\r\n\r\n",
                "HTTP/2 200 OK\r\n\r\n",
                "HTTP/1.1 20\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\n",
                "HTTP/1.1 302 \r\nLocation: /x\r\n\r\n",
                "HTTP/1.1 200 \r\nno field\r\n\r\n",
                "HTTP/1.1 200 \r\n folded: x\r\n\r\n",
                "HTTP/1.1 200 \r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 \r\nContent-Length: 0x10\r\n\r\n",
                "HTTP/1.1 200 \r\nContent-Length: 99999999999999999999\r\n\r\n",
                "HTTP/1.1 200 \r\nContent-Length: 1048577\r\n\r\n",
                "HTTP/1.1 200 \r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
                "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                "HTTP/1.1 200 \r\n\r\n",
                "HTTP/1.1 204 \r\n\r\n",
                "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n[]",
                "HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\n{\"a\":",
                "HTTP/1.1 200 \r\nContent-Length: 13\r\n\r\n{\"a\":1,\"a\":2}",
            })
    void an_answer_that_is_not_as_it_should_be_is_an_integrity_failure(String answer) throws Exception {
        connect(s -> {
            s.hear();
            s.say(answer);
            s.waitForEnd();
        });
        assertThat(kindOf(() -> api.get("/"))).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void a_body_that_is_not_utf_8_is_an_integrity_failure() throws Exception {
        connect(s -> {
            s.hear();
            s.say("HTTP/1.1 200 \r\nContent-Length: 10\r\n\r\n{\"a\":\"");
            s.sayBytes(0xC3, 0x28);
            s.say("\"}");
        });
        assertThat(kindOf(() -> api.get("/"))).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void a_head_without_an_end_is_given_up() throws Exception {
        connect(s -> {
            s.hear();
            s.say("HTTP/1.1 200 \r\nX: " + "x".repeat(2 * HttpAnswer.MAX_HEAD));
            s.waitForEnd();
        });
        assertThat(kindOf(() -> api.get("/"))).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void an_idle_connection_that_was_closed_is_replaced_before_anything_is_sent() throws Exception {
        connect(s -> {
            s.hear();
            s.answer(204, "");
            s.hangUp();
            s.accept();
            assertThat(s.hear()).startsWith("PUT /entropy ");
            s.say("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
            s.accept();
            assertThat(s.hear()).startsWith("PUT /vsock ");
            s.answer(204, "");
        });
        api.put("/serial", Json.object());
        Thread.sleep(20);
        api.put("/entropy", Json.object());
        api.put("/vsock", Json.object());
        server.ended();
    }

    @Test
    void only_a_question_is_repeated_when_its_connection_closes_under_it() throws Exception {
        connect(s -> {
            s.hear();
            s.answer(204, "");
            s.hear();
            s.hangUp();
            s.accept();
            assertThat(s.hear()).startsWith("GET /version ");
            s.answer(200, "{\"a\":1}");
            s.hear();
            alive.set(false);
        });
        api.put("/serial", Json.object());
        assertThat(api.get("/version").integer("a")).isEqualTo(1);
        assertThat(kindOf(() -> api.put("/actions", Json.object()))).isEqualTo(ErrorKind.VM_DIED);
        server.ended();
    }

    @Test
    void the_end_of_the_process_is_told_from_a_connection_that_was_closed_early() throws Exception {
        connect(s -> {
            s.hear();
            s.say("HTTP/1.1 200 \r\nContent-Length: 100\r\n\r\n{");
        });
        assertThatThrownBy(() -> api.get("/"))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY))
                .hasMessageContaining("GET / was not answered");
        alive.set(false);
        server.close();
        Files.delete(server.socket());
        assertThat(kindOf(() -> api.get("/"))).isEqualTo(ErrorKind.VM_DIED);
    }

    @Test
    void a_late_answer_is_not_taken_for_the_next_requests() throws Exception {
        connect(s -> {
            s.hear();
            s.waitForEnd();
            s.accept();
            s.hear();
            s.answer(200, "{\"a\":2}");
        });
        assertThat(kindOf(() -> api.get("/", SHORT))).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
        assertThat(api.get("/").integer("a")).isEqualTo(2);
        server.ended();
    }

    @Test
    void an_answer_that_drips_ends_at_the_deadline_all_the_same() throws Exception {
        connect(s -> {
            s.hear();
            s.say("HTTP/1.1 200 \r\nContent-Length: 1000\r\n\r\n");
            while (true) {
                s.say(" ");
                Thread.sleep(10);
            }
        });
        assertThat(kindOf(() -> api.get("/", SHORT))).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
    }

    @Test
    void a_request_that_nobody_reads_ends_at_the_deadline() throws Exception {
        connect(ScriptedServer::waitForNothing);
        Json.Builder huge = Json.object().put("a", "x".repeat(4 << 20));
        assertThat(kindOf(() -> api.put("/mmds", huge, SHORT))).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
    }

    @Test
    void an_interruption_ends_a_wait_and_stays_set() throws Exception {
        connect(ScriptedServer::waitForEnd);
        AtomicReference<ErrorKind> kind = new AtomicReference<>();
        AtomicBoolean stillSet = new AtomicBoolean();
        Thread thread = Thread.ofPlatform().start(() -> {
            kind.set(kindOf(() -> api.get("/", LONG)));
            stillSet.set(Thread.currentThread().isInterrupted());
        });
        Thread.sleep(50);
        thread.interrupt();
        thread.join(10_000);
        assertThat(kind.get()).isEqualTo(ErrorKind.INTERRUPTED);
        assertThat(stillSet).isTrue();
    }

    @Test
    void a_thread_that_is_interrupted_already_asks_nothing() throws Exception {
        connect(s -> {
            assertThat(s.hear()).startsWith("GET /version ");
            s.answer(200, "{\"a\":1}");
        });
        Thread.currentThread().interrupt();
        assertThat(kindOf(() -> api.get("/"))).isEqualTo(ErrorKind.INTERRUPTED);
        assertThat(kindOf(() -> api.get("/"))).isEqualTo(ErrorKind.INTERRUPTED);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(api.get("/version").integer("a")).isEqualTo(1);
    }

    @Test
    void connecting_waits_for_the_socket_or_the_end_of_the_process() {
        Path none = directory.resolve("none.sock");
        assertThat(kindOf(() -> FirecrackerApi.connect(none, "s", alive::get, SHORT)))
                .isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
        alive.set(false);
        assertThat(kindOf(() -> FirecrackerApi.connect(none, "s", alive::get, LONG)))
                .isEqualTo(ErrorKind.VM_DIED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vm", "/a b", "/a\r\nX: y", "/drives/../vm", "/é"})
    void a_path_that_could_add_to_the_request_is_a_mistake_of_ours(String path) throws Exception {
        connect(ScriptedServer::waitForEnd);
        assertThatThrownBy(() -> api.get(path)).isInstanceOf(IllegalArgumentException.class);
    }

    private void connect(ScriptedServer.Script script) throws Exception {
        server = new ScriptedServer(directory, script);
        api = FirecrackerApi.connect(server.socket(), "sandbox s1", alive::get, LONG);
    }
}
