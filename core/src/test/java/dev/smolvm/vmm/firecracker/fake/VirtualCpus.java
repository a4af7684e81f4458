package dev.smolvm.vmm.firecracker.fake;

import java.util.concurrent.Callable;

/** What the guest does, it does in here: one thing at a time, and nothing while it is paused. */
final class VirtualCpus {
    private boolean running;

    synchronized void pause() {
        running = false;
    }

    synchronized void resume() {
        running = true;
        notifyAll();
    }

    synchronized boolean running() {
        return running;
    }

    /** Waits until the guest runs. It may be paused again at once. */
    synchronized void awaitRunning() throws InterruptedException {
        while (!running) {
            wait();
        }
    }

    synchronized <T> T run(Callable<T> work) throws Exception {
        awaitRunning();
        return work.call();
    }

    /** For the VMM, which touches the guest's memory while the guest stands still. */
    synchronized <T> T whatever(Callable<T> work) throws Exception {
        return work.call();
    }
}
