package dev.smolvm.vmm.firecracker.fake;

/** The guest's file system while it stands still: held by one session, and thawed by a watchdog. */
final class Freeze {
    private Object holder;
    private long until;
    private Object lapsed;

    /** @return false: another session holds one */
    synchronized boolean take(Object session, long millis) {
        if (frozen() && holder != session) {
            return false;
        }
        holder = session;
        lapsed = null;
        until = System.nanoTime() + millis * 1_000_000;
        return true;
    }

    synchronized boolean frozen() {
        if (holder != null && System.nanoTime() > until) {
            lapsed = holder;
            holder = null;
            notifyAll();
        }
        return holder != null;
    }

    synchronized boolean heldBy(Object session) {
        return frozen() && holder == session;
    }

    /** @return false: the watchdog was faster */
    synchronized boolean thaw(Object session) {
        boolean inTime = frozen() || lapsed != session;
        if (holder == session) {
            holder = null;
        }
        lapsed = lapsed == session ? null : lapsed;
        notifyAll();
        return inTime;
    }

    synchronized void await() throws InterruptedException {
        while (frozen()) {
            wait(5);
        }
    }
}
