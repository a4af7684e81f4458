package dev.smolvm.bench.function;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

class FunctionsTest {
    static Iterable<Class<?>> functions() {
        return Functions.ALL.keySet();
    }

    @ParameterizedTest
    @MethodSource("functions")
    void jmh_knows_both_methods(Class<?> function) throws IOException {
        try (InputStream list = Functions.class.getResourceAsStream("/META-INF/BenchmarkList")) {
            assertThat(new String(list.readAllBytes(), StandardCharsets.UTF_8))
                    .contains(function.getSimpleName() + "_ours_jmhTest", function.getSimpleName() + "_floor_jmhTest");
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void both_methods_work(Class<?> function) throws Exception {
        Object state = function.getConstructor().newInstance();
        invoke(state, Setup.class);
        try {
            function.getMethod("ours").invoke(state);
            function.getMethod("floor").invoke(state);
            // JMH calls them again and again.
            function.getMethod("ours").invoke(state);
        } finally {
            invoke(state, TearDown.class);
        }
    }

    private static void invoke(Object state, Class<? extends Annotation> annotation) throws Exception {
        for (Method method : state.getClass().getMethods()) {
            if (method.isAnnotationPresent(annotation)) {
                method.invoke(state);
            }
        }
    }
}
