package dev.smolvm.guest.transfer;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;

/** Walks a local file or tree for an upload: depth first, links as links, memory by depth only. */
public final class TreeReader {
    private static final int DEEPEST = 256;
    private static final int TYPE = 0170000;
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;
    private static final int SYMLINK = 0120000;
    private static final int MODE = 07777;

    private TreeReader() {}

    /** Names are relative to the root, with {@code /}; the root's own is empty. */
    public interface Visitor {
        void directory(String name, int mode) throws IOException;

        void directoryEnd(String name, int mode) throws IOException;

        void file(String name, int mode, long size, FileChannel content) throws IOException;

        void symlink(String name, String target) throws IOException;
    }

    /** The root itself may be a link, since a person named it. */
    public static void walk(Path root, boolean recursive, Visitor visitor) throws IOException {
        if (!Files.exists(root)) {
            throw new SmolVmException(
                    ErrorKind.NOT_FOUND, "upload " + root + ": there is no such file here", "check the path");
        }
        Path real = root.toRealPath();
        if (!recursive && Files.isDirectory(real)) {
            throw new SmolVmException(
                    ErrorKind.USAGE, "upload " + root + ": it is a directory", "give -r to upload it with its content");
        }
        visit(real, "", visitor, 0);
    }

    private static void visit(Path path, String name, Visitor visitor, int depth) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,size", LinkOption.NOFOLLOW_LINKS);
        int mode = (Integer) attributes.get("mode");
        switch (mode & TYPE) {
            case DIRECTORY -> {
                visitor.directory(name, mode & MODE);
                children(path, name, visitor, depth);
                visitor.directoryEnd(name, mode & MODE);
            }
            case REGULAR -> {
                try (FileChannel content =
                        FileChannel.open(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
                    visitor.file(name, mode & MODE, content.size(), content);
                }
            }
            case SYMLINK -> visitor.symlink(name, text(Files.readSymbolicLink(path), path));
            default ->
                throw new SmolVmException(
                        ErrorKind.USAGE,
                        "upload " + path + ": it is neither a file, a directory nor a link",
                        "leave it out of the upload");
        }
    }

    private static void children(Path directory, String name, Visitor visitor, int depth) throws IOException {
        if (depth >= DEEPEST) {
            throw new SmolVmException(
                    ErrorKind.USAGE, "upload " + directory + ": deeper than " + DEEPEST + " directories", "");
        }
        try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
            for (Path child : children) {
                String childName = text(child.getFileName(), child);
                visit(child, name.isEmpty() ? childName : name + "/" + childName, visitor, depth + 1);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Bytes that the locale cannot read become U+FFFD, which would be another name in the guest. */
    private static String text(Path path, Path named) {
        String text = path.toString();
        if (text.indexOf('\uFFFD') >= 0) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "upload " + named + ": the name is not valid text in this locale",
                    "run it with LC_ALL=C.UTF-8, or rename the file");
        }
        return text;
    }
}
