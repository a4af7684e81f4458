package dev.smolvm.fork;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.SandboxName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The names of the copies, known to be valid and free before anything is done. */
final class CopyNames {
    private static final String PLACE = "{}";

    private final ForkRequest request;
    private final Predicate<SandboxName> taken;
    /** The last one that was given to a name of ours. */
    private int number;

    CopyNames(ForkRequest request, Predicate<SandboxName> taken) {
        this.request = request;
        this.taken = taken;
    }

    /** @throws SmolVmException usage: not valid, or not one for each copy; conflict: one is taken */
    List<SandboxName> all() {
        if (request.names().isPresent()) {
            return chosen(request.names().get());
        }
        List<SandboxName> names = new ArrayList<>();
        while (names.size() < request.count()) {
            names.add(nextFree());
        }
        return names;
    }

    /** In place of one that somebody else took meanwhile; empty where the user chose the names. */
    Optional<SandboxName> another(SandboxName lost) {
        return request.names().isPresent() || !taken.test(lost) ? Optional.empty() : Optional.of(nextFree());
    }

    private synchronized SandboxName nextFree() {
        while (true) {
            number++;
            SandboxName name = new SandboxName(request.source() + "-fork-" + number);
            if (!taken.test(name)) {
                return name;
            }
        }
    }

    private List<SandboxName> chosen(String pattern) {
        int count = request.count();
        if (count > 1 && !pattern.contains(PLACE)) {
            throw new SmolVmException(
                    ErrorKind.USAGE,
                    "--name gives one name for " + count + " copies",
                    "put {} where each copy's number is to be, as in --name try-{}");
        }
        List<SandboxName> names = new ArrayList<>();
        for (int index = 1; index <= count; index++) {
            SandboxName name = new SandboxName(pattern.replace(PLACE, Integer.toString(index))).requireUsers();
            if (taken.test(name)) {
                throw refused(name);
            }
            names.add(name);
        }
        return names;
    }

    private SmolVmException refused(SandboxName name) {
        return name.equals(request.source())
                ? new SmolVmException(
                        ErrorKind.CONFLICT,
                        "sandbox " + name + " is the one that is to be forked",
                        "choose another --name, or leave it out")
                : new SmolVmException(
                        ErrorKind.CONFLICT,
                        "a sandbox " + name + " exists already",
                        "choose another --name, or remove it: smolvm sandbox delete --force " + name);
    }
}
