package dev.smolvm.vmm.qemu;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.json.Json;
import dev.smolvm.json.JsonFields;
import dev.smolvm.os.SparseCopy;
import dev.smolvm.vmm.DiskCopy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Copies of disks as they are at one instant, made while the guest goes on (QMP {@code blockdev-backup}): what it is about to
 * overwrite is copied first. Jobs and nodes are known by their names, so that those of a command that died can be ended.
 */
final class CopyJobs {
    /** Without any progress in this time a copy counts as hanging. */
    private static final Duration STALL = Duration.ofMinutes(2);

    private static final Duration LOOK = Duration.ofMillis(20);

    private final QmpClient qmp;
    private final List<DiskCopy> copies;
    private boolean complete;

    CopyJobs(QmpClient qmp, List<DiskCopy> copies) {
        this.qmp = qmp;
        this.copies = copies;
    }

    boolean isEmpty() {
        return copies.isEmpty();
    }

    /** Opens what is copied to. */
    void prepare() {
        for (DiskCopy copy : copies) {
            BlockNodes.of(copy).forEach(node -> qmp.execute("blockdev-add", node, QmpClient.COMMAND_DEADLINE));
        }
    }

    /** What begins the copies, as actions of a {@code transaction}. */
    List<Json> actions() {
        List<Json> actions = new ArrayList<>();
        for (DiskCopy copy : copies) {
            actions.add(Json.object()
                    .put("type", "blockdev-backup")
                    .put(
                            "data",
                            Json.object()
                                    .put("job-id", BlockNodes.copyNode(copy))
                                    .put("device", BlockNodes.userNode(copy.id()))
                                    .put("target", BlockNodes.copyNode(copy))
                                    .put("sync", "full")
                                    .put("auto-dismiss", false)
                                    .build())
                    .build());
        }
        return actions;
    }

    /** Waits for all copies, if that was not done, and closes their files: only then they are complete. */
    void await(SparseCopy.Listener listener) {
        if (complete || copies.isEmpty()) {
            return;
        }
        long stalledSince = System.nanoTime();
        long before = -1;
        while (true) {
            List<JsonFields> jobs = jobs();
            Optional<String> error = jobs.stream()
                    .flatMap(j -> j.optionalString("error").stream())
                    .findFirst();
            if (error.isPresent() || jobs.size() != copies.size()) {
                abandon();
                throw failed(error.orElse("it was ended"));
            }
            long done =
                    jobs.stream().mapToLong(j -> j.integer("current-progress")).sum();
            listener.copied(
                    done,
                    jobs.stream().mapToLong(j -> j.integer("total-progress")).sum());
            if (jobs.stream().allMatch(CopyJobs::concluded)) {
                break;
            }
            if (done != before) {
                before = done;
                stalledSince = System.nanoTime();
            } else if (System.nanoTime() - stalledSince > STALL.toNanos()) {
                throw new SmolVmException(
                        ErrorKind.GUEST_UNRESPONSIVE,
                        "QEMU's copy of the drives makes no progress",
                        "look at the host's disks, then run the same command again");
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
        dismiss();
        openNodes().forEach(n -> qmp.execute("blockdev-del", Json.object().put("node-name", n)));
        complete = true;
    }

    /** Ends all copies, also those of a command that died; their files are closed, and incomplete. */
    void abandon() {
        List<JsonFields> jobs = jobs();
        if (!jobs.isEmpty()) {
            jobs.forEach(j -> quietly("job-cancel", "id", j.string("id")));
            awaitConcluded();
            dismiss();
        }
        openNodes().forEach(n -> quietly("blockdev-del", "node-name", n));
    }

    private void awaitConcluded() {
        long start = System.nanoTime();
        while (!jobs().stream().allMatch(CopyJobs::concluded)
                && System.nanoTime() - start < QmpClient.COMMAND_DEADLINE.toNanos()) {
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    private static boolean concluded(JsonFields job) {
        return job.string("status").equals("concluded");
    }

    private List<JsonFields> jobs() {
        return list("query-jobs").stream()
                .filter(j -> j.string("id").startsWith(BlockNodes.COPY))
                .toList();
    }

    private void dismiss() {
        jobs().forEach(j -> quietly("job-dismiss", "id", j.string("id")));
    }

    /** In the order in which they can be closed, which writes what QEMU still holds of their files. */
    private List<String> openNodes() {
        List<String> nodes = list("query-named-block-nodes", Json.object().put("flat", true)).stream()
                .map(n -> n.string("node-name"))
                .toList();
        return Stream.of(BlockNodes.COPY, BlockNodes.COPY_FILE)
                .flatMap(prefix -> nodes.stream().filter(n -> n.startsWith(prefix)))
                .toList();
    }

    /** What has ended meanwhile needs no ending. */
    private void quietly(String command, String key, String value) {
        try {
            qmp.execute(command, Json.object().put(key, value));
        } catch (QmpErrorException e) {
            // It is gone, or goes with the VMM.
        }
    }

    private List<JsonFields> list(String query) {
        return list(query, Json.object());
    }

    private List<JsonFields> list(String query, Json.Builder arguments) {
        Json answer = qmp.call(query, arguments.build(), QmpClient.COMMAND_DEADLINE);
        return JsonFields.of(Json.object().put("answer", answer).build(), query).list("answer", item -> item);
    }

    private static SmolVmException failed(String reason) {
        boolean full = reason.contains("No space left");
        return new SmolVmException(
                full ? ErrorKind.NO_SPACE : ErrorKind.UNEXPECTED,
                "QEMU could not copy the drives: " + reason,
                full ? "free some space, then run the same command again" : "run it again with --verbose");
    }
}
