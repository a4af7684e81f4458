package dev.smolvm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

/** The jars that the launcher runs do what the compiler's classes do; see src/build/PlainCode.java. */
class PlainCodeIT {
    private static final Path JARS = Path.of(System.getProperty("smolvm.root"), "cli/target/dist/lib");

    @Test
    void nothingIsLeftForTheJvmToLink() throws Exception {
        List<String> left = new ArrayList<>();
        for (String name : List.of("smolvm-core.jar", "smolvm-cli.jar")) {
            try (JarFile jar = new JarFile(JARS.resolve(name).toFile())) {
                for (JarEntry entry : Collections.list(jar.entries())) {
                    if (entry.getName().endsWith(".class")) {
                        try (InputStream in = jar.getInputStream(entry)) {
                            left.addAll(bootstraps(ClassFile.of().parse(in.readAllBytes())));
                        }
                    }
                }
            }
        }
        assertThat(left).noneMatch(b -> b.endsWith("ObjectMethods") || b.endsWith("StringConcatFactory"));
        assertThat(left).anyMatch(b -> b.endsWith("LambdaMetafactory"));
    }

    private static List<String> bootstraps(ClassModel model) {
        return model.methods().stream()
                .flatMap(m -> m.code().stream())
                .flatMap(c -> c.elementList().stream())
                .filter(InvokeDynamicInstruction.class::isInstance)
                .map(i ->
                        ((InvokeDynamicInstruction) i).bootstrapMethod().owner().displayName())
                .toList();
    }

    /** Numbers of all kinds, texts and objects; nothing, something, and something else. */
    @Test
    void recordsAreEqualHashedAndPrintedAsBefore() throws Exception {
        List<URL> jars = new ArrayList<>();
        for (File jar : JARS.toFile().listFiles((d, n) -> n.endsWith(".jar"))) {
            jars.add(jar.toURI().toURL());
        }
        int records = 0;
        try (URLClassLoader plain =
                new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            for (String name : List.of(
                    "dev.smolvm.json.Json$Int",
                    "dev.smolvm.json.Json$Real",
                    "dev.smolvm.json.Json$Bool",
                    "dev.smolvm.json.Json$Str",
                    "dev.smolvm.json.Json$Null",
                    "dev.smolvm.json.JsonFields",
                    "dev.smolvm.os.ProcessIdentity",
                    "dev.smolvm.guest.TerminalSize",
                    "dev.smolvm.guest.Pong")) {
                List<?> before = instances(Class.forName(name));
                List<?> after = instances(plain.loadClass(name));
                assertThat(after.getFirst().getClass())
                        .isNotSameAs(before.getFirst().getClass());
                for (int i = 0; i < before.size(); i++) {
                    assertThat(after.get(i)).hasToString(before.get(i).toString());
                    if (!before.get(i).toString().contains("@")) {
                        assertThat(after.get(i).hashCode())
                                .as(name)
                                .isEqualTo(before.get(i).hashCode());
                    }
                    for (int j = 0; j < before.size(); j++) {
                        assertThat(after.get(i).equals(after.get(j)))
                                .as(before.get(i) + " and " + before.get(j))
                                .isEqualTo(before.get(i).equals(before.get(j)));
                    }
                    assertThat(after.get(i)).isNotEqualTo(null).isNotEqualTo("another thing");
                }
                records++;
            }
        }
        assertThat(records).isEqualTo(9);
    }

    /** Two equal ones, and as many that differ from them as the type allows. */
    private static List<?> instances(Class<?> type) throws Exception {
        Constructor<?> constructor = type.getDeclaredConstructors()[0];
        constructor.setAccessible(true);
        List<Object> made = new ArrayList<>();
        for (int variant : new int[] {1, 1, 2, 3}) {
            made.add(constructor.newInstance(Arrays.stream(constructor.getParameterTypes())
                    .map(t -> value(t, variant))
                    .toArray()));
        }
        return made;
    }

    private static Object value(Class<?> type, int variant) {
        if (type == int.class) {
            return variant;
        }
        if (type == long.class) {
            return variant * 5_000_000_000L;
        }
        if (type == double.class) {
            return variant == 3 ? Double.NaN : variant * -0.5;
        }
        if (type == boolean.class) {
            return variant == 1;
        }
        if (type == String.class) {
            return variant == 3 ? null : "text " + variant;
        }
        // The same for all of one variant; of the class loader's own where it is a class of ours.
        return null;
    }
}
