package io.perilune.loop;

import java.util.Arrays;

/** Readiness bits and those who want to know when they grow: what sockets and listeners have in common. */
abstract class ReadySource extends ShardMember implements Readiness {

    private static final ReadyListener[] NOBODY = {};

    /** Written with the shard's role, before {@code listeners} is read; others add themselves, then read this. */
    private volatile int readyOps;

    /** Copied when it changes. Written under this object's lock. */
    private volatile ReadyListener[] listeners = NOBODY;

    // Guarded by the shard's role.
    private boolean inReadySet;
    ReadySource nextReady;

    ReadySource(Shard shard) {
        super(shard);
    }

    @Override
    public final int readyOps() {
        return readyOps;
    }

    @Override
    public final void addListener(ReadyListener listener) {
        synchronized (this) {
            ReadyListener[] present = listeners;
            ReadyListener[] longer = Arrays.copyOf(present, present.length + 1);
            longer[present.length] = listener;
            listeners = longer;
        }
    }

    @Override
    public final void removeListener(ReadyListener listener) {
        synchronized (this) {
            ReadyListener[] present = listeners;
            for (int i = 0; i < present.length; i++) {
                if (present[i] == listener) {
                    ReadyListener[] shorter = Arrays.copyOf(present, present.length - 1);
                    System.arraycopy(present, i + 1, shorter, i, shorter.length - i);
                    listeners = shorter;
                    return;
                }
            }
        }
    }

    final void removeAllListeners() {
        synchronized (this) {
            listeners = NOBODY;
        }
    }

    /** Sets bits, and sees to it that the listeners hear of those that are new. */
    final void gain(int ops) {
        assert shard.role().isHeldByCurrentThread();
        int before = readyOps;
        if ((ops & ~before) != 0) {
            readyOps = before | ops;
            if (!inReadySet) {
                inReadySet = true;
                shard.addReady(this);
            }
        }
    }

    final void lose(int ops) {
        assert shard.role().isHeldByCurrentThread();
        int before = readyOps;
        if ((ops & before) != 0) {
            readyOps = before & ~ops;
        }
    }

    /** Tells the listeners. By the ready set. */
    final void deliver() {
        inReadySet = false;
        ReadyListener[] present = listeners;
        for (int i = 0; i < present.length; i++) {
            shard.call(present[i]);
        }
    }
}
