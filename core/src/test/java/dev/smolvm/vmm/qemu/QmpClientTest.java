package dev.smolvm.vmm.qemu;

import static dev.smolvm.testing.Failures.kindOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonParser;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QmpClientTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(150);

    @TempDir
    Path directory;

    private ScriptedPeer peer;
    private QmpClient qmp;

    @AfterEach
    void close() throws Exception {
        if (qmp != null) {
            qmp.close();
        }
        peer.close();
    }

    @Test
    void negotiates_asks_and_gets_the_answer() throws Exception {
        connect(p -> {
            p.greet();
            assertThat(JsonParser.parse(p.hear()))
                    .isEqualTo(JsonParser.parse("{\"execute\":\"query-status\",\"arguments\":{\"a\":\"b\"},\"id\":2}"));
            p.say("{\"return\": {\"status\": \"running\"}, \"id\": 2}\r\n");
            p.hear();
            p.say("{\"return\": [1, 2], \"id\": 3}\n");
            p.hear();
            p.say("{\"return\": [1, 2], \"id\": 4}\n");
            p.hear();
            p.say("{\"id\": 5}\n");
        });
        assertThat(qmp.execute("query-status", Json.object().put("a", "b")).string("status"))
                .isEqualTo("running");
        assertThat(qmp.call("list", Json.object().build(), LONG)).isEqualTo(JsonParser.parse("[1,2]"));
        assertThat(qmp.execute("list").object().fields()).isEmpty();
        assertThat(qmp.call("none", Json.object().build(), LONG)).isEqualTo(Json.NULL);
        peer.ended();
    }

    @Test
    void a_refusal_names_the_command_and_the_reason() throws Exception {
        connect(p -> {
            p.greet();
            p.hear();
            p.say("{\"id\": 2, \"error\": {\"class\": \"GenericError\", \"desc\": \"no such node\"}}\n");
            p.hear();
            p.say("{\"id\": 3, \"error\": {\"class\": \"GenericError\", \"desc\": \"x: No space left on device\"}}\n");
            p.hear();
            p.say("{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}\n");
            p.hear();
            p.say("{\"id\": 5, \"error\": \"what?\"}\n");
        });
        assertThatThrownBy(() -> qmp.execute("blockdev-add"))
                .isInstanceOfSatisfying(QmpErrorException.class, e -> assertThat(e.description())
                        .isEqualTo("no such node"))
                .hasMessage("QEMU refused blockdev-add: no such node (GenericError)");
        assertThat(kindOf(() -> qmp.execute("migrate"))).isEqualTo(ErrorKind.NO_SPACE);
        assertThatThrownBy(() -> qmp.execute("x")).hasMessageContaining("JSON parse error");
        assertThat(kindOf(() -> qmp.execute("y"))).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void commands_that_belong_together_are_sent_before_the_first_answer() throws Exception {
        connect(p -> {
            p.greet();
            for (int id = 2; id <= 3; id++) {
                assertThat(p.hear()).contains("\"id\":" + id);
            }
            p.say("{\"return\": {}, \"id\": 2}\n" + event("MIGRATION", 1) + "{\"return\": {}, \"id\": 3}\n");
            p.hear();
            p.hear();
            p.say("{\"id\": 4, \"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n");
            p.say("{\"return\": {}, \"id\": 5}\n");
            p.hear();
            p.say("{\"return\": 7, \"id\": 6}\n");
        });
        qmp.executeAll(List.of(command("first"), command("second")));
        assertThat(qmp.awaitEvent(e -> true, LONG, "an event").name()).isEqualTo("MIGRATION");
        assertThatThrownBy(() -> qmp.executeAll(List.of(command("refused"), command("done"))))
                .hasMessage("QEMU refused refused: no (GenericError)");
        assertThat(qmp.call("next", Json.object().build(), LONG)).isEqualTo(JsonParser.parse("7"));
    }

    private static QmpClient.Command command(String name) {
        return QmpClient.Command.of(name, Json.object());
    }

    @Test
    void events_between_answers_are_kept_in_order_until_they_are_asked_for() throws Exception {
        connect(p -> {
            p.greet();
            p.hear();
            p.say(event("STOP", 1) + event("MIGRATION", 2) + "{\"return\": {}, \"id\": 2}\n" + event("RESUME", 3));
            p.hear();
            p.say(event("MIGRATION", 4) + "{\"return\": {}, \"id\": 3}\n");
            p.wait_();
        });
        qmp.execute("a");
        qmp.execute("b");
        assertThat(await("MIGRATION").micros()).isEqualTo(1_000_002);
        assertThat(await("MIGRATION").micros()).isEqualTo(1_000_004);
        assertThat(await("RESUME").micros()).isEqualTo(1_000_003);
        assertThat(await("STOP").data().integer("n")).isEqualTo(1);
        assertThat(kindOf(() -> qmp.awaitEvent(e -> true, SHORT, "another"))).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
    }

    @Test
    void forgotten_events_do_not_come_back() throws Exception {
        connect(p -> {
            p.greet();
            p.hear();
            p.say(event("STOP", 1) + "{\"return\": {}, \"id\": 2}\n");
            p.wait_();
        });
        qmp.execute("a");
        qmp.forgetEvents();
        assertThat(kindOf(() -> qmp.awaitEvent(e -> true, SHORT, "an event"))).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
    }

    @Test
    void an_answer_that_comes_after_its_deadline_is_not_taken_for_the_next_ones() throws Exception {
        CountDownLatch passed = new CountDownLatch(1);
        connect(p -> {
            p.greet();
            p.hear();
            passed.await();
            p.say("{\"return\": {\"late\": true}, \"id\": 2}\n");
            p.hear();
            p.say("{\"return\": {\"late\": false}, \"id\": 3}\n");
        });
        assertThatThrownBy(() -> qmp.execute("slow", Json.object().build(), SHORT))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE))
                .hasMessage("sandbox s1: QEMU did not send the answer to slow in time");
        passed.countDown();
        assertThat(qmp.execute("next").bool("late")).isFalse();
    }

    @Test
    void a_peer_that_does_not_greet_is_given_up_on_at_the_deadline() throws Exception {
        long start = System.nanoTime();
        assertThat(kindOf(() -> connect(ScriptedPeer::wait_, SHORT))).isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        // The client let go: the peer sees the end.
        peer.ended();
    }

    @Test
    void a_peer_that_greets_and_then_falls_silent_is_given_up_on() throws Exception {
        assertThat(kindOf(() -> connect(
                        p -> {
                            p.say(ScriptedPeer.GREETING);
                            p.wait_();
                        },
                        SHORT)))
                .isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"hello\": 1}\n",
                "SSH-2.0-OpenSSH\n",
                "[]\n",
                "{\n",
                "\u0000\u0001\n",
                "{\"QMP\":1,\"QMP\":2}\n"
            })
    void another_protocol_is_an_integrity_failure(String said) throws Exception {
        assertThatThrownBy(() -> connect(p -> {
                    p.say(said);
                    p.wait_();
                }))
                .isInstanceOfSatisfying(
                        SmolVmException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INTEGRITY))
                .hasMessageStartingWith("sandbox s1: QEMU's monitor broke the protocol");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"event\": \"STOP\"}\n",
                "{\"event\": 1, \"timestamp\": {\"seconds\": 1, \"microseconds\": 1}}\n",
                "{\"event\": \"STOP\", \"timestamp\": {\"seconds\": \"1\", \"microseconds\": 1}}\n",
                "{\"event\": \"STOP\", \"timestamp\": {\"seconds\": 1, \"microseconds\": 1}, \"data\": []}\n",
                "garbage\n"
            })
    void garbage_in_the_middle_is_an_integrity_failure(String said) throws Exception {
        connect(p -> {
            p.greet();
            p.hear();
            p.say(said);
            p.wait_();
        });
        assertThat(kindOf(() -> qmp.execute("query-status"))).isEqualTo(ErrorKind.INTEGRITY);
    }

    @Test
    void a_peer_that_goes_away_is_a_vm_that_died_now_and_ever_after() throws Exception {
        connect(p -> {
            p.greet();
            p.hear();
            p.say("{\"retu");
        });
        assertThatThrownBy(() -> qmp.execute("migrate"))
                .isInstanceOfSatisfying(SmolVmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(ErrorKind.VM_DIED);
                    assertThat(e.advice()).contains("smolvm sandbox start");
                })
                .hasMessageContaining("waited for the answer to migrate");
        assertThat(kindOf(() -> qmp.execute("cont"))).isEqualTo(ErrorKind.VM_DIED);
        assertThat(kindOf(() -> qmp.awaitEvent(e -> true, LONG, "an event"))).isEqualTo(ErrorKind.VM_DIED);
    }

    @Test
    void answers_that_came_before_the_end_are_still_given() throws Exception {
        connect(p -> {
            p.greet();
            p.hear();
            p.say("{\"return\": {}, \"id\": 2}\n" + event("SHUTDOWN", 1));
        });
        qmp.execute("quit");
        assertThat(await("SHUTDOWN").name()).isEqualTo("SHUTDOWN");
        assertThat(kindOf(() -> qmp.execute("cont"))).isEqualTo(ErrorKind.VM_DIED);
    }

    @Test
    void a_line_without_end_is_cut_off_and_not_collected() throws Exception {
        AtomicLong said = new AtomicLong();
        connect(p -> {
            p.greet();
            p.hear();
            String part = "x".repeat(1 << 20);
            for (int i = 0; i < 256; i++) {
                p.say(part);
                said.addAndGet(part.length());
            }
        });
        assertThat(kindOf(() -> qmp.execute("query-status", Json.object().build(), LONG)))
                .isEqualTo(ErrorKind.INTEGRITY);
        assertThat(said.get()).isLessThan(16L << 20);
    }

    @Test
    void a_peer_that_floods_while_nobody_listens_has_to_wait() throws Exception {
        AtomicLong said = new AtomicLong();
        connect(p -> {
            p.greet();
            String many = event("RTC_CHANGE", 1).repeat(2_000);
            for (int i = 0; i < 10_000; i++) {
                p.say(many);
                said.addAndGet(many.length());
            }
        });
        long before;
        do {
            before = said.get();
            Thread.sleep(300);
        } while (said.get() != before);
        assertThat(before).isBetween(1L << 20, 16L << 20);
    }

    @Test
    void a_flood_of_events_is_bounded_and_the_newest_are_kept() throws Exception {
        int flood = 20_000;
        connect(p -> {
            p.greet();
            p.hear();
            for (int i = 1; i <= flood; i++) {
                p.say(event("FLOOD", i % 1_000_000));
            }
            p.say(event("HUGE", "1,\"x\":\"" + "y".repeat(1 << 20) + "\""));
            p.say("{\"return\": {}, \"id\": 2}\n");
            p.wait_();
        });
        qmp.execute("a", Json.object().build(), LONG);
        QmpClient.Event oldest = qmp.awaitEvent(e -> true, LONG, "an event");
        assertThat(oldest.data().integer("n")).isEqualTo(flood - 1_000 + 1);
        assertThat(kindOf(() -> qmp.awaitEvent(e -> e.name().equals("HUGE"), SHORT, "a huge event")))
                .isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
    }

    @Test
    void a_drip_of_events_does_not_extend_the_deadline() throws Exception {
        connect(p -> {
            p.greet();
            p.hear();
            for (int i = 0; i < 100; i++) {
                p.say(event("TICK", i));
                Thread.sleep(50);
            }
        });
        long start = System.nanoTime();
        assertThat(kindOf(() -> qmp.execute("a", Json.object().build(), Duration.ofMillis(300))))
                .isEqualTo(ErrorKind.GUEST_UNRESPONSIVE);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void an_interrupt_ends_the_wait() throws Exception {
        connect(p -> {
            p.greet();
            p.wait_();
        });
        ErrorKind[] kind = new ErrorKind[1];
        Thread waiting = Thread.ofPlatform().start(() -> kind[0] = kindOf(() -> qmp.execute("a")));
        Thread.sleep(100);
        waiting.interrupt();
        waiting.join(LONG);
        assertThat(kind[0]).isEqualTo(ErrorKind.INTERRUPTED);
    }

    private QmpClient.Event await(String name) {
        return qmp.awaitEvent(e -> e.name().equals(name), LONG, name);
    }

    private void connect(ScriptedPeer.Script script) throws Exception {
        connect(script, LONG);
    }

    private void connect(ScriptedPeer.Script script, Duration deadline) throws Exception {
        peer = new ScriptedPeer(directory, script);
        qmp = QmpClient.negotiate(peer.client(), "sandbox s1", deadline);
    }

    private static String event(String name, Object n) {
        return "{\"timestamp\": {\"seconds\": 1, \"microseconds\": " + (n instanceof Integer ? n : "1")
                + "}, \"event\": \"" + name + "\", \"data\": {\"n\": " + n + "}}\n";
    }
}
