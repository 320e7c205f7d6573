package io.perilune.link;

/** Sleeps on a monitor: for links whose frames come from no device. */
public final class MonitorSleeper implements Sleeper {

    private final Object monitor = new Object();
    private boolean woken;

    /** Makes one. */
    public MonitorSleeper() {}

    @Override
    public boolean endsOnFrame() {
        return false;
    }

    /** {@inheritDoc} Here no descriptor is watched. */
    @SuppressWarnings("WaitNotInLoop") // a sleep may end early for no reason: its caller looks and sleeps again
    @Override
    public void sleep(long timeoutNs, int descriptor) {
        synchronized (monitor) {
            if (!woken) {
                try {
                    monitor.wait(timeoutNs / 1_000_000, (int) (timeoutNs % 1_000_000));
                } catch (InterruptedException e) {
                    // The interrupt is its thread's business, and the end of the sleep.
                    Thread.currentThread().interrupt();
                }
            }
            woken = false;
        }
    }

    @Override
    public void wakeup() {
        synchronized (monitor) {
            woken = true;
            monitor.notify();
        }
    }
}
