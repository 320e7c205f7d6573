package io.perilune.loop;

/** The threads that are parked until their condition holds or they are to lead, last in first. Any thread. */
final class Followers {

    private final Object lock = new Object();
    private Waiter first;

    // Written under the lock, read by all.
    private volatile int candidates;
    private volatile int bystanders;

    /** How many may lead. */
    int candidates() {
        return candidates;
    }

    /** How many may not: virtual threads, which would hold their carriers. */
    int bystanders() {
        return bystanders;
    }

    /** Adds a thread that is about to park. */
    void add(Waiter waiter, boolean mayLead) {
        synchronized (lock) {
            waiter.mayLead = mayLead;
            waiter.enlisted = true;
            waiter.previousFollower = null;
            waiter.nextFollower = first;
            if (first != null) {
                first.previousFollower = waiter;
            }
            first = waiter;
            if (mayLead) {
                candidates++;
            } else {
                bystanders++;
            }
        }
    }

    /** Takes it out again. */
    void remove(Waiter waiter) {
        synchronized (lock) {
            if (waiter.previousFollower == null) {
                first = waiter.nextFollower;
            } else {
                waiter.previousFollower.nextFollower = waiter.nextFollower;
            }
            if (waiter.nextFollower != null) {
                waiter.nextFollower.previousFollower = waiter.previousFollower;
            }
            waiter.nextFollower = null;
            waiter.previousFollower = null;
            waiter.enlisted = false;
            if (waiter.mayLead) {
                candidates--;
            } else {
                bystanders--;
            }
        }
    }

    /** Nudges the one that came last of those who may lead. Returns whether there is one. */
    boolean nudgeCandidate() {
        synchronized (lock) {
            for (Waiter follower = first; follower != null; follower = follower.nextFollower) {
                if (follower.mayLead) {
                    follower.nudge();
                    return true;
                }
            }
        }
        return false;
    }

    void nudgeAll() {
        synchronized (lock) {
            for (Waiter follower = first; follower != null; follower = follower.nextFollower) {
                follower.nudge();
            }
        }
    }
}
