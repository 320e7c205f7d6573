package io.perilune.channels.asynchronous;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.function.LongFunction;

/** A read or write, of one buffer or of several. */
abstract class Transfer<V, A> extends PendingOperation<V, A> {

    /** The results of one buffer, and of several. */
    static final LongFunction<Integer> ONE = count -> (int) count;

    static final LongFunction<Long> MANY = count -> count;

    /** What is transferred; many is null for one. */
    final ByteBuffer one;

    final ByteBuffer[] many;
    private final LongFunction<V> boxing;

    Transfer(
            GroupChannel channel,
            OperationSlot slot,
            ByteBuffer[] buffers,
            LongFunction<V> boxing,
            CompletionHandler<V, ? super A> handler,
            A attachment) {
        super(channel, slot, handler, attachment);
        boolean single = boxing == (Object) ONE;
        this.one = single ? buffers[0] : null;
        this.many = single ? null : buffers;
        this.boxing = boxing;
    }

    final void count(long bytes) {
        result(boxing.apply(bytes));
    }

    /** Ends it at the start with this many bytes. */
    final void countAtOnce(long bytes) {
        succeedAtOnce(boxing.apply(bytes));
    }

    final boolean isEmpty() {
        if (many == null) {
            return !one.hasRemaining();
        }
        for (ByteBuffer buffer : many) {
            if (buffer.hasRemaining()) {
                return false;
            }
        }
        return true;
    }
}
