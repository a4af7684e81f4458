package dev.smolvm.cli.command.snapshot;

import dev.smolvm.cli.output.Printable;
import dev.smolvm.cli.output.Table;
import dev.smolvm.history.Lineage;
import dev.smolvm.history.LineageNode;
import dev.smolvm.sandbox.SandboxStatus;
import dev.smolvm.snapshot.SnapshotInfo;
import dev.smolvm.store.SandboxName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Draws a lineage. One line of descent is drawn straight down, however long it is; only what branches off it is indented. So
 * the drawing is as wide as the branches are nested, and no wider.
 */
final class TreeDrawing {
    /** From this depth on the heaviest branch is drawn straight: whatever the tree, few more can be nested then. */
    private static final int DEEP = 8;

    private final Lineage lineage;
    private final Signs signs;
    private final Map<String, List<LineageNode>> children = new HashMap<>();
    private final Map<String, Integer> weights = new HashMap<>();
    private final Table table = new Table("TREE", "SANDBOX", "IS", "CREATED", "SIZE", "NOTES");

    TreeDrawing(Lineage lineage, Signs signs) {
        this.lineage = lineage;
        this.signs = signs;
    }

    /** What it is drawn with. */
    enum Signs {
        UNICODE("├─ ", "│  ", "○ ", "● ", "✗ "),
        ASCII("|- ", "|  ", "o ", "* ", "x ");

        private final String branch;
        private final String beside;
        private final String snapshot;
        private final String sandbox;
        private final String broken;

        Signs(String branch, String beside, String snapshot, String sandbox, String broken) {
            this.branch = branch;
            this.beside = beside;
            this.snapshot = snapshot;
            this.sandbox = sandbox;
            this.broken = broken;
        }

        /** What the locale's characters allow; the first of its variables that is set decides. */
        static Signs of(Map<String, String> environment) {
            for (String variable : List.of("LC_ALL", "LC_CTYPE", "LANG")) {
                String locale = environment.getOrDefault(variable, "");
                if (!locale.isEmpty()) {
                    return locale.matches("(?i).*utf-?8.*") ? UNICODE : ASCII;
                }
            }
            return ASCII;
        }
    }

    Table table() {
        List<LineageNode> roots = new ArrayList<>();
        for (LineageNode node : lineage.nodes()) {
            node.parent()
                    .map(p -> children.computeIfAbsent(p, _ -> new ArrayList<>()))
                    .orElse(roots)
                    .add(node);
        }
        for (LineageNode node : lineage.nodes().reversed()) {
            int weight = weights.merge(node.key(), 1, Integer::sum);
            node.parent().ifPresent(p -> weights.merge(p, weight, Integer::sum));
        }
        for (int i = 0; i < roots.size(); i++) {
            if (i > 0) {
                table.row("", "", "", "", "", "");
            }
            draw(roots.get(i), "", "", 0);
        }
        return table;
    }

    private void draw(LineageNode first, String before, String beside, int depth) {
        LineageNode node = first;
        row(node, before);
        while (children.containsKey(node.key())) {
            List<LineageNode> next = children.get(node.key());
            LineageNode straight = straight(node, next, depth);
            for (LineageNode branch : next) {
                if (branch != straight) {
                    draw(branch, beside + signs.branch, beside + signs.beside, depth + 1);
                }
            }
            node = straight;
            row(node, beside);
        }
    }

    /** What is drawn below a node: its own sandbox's, the line that has more of it, the newest. */
    private LineageNode straight(LineageNode node, List<LineageNode> next, int depth) {
        Optional<SandboxName> sandbox = sandbox(node);
        boolean own = depth < DEEP && next.stream().anyMatch(n -> sandbox(n).equals(sandbox));
        LineageNode best = null;
        for (LineageNode each : next) {
            boolean fits = !own || sandbox(each).equals(sandbox);
            if (fits && (best == null || weights.get(each.key()) >= weights.get(best.key()))) {
                best = each;
            }
        }
        return best;
    }

    /** A fork is no longer its parent's sandbox. */
    private static Optional<SandboxName> sandbox(LineageNode node) {
        return switch (node) {
            case LineageNode.Saved saved -> Optional.of(saved.snapshot().sandbox());
            case LineageNode.Fork fork -> Optional.of(fork.sandbox());
            case LineageNode.Position position -> Optional.of(position.sandbox());
            case LineageNode.Unreadable _, LineageNode.Deleted _ -> Optional.empty();
        };
    }

    private void row(LineageNode node, String before) {
        switch (node) {
            case LineageNode.Saved saved -> row(saved.snapshot(), before);
            case LineageNode.Unreadable damaged ->
                table.row(before + signs.broken + damaged.id(), "", "damaged", "", "", damaged.why());
            case LineageNode.Deleted deleted -> plain(before + signs.broken + deleted.id(), "", "deleted");
            case LineageNode.Fork fork ->
                plain(before + fork.sandbox(), fork.sandbox().value(), "fork");
            case LineageNode.Position position ->
                plain(
                        before + signs.sandbox + position.sandbox(),
                        position.sandbox().value(),
                        position.status().map(SandboxStatus::label).orElse("damaged"));
        }
    }

    private void row(SnapshotInfo snapshot, String before) {
        table.row(
                before + signs.snapshot + snapshot.id(),
                snapshot.sandbox().value(),
                snapshot.type().label(),
                Printable.time(snapshot.createdAt()),
                Printable.size(snapshot.ownBytes()),
                notes(snapshot));
    }

    private void plain(String drawn, String sandbox, String is) {
        table.row(drawn, sandbox, is, "", "", "");
    }

    private static String notes(SnapshotInfo snapshot) {
        List<String> labels = new ArrayList<>();
        snapshot.labels().forEach((key, value) -> labels.add(key + "=" + value));
        List<String> notes = new ArrayList<>();
        notes.add(String.join(" ", labels));
        snapshot.description().ifPresent(notes::add);
        snapshot.expires().ifPresent(time -> notes.add("expires " + Printable.time(time)));
        snapshot.notesDamage().ifPresent(_ -> notes.add("notes damaged"));
        notes.removeIf(String::isEmpty);
        return String.join("; ", notes);
    }
}
