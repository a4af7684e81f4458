import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Copies a jar and raises the version of its old class files to 52, with the stack maps which that version asks for. The
 * AOT cache leaves out classes whose version is below 50, because they need the old verifier; picocli's are 49.
 *
 * <p>Run at build time, from this source file: {@code java RaiseClassVersion.java from.jar to.jar}.
 */
public final class RaiseClassVersion {
    private static final int JAVA_8 = 52;

    private RaiseClassVersion() {}

    public static void main(String[] args) throws IOException {
        Path from = Path.of(args[0]);
        Path to = Path.of(args[1]);
        try (JarFile jar = new JarFile(from.toFile());
                OutputStream file = Files.newOutputStream(to);
                JarOutputStream out = new JarOutputStream(file)) {
            ClassHierarchyResolver classesOfTheJar = ClassHierarchyResolver.ofResourceParsing(name -> {
                JarEntry entry =
                        jar.getJarEntry(name.packageName().replace('.', '/') + "/" + name.displayName() + ".class");
                try {
                    return entry == null ? null : jar.getInputStream(entry);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            ClassFile classFile = ClassFile.of(
                    ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                    ClassFile.ClassHierarchyResolverOption.of(
                            classesOfTheJar.orElse(ClassHierarchyResolver.defaultResolver())));
            for (JarEntry entry : Collections.list(jar.entries())) {
                // Module descriptors have no code, and the jar's signature would no longer fit.
                boolean code = entry.getName().endsWith(".class") && !entry.getName().endsWith("module-info.class");
                byte[] bytes = jar.getInputStream(entry).readAllBytes();
                out.putNextEntry(timeless(entry));
                out.write(code ? raised(classFile, bytes) : bytes);
                out.closeEntry();
            }
        }
    }

    private static byte[] raised(ClassFile classFile, byte[] bytes) {
        ClassModel model = classFile.parse(bytes);
        if (model.majorVersion() >= JAVA_8) {
            return bytes;
        }
        // A code transform, even one that changes nothing, makes the library write each method anew, with stack maps.
        CodeTransform rewrite = (builder, element) -> builder.with(element);
        ClassTransform version = (builder, element) -> {
            if (element instanceof ClassFileVersion) {
                builder.withVersion(JAVA_8, 0);
            } else {
                builder.with(element);
            }
        };
        return classFile.transformClass(model, version.andThen(ClassTransform.transformingMethodBodies(rewrite)));
    }

    private static JarEntry timeless(JarEntry entry) {
        JarEntry copy = new JarEntry(entry.getName());
        copy.setTimeLocal(java.time.LocalDateTime.of(2026, 1, 1, 0, 0));
        return copy;
    }
}
