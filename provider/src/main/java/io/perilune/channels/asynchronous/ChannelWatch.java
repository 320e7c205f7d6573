package io.perilune.channels.asynchronous;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.List;

/**
 * Has a channel's operations tried again when it is ready. The key's interest holds what operations wait for, no more:
 * a channel whose peer sends while nobody reads does not keep the loop awake. Any thread.
 */
final class ChannelWatch {

    private static final int IN = SelectionKey.OP_READ | SelectionKey.OP_ACCEPT;
    private static final int OUT = SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT;

    private final SelectableChannel channel;
    private final SelectingLoop loop;
    private final OperationSlot in;
    private final OperationSlot out;

    /** From the first operation on that has to wait. */
    private volatile SelectionKey key;

    ChannelWatch(SelectableChannel channel, SelectingLoop loop, OperationSlot in, OperationSlot out) {
        this.channel = channel;
        this.loop = loop;
        this.in = in;
        this.out = out;
    }

    /**
     * Waits for one of these bits of SelectionKey, once.
     *
     * @throws IOException if the channel cannot be registered, as when it is closed
     */
    void await(int readiness) throws IOException {
        SelectionKey present = key;
        if (present == null) {
            present = register();
        }
        present.interestOpsOr(readiness);
        loop.interestChanged();
    }

    private synchronized SelectionKey register() throws IOException {
        if (key == null) {
            key = loop.register(channel, this);
        }
        return key;
    }

    /** The key was selected: hands over the operations that waited for it. By the selecting thread. */
    void ready(List<Runnable> operations) {
        SelectionKey selected = key;
        if (selected == null) {
            return; // it is being registered: the interest comes later
        }
        try {
            int ops = selected.readyOps();
            selected.interestOpsAnd(~ops);
            if ((ops & IN) != 0) {
                retry(in, operations);
            }
            if ((ops & OUT) != 0) {
                retry(out, operations);
            }
        } catch (CancelledKeyException e) {
            return; // closed meanwhile: whoever closed it ends its operations
        }
    }

    private static void retry(OperationSlot slot, List<Runnable> operations) {
        PendingOperation<?, ?> pending = slot.pending();
        if (pending != null && pending.claim()) {
            operations.add(pending);
        }
    }

    /** Has an operation look at its channel again although nothing may have become ready. */
    void retry(OperationSlot slot) {
        PendingOperation<?, ?> pending = slot.pending();
        if (pending != null && pending.claim()) {
            loop.submit(pending);
        }
    }
}
