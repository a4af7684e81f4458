import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Writes out in a jar's classes what the compiler leaves to the JVM: pattern switches and the methods of records. The JVM makes
 * code for each when it is first run, which takes some milliseconds for the first of a process and up to one for each other,
 * and no AOT cache keeps it.
 *
 * <p>Run at build time, from this source file: {@code java PlainCode.java jar...}. The jars, and all that their classes extend,
 * lie in one directory.
 */
public final class PlainCode {
    private PlainCode() {}

    public static void main(String[] args) throws IOException {
        List<URL> jars = new ArrayList<>();
        for (File file : Path.of(args[0]).toAbsolutePath().getParent().toFile().listFiles((d, n) -> n.endsWith(".jar"))) {
            jars.add(file.toURI().toURL());
        }
        try (URLClassLoader loader = new URLClassLoader(jars.toArray(URL[]::new))) {
            ClassFile classFile = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(
                    ClassHierarchyResolver.ofClassLoading(loader).cached()));
            for (String arg : args) {
                rewrite(Path.of(arg), classFile);
            }
        }
    }

    private static void rewrite(Path jar, ClassFile classFile) throws IOException {
        ByteArrayOutputStream rewritten = new ByteArrayOutputStream();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(Files.readAllBytes(jar)));
                ZipOutputStream out = new ZipOutputStream(rewritten)) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                byte[] bytes = in.readAllBytes();
                ZipEntry copy = new ZipEntry(entry.getName());
                copy.setTimeLocal(entry.getTimeLocal());
                out.putNextEntry(copy);
                out.write(entry.getName().endsWith(".class") ? plain(classFile, bytes) : bytes);
                out.closeEntry();
            }
        }
        Files.write(jar, rewritten.toByteArray());
    }

    private static byte[] plain(ClassFile classFile, byte[] bytes) {
        byte[] plain = bytes;
        ClassModel model = classFile.parse(plain);
        if (TypeSwitches.in(model)) {
            plain = classFile.transformClass(model, TypeSwitches.writtenOut(model));
            model = classFile.parse(plain);
        }
        return RecordMethods.in(model) ? classFile.transformClass(model, RecordMethods.writtenOut(model)) : plain;
    }
}
