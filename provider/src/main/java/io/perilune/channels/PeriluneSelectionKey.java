package io.perilune.channels;

import io.perilune.loop.ReadyListener;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelectionKey;

/**
 * The registration of a channel, Perilune's own or a kernel channel, with a {@link PeriluneSelector}. Any thread may
 * change its interest; a change only queues the key, the next selection acts on it.
 */
final class PeriluneSelectionKey extends AbstractSelectionKey implements ReadyListener {

    private static final VarHandle INTEREST;

    static {
        try {
            INTEREST = MethodHandles.lookup().findVarHandle(PeriluneSelectionKey.class, "interestOps", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final PeriluneSelector selector;
    private final AbstractSelectableChannel channel;

    /** The channel again if it is one of ours, else null. */
    final PeriluneChannel own;

    private volatile int interestOps;
    private volatile int readyOps;

    /** Written by {@link KeyQueue}. */
    volatile boolean queued;

    PeriluneSelectionKey nextQueued;

    /** The registration with the companion, if any. Made by the selecting thread. */
    volatile SelectionKey kernelKey;

    // The fields below belong to the selecting thread.

    /** In the selector's list of keys whose user-space half may be ready. */
    boolean listed;

    /** What the companion last saw, valid in the selection of this number. */
    int kernelReadyOps;

    int kernelSelection;

    /** The last selection that reported this key. */
    int reportedSelection;

    PeriluneSelectionKey(PeriluneSelector selector, AbstractSelectableChannel channel, int ops) {
        this.selector = selector;
        this.channel = channel;
        this.own = channel instanceof PeriluneChannel ? (PeriluneChannel) channel : null;
        this.interestOps = ops;
    }

    @Override
    public SelectableChannel channel() {
        return channel;
    }

    @Override
    public Selector selector() {
        return selector;
    }

    PeriluneSelector periluneSelector() {
        return selector;
    }

    @Override
    public int interestOps() {
        ensureValid();
        return interestOps;
    }

    @Override
    public SelectionKey interestOps(int ops) {
        ensureValid();
        checkOps(ops);
        if ((int) INTEREST.getAndSet(this, ops) != ops) {
            selector.interestChanged(this);
        }
        return this;
    }

    @Override
    public int interestOpsOr(int ops) {
        ensureValid();
        checkOps(ops);
        int old = (int) INTEREST.getAndBitwiseOr(this, ops);
        if (old != (old | ops)) {
            selector.interestChanged(this);
        }
        return old;
    }

    @Override
    public int interestOpsAnd(int ops) {
        ensureValid();
        int old = (int) INTEREST.getAndBitwiseAnd(this, ops);
        if (old != (old & ops)) {
            selector.interestChanged(this);
        }
        return old;
    }

    @Override
    public int readyOps() {
        ensureValid();
        return readyOps;
    }

    /** The interest, of a cancelled key too. */
    int interest() {
        return interestOps;
    }

    /** The ready set, of a cancelled key too. */
    int ready() {
        return readyOps;
    }

    void ready(int ops) {
        readyOps = ops;
    }

    @Override
    public void onReady() {
        selector.becameReady(this);
    }

    void cancelKernelKey() {
        SelectionKey key = kernelKey;
        if (key != null) {
            key.cancel();
        }
    }

    /**
     * The identity hash; and, once the key is cancelled, the moment to cancel the companion's key too. cancel() is
     * final in AbstractSelectionKey and reaches code of ours nowhere else than here, when it puts the key into the
     * cancelled-key set. A kernel channel must be free for configureBlocking(true) as soon as cancel() has returned.
     */
    @Override
    public int hashCode() {
        if (!isValid()) {
            cancelKernelKey();
        }
        return System.identityHashCode(this);
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public String toString() {
        String start = "channel=" + channel + ", selector=" + selector;
        return isValid() ? start + ", interestOps=" + interestOps + ", readyOps=" + readyOps : start + ", invalid";
    }

    private void checkOps(int ops) {
        if ((ops & ~channel.validOps()) != 0) {
            throw new IllegalArgumentException();
        }
    }

    private void ensureValid() {
        if (!isValid()) {
            throw new CancelledKeyException();
        }
    }
}
