package dev.smolvm.cli.command;

import dev.smolvm.cli.declare.Flag;
import dev.smolvm.cli.output.Envelope;
import dev.smolvm.cli.output.PartlyDone;
import dev.smolvm.cli.session.Session;

/** A command whose result can be printed for people or, with {@code --json}, for programs. */
public abstract class DataCommand extends Command {
    private final Flag json;

    protected DataCommand(String summary, String... description) {
        super(summary, description);
        json = declare.commonFlag("--json", "Print one JSON document on stdout and nothing else there.");
    }

    protected abstract Result result(Session session) throws Exception;

    @Override
    protected final int execute(String name, Session session) throws Exception {
        Result result;
        try {
            result = result(session);
        } catch (PartlyDone e) {
            if (!json.given()) {
                e.text().print(session.out(), session.outStyle());
            }
            throw e;
        }
        if (json.given()) {
            session.out()
                    .println(Envelope.success(
                                    name, result.exitCode(), result.data().get())
                            .compact());
        } else {
            result.text().print(session.out(), session.outStyle());
        }
        return result.exitCode();
    }

    /** Whether nothing but the result may be printed on stdout. */
    protected final boolean asJson() {
        return json.given();
    }

    @Override
    public final boolean printsData() {
        return true;
    }
}
