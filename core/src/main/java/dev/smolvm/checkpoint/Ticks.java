package dev.smolvm.checkpoint;

import java.util.concurrent.TimeUnit;

/** Time that only goes forward, whatever happens to the clock. */
interface Ticks {
    Ticks REAL = new Ticks() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void sleepUntil(long nanos) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(nanos - System.nanoTime());
        }
    };

    long nanos();

    /** Returns at once if it is later already, unless the thread is interrupted. */
    void sleepUntil(long nanos) throws InterruptedException;
}
