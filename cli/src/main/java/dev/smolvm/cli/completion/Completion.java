package dev.smolvm.cli.completion;

import dev.smolvm.cli.command.Command;
import dev.smolvm.cli.declare.Value;
import dev.smolvm.cli.session.Session;
import dev.smolvm.cli.tree.CommandNode;

/** {@code smolvm completion} */
public final class Completion extends Command {
    /** The shells that have a script. */
    private enum Shell {
        BASH,
        ZSH,
        FISH
    }

    private final CommandNode.Group root;
    private final Value<Shell> shell = declare.choiceParameter("SHELL", Shell.class, "bash, zsh or fish.");

    public Completion(CommandNode.Group root) {
        super(
                "Print a script that completes smolvm's command lines in your shell.",
                "It also completes the names of sandboxes, snapshots and images.");
        this.root = root;
        declare.example("eval \"$(smolvm completion bash)\"", "For this bash; in ~/.bashrc for every one");
        declare.example("smolvm completion zsh > ~/.zfunc/_smolvm", "For zsh, where ~/.zfunc is in fpath");
        declare.example("smolvm completion fish > ~/.config/fish/completions/smolvm.fish", "For fish");
    }

    @Override
    protected int execute(String name, Session session) {
        CompletionModel model = CompletionModel.of(root);
        session.out()
                .print(
                        switch (shell.get()) {
                            case BASH -> BashScript.of(model);
                            case ZSH -> BashScript.forZsh(model);
                            case FISH -> FishScript.of(model);
                        });
        return 0;
    }
}
