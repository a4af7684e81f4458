package dev.smolvm.history;

import dev.smolvm.error.ErrorKind;
import dev.smolvm.error.SmolVmException;
import dev.smolvm.store.SandboxName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What came from what: a forest of snapshots, forks and sandboxes. No node comes from itself, however damaged the store is.
 *
 * @param nodes parents before their children, otherwise by age
 */
public record Lineage(List<LineageNode> nodes) {
    public Lineage {
        nodes = List.copyOf(nodes);
    }

    /**
     * Only the trees in which a sandbox occurs.
     *
     * @throws SmolVmException not found: it occurs nowhere
     */
    Lineage of(SandboxName sandbox) {
        Map<String, String> rootOf = new HashMap<>();
        Set<String> wanted = new HashSet<>();
        for (LineageNode node : nodes) {
            String root = node.parent().map(rootOf::get).orElse(node.key());
            rootOf.put(node.key(), root);
            if (concerns(node, sandbox)) {
                wanted.add(root);
            }
        }
        List<LineageNode> found = new ArrayList<>(nodes);
        found.removeIf(node -> !wanted.contains(rootOf.get(node.key())));
        if (found.isEmpty()) {
            throw unknown(sandbox);
        }
        return new Lineage(found);
    }

    static SmolVmException unknown(SandboxName sandbox) {
        return new SmolVmException(
                ErrorKind.NOT_FOUND,
                "there is neither a sandbox " + sandbox + " nor a snapshot of it",
                "smolvm sandbox snapshot tree shows all");
    }

    private static boolean concerns(LineageNode node, SandboxName sandbox) {
        return switch (node) {
            case LineageNode.Saved saved -> saved.snapshot().sandbox().equals(sandbox);
            case LineageNode.Fork fork -> fork.sandbox().equals(sandbox);
            case LineageNode.Position position -> position.sandbox().equals(sandbox);
            case LineageNode.Unreadable _, LineageNode.Deleted _ -> false;
        };
    }
}
