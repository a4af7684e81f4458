package dev.smolvm.bench.measure;

/** A contender with a name and a role. */
public abstract class Participant implements Contender {
    private final String name;
    private final Role role;

    protected Participant(String name, Role role) {
        this.name = name;
        this.role = role;
    }

    /** The body of a round. */
    @FunctionalInterface
    public interface Body {
        void run(Recorder recorder) throws Exception;
    }

    /** One that needs no preparation and leaves nothing. */
    public static Contender of(String name, Role role, Body body) {
        return new Participant(name, role) {
            @Override
            public void round(Recorder recorder) throws Exception {
                body.run(recorder);
            }
        };
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final Role role() {
        return role;
    }
}
