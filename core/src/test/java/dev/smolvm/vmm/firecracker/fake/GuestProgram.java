package dev.smolvm.vmm.firecracker.fake;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** A command in the guest: one of a few built-in words, or {@code sh -c} with a script of them. */
final class GuestProgram {
    static final int NOT_FOUND = 127;

    private static final List<String> SHELLS = List.of("sh", "/bin/sh", "bash", "/bin/bash");
    private static final List<String> WORDS = List.of(
            "echo",
            "cat",
            "write",
            "rm",
            "ls",
            "sync",
            "counter",
            "peek",
            "poke",
            "hostname",
            "console",
            "sleep",
            "true",
            "false",
            "exit",
            "reboot",
            "test",
            "uname",
            "id");

    private final Guest guest;
    private final List<String> command;
    private final Io io;

    /** The program's standard streams. */
    interface Io {
        void out(String text) throws IOException;

        void err(String text) throws IOException;

        /** All of standard input. */
        String in() throws IOException, InterruptedException;
    }

    GuestProgram(Guest guest, List<String> command, Io io) {
        this.guest = guest;
        this.command = command;
        this.io = io;
    }

    static boolean exists(String name) {
        return SHELLS.contains(name) || WORDS.contains(base(name));
    }

    private static String base(String name) {
        return name.replaceFirst("^(/usr)?/s?bin/", "");
    }

    /** @return the exit status */
    int run() throws Exception {
        if (SHELLS.contains(command.getFirst())
                && command.size() > 2
                && command.get(1).matches("-[a-z]*c")) {
            return script(ShellScript.parse(command.get(2)), command.get(1).contains("e"));
        }
        return word(command, io);
    }

    private int script(ShellScript script, boolean stopAtFailure) throws Exception {
        int status = 0;
        for (ShellScript.Step step : script.steps()) {
            if (step.when().equals("&&") && status != 0 || step.when().equals("||") && status == 0) {
                continue;
            }
            if (step.words().getFirst().equals("exit")) {
                return step.words().size() > 1 ? Integer.parseInt(step.words().get(1)) : status;
            }
            status = step.target() == null ? word(step.words(), io) : redirected(step);
            if (status != 0 && stopAtFailure) {
                return status;
            }
        }
        return status;
    }

    private int redirected(ShellScript.Step step) throws Exception {
        StringBuilder output = new StringBuilder();
        int status = word(step.words(), new Io() {
            @Override
            public void out(String text) {
                output.append(text);
            }

            @Override
            public void err(String text) throws IOException {
                io.err(text);
            }

            @Override
            public String in() throws IOException, InterruptedException {
                return io.in();
            }
        });
        switch (step.target()) {
            case "/dev/null" -> {}
            case "/dev/console" -> guest.console(output.toString().stripTrailing());
            default -> {
                guest.freeze().await();
                inGuest(() -> {
                    String before = step.append() ? guest.disk().files().getOrDefault(step.target(), "") : "";
                    guest.disk().write(step.target(), before + output);
                    return null;
                });
            }
        }
        return status;
    }

    private <T> T inGuest(Callable<T> work) throws Exception {
        return guest.cpus().run(work);
    }

    private int word(List<String> words, Io to) throws Exception {
        List<String> arguments = new ArrayList<>(words.subList(1, words.size()));
        try {
            return switch (base(words.getFirst())) {
                case "true" -> 0;
                case "false" -> 1;
                case "exit" -> Integer.parseInt(arguments.getFirst());
                case "echo" -> {
                    boolean open = !arguments.isEmpty() && arguments.getFirst().equals("-n") && arguments.remove("-n");
                    to.out(String.join(" ", arguments) + (open ? "" : "\n"));
                    yield 0;
                }
                case "cat" -> cat(arguments, to);
                case "write" -> {
                    guest.freeze().await();
                    inGuest(() -> {
                        guest.disk().write(arguments.get(0), String.join(" ", arguments.subList(1, arguments.size())));
                        return null;
                    });
                    yield 0;
                }
                case "rm" -> {
                    guest.freeze().await();
                    inGuest(() -> {
                        arguments.stream().filter(a -> !a.startsWith("-")).forEach(guest.disk()::remove);
                        return null;
                    });
                    yield 0;
                }
                case "ls" -> {
                    to.out(String.join("\n", inGuest(() -> guest.disk().files()).keySet()) + "\n");
                    yield 0;
                }
                case "test" -> inGuest(() -> guest.disk().files()).containsKey(arguments.getLast()) ? 0 : 1;
                case "sync" -> {
                    guest.freeze().await();
                    inGuest(() -> {
                        guest.sync();
                        return null;
                    });
                    yield 0;
                }
                case "counter" -> {
                    to.out(inGuest(() -> guest.memory().readLong(Guest.COUNTER)) + "\n");
                    yield 0;
                }
                case "peek" -> {
                    to.out(inGuest(() -> guest.memory().readLong(Long.decode(arguments.getFirst()))) + "\n");
                    yield 0;
                }
                case "poke" -> {
                    inGuest(() -> {
                        guest.memory().writeLong(Long.decode(arguments.get(0)), Long.decode(arguments.get(1)));
                        return null;
                    });
                    yield 0;
                }
                case "hostname" -> {
                    to.out(inGuest(guest::hostname) + "\n");
                    yield 0;
                }
                case "uname" -> {
                    to.out("Linux\n");
                    yield 0;
                }
                case "id" -> {
                    to.out(arguments.isEmpty() ? "uid=0(root) gid=0(root)\n" : "0\n");
                    yield 0;
                }
                case "console" -> {
                    inGuest(() -> {
                        guest.console(String.join(" ", arguments));
                        return null;
                    });
                    yield 0;
                }
                case "sleep" -> {
                    Thread.sleep((long) (Double.parseDouble(arguments.getFirst()) * 1_000));
                    yield 0;
                }
                case "reboot" -> {
                    inGuest(() -> {
                        guest.shutDown();
                        return null;
                    });
                    yield 0;
                }
                default -> {
                    to.err("sh: " + words.getFirst() + ": not found\n");
                    yield NOT_FOUND;
                }
            };
        } catch (IllegalArgumentException | IndexOutOfBoundsException | java.util.NoSuchElementException e) {
            to.err(words.getFirst() + ": " + e.getMessage() + "\n");
            return 2;
        }
    }

    private int cat(List<String> paths, Io to) throws Exception {
        if (paths.isEmpty() || paths.getFirst().equals("-")) {
            to.out(to.in());
            return 0;
        }
        int status = 0;
        for (String path : paths) {
            String content = inGuest(() -> guest.disk().files()).get(path);
            if (content == null) {
                to.err("cat: " + path + ": No such file or directory\n");
                status = 1;
            } else {
                to.out(content);
            }
        }
        return status;
    }
}
