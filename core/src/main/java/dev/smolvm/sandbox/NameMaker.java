package dev.smolvm.sandbox;

import java.util.concurrent.ThreadLocalRandom;

/** Makes readable names: an adjective and an animal. */
final class NameMaker {
    private static final String[] HOW = {
        "amber", "bold", "brave", "brisk", "calm", "clear", "clever", "cosy", "crisp", "eager", "fair", "fleet", "fond",
        "gentle", "glad", "grand", "happy", "hardy", "keen", "kind", "light", "lively", "lucky", "mellow", "merry",
                "mild",
        "neat", "nimble", "noble", "plucky", "polite", "proud", "quick", "quiet", "rapid", "ready", "rosy", "sharp",
                "shy",
        "silent", "snug", "sober", "solid", "spry", "steady", "sunny", "swift", "tidy", "vivid", "warm", "wise", "witty"
    };
    private static final String[] WHO = {
        "ant", "badger", "bat", "bear", "beaver", "bee", "bison", "crane", "crow", "deer", "dove", "duck", "eagle",
        "elk", "falcon", "finch", "fox", "frog", "gecko", "goose", "hare", "hawk", "heron", "ibex", "jay", "koala",
        "lark", "lemur", "lion", "lynx", "mole", "moose", "moth", "mouse", "newt", "otter", "owl", "panda", "puffin",
        "quail", "raven", "robin", "seal", "shrew", "snail", "stork", "swan", "tiger", "toad", "trout", "turtle",
        "vole", "whale", "wolf", "wren", "yak"
    };

    private NameMaker() {}

    static String next() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return HOW[random.nextInt(HOW.length)] + "-" + WHO[random.nextInt(WHO.length)];
    }
}
