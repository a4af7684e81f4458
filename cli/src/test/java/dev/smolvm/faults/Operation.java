package dev.smolvm.faults;

/**
 * A command of the tool that is killed at each of its calls.
 *
 * @param variant another operation's calls, all of which are tried there, in another state
 * @param before brings about the state in which the command is run
 * @param after what must hold once the command was killed, and that it can be run again; returns which of the two states it was
 */
record Operation(String name, boolean variant, Step before, Check after, String... command) {
    static final String OLD = "killed: the state before";
    static final String NEW = "killed: the state after";

    interface Step {
        void run(String where) throws Exception;
    }

    interface Check {
        String run(String where) throws Exception;
    }

    /** Its calls are tried with the operation of which it is a variant. */
    Operation asVariant() {
        return new Operation(name, true, before, after, command);
    }

    static Operation of(String name, Step before, Check after, String... command) {
        return new Operation(name, false, before, after, command);
    }

    @Override
    public String toString() {
        return name;
    }
}
