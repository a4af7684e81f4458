package dev.smolvm.bench.measure;

import dev.smolvm.bench.lab.Lab;
import java.util.List;

/** Something that is measured, by one contender or by several that are compared. */
public interface Scenario {
    /** By which it is chosen on the command line, such as {@code snapshot-512}: lower-case letters, digits and hyphens. */
    String name();

    /** One line for people, with the sizes: {@code Snapshot and restore, 512 MiB, 120 MiB filled}. */
    String title();

    default Rounds rounds(Form form) {
        return form.choose(new Rounds(1, 3), new Rounds(1, 7));
    }

    /** Ours first. Making them costs nothing; {@link Contender#prepare} does. */
    List<Contender> contenders(Lab lab);
}
