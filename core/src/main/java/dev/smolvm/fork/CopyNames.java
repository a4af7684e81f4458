package dev.smolvm.fork;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.SandboxName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The names of the copies, known to be valid and free before anything is done. */
final class CopyNames {
    private static final String PLACE = "{}";

    private CopyNames() {}

    /** @throws SmolVmException usage: not valid, or not one for each copy; conflict: one is taken */
    static List<SandboxName> of(ForkRequest request, Predicate<SandboxName> taken) {
        return request.names().isPresent()
                ? chosen(request.names().get(), request.count(), taken)
                : free(request.source() + "-fork-", request.count(), taken);
    }

    private static List<SandboxName> chosen(String pattern, int count, Predicate<SandboxName> taken) {
        if (count > 1 && !pattern.contains(PLACE)) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "--name gives one name for " + count + " copies",
                    "put {} where each copy's number is to be, as in --name try-{}");
        }
        List<SandboxName> names = new ArrayList<>();
        for (int index = 1; index <= count; index++) {
            SandboxName name = new SandboxName(pattern.replace(PLACE, Integer.toString(index)));
            if (taken.test(name)) {
                throw new SmolVmException(
                        ErrorKind.CONFLICT,
                        "a sandbox " + name + " exists already",
                        "choose another --name, or remove it: smolvm sandbox delete " + name);
            }
            names.add(name);
        }
        return names;
    }

    private static List<SandboxName> free(String prefix, int count, Predicate<SandboxName> taken) {
        List<SandboxName> names = new ArrayList<>();
        for (int number = 1; names.size() < count; number++) {
            SandboxName name = new SandboxName(prefix + number);
            if (!taken.test(name)) {
                names.add(name);
            }
        }
        return names;
    }
}
