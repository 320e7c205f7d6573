package io.perilune.channels;

import io.perilune.loop.Companion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A kernel Selector that watches the kernel channels of one waiter: of a {@link PeriluneSelector}, or of a thread in
 * accept. Used by the waiting thread, but for {@link #wakeup} and {@link #close}.
 */
final class KernelCompanion implements Companion {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final Selector selector;
    private final int descriptor;
    private final List<PeriluneSelectionKey> ready = new ArrayList<>();

    private final Consumer<SelectionKey> taking = this::take;
    private int selection;
    private boolean any;

    KernelCompanion(StackSource source) throws IOException {
        selector = source.kernelProvider().openSelector();
        descriptor = source.epollDescriptor(selector);
    }

    /** Registers a kernel channel; our key rides as attachment, or null. */
    SelectionKey register(SelectableChannel kernelChannel, int ops, PeriluneSelectionKey key) throws IOException {
        return kernelChannel.register(selector, ops, key);
    }

    boolean isEmpty() {
        return selector.keys().isEmpty();
    }

    /** Begins a new selection: forgets what was ready. */
    void begin(int selectionNumber) {
        selection = selectionNumber;
        ready.clear();
    }

    /** The keys that were found ready since {@link #begin}, each once. */
    List<PeriluneSelectionKey> ready() {
        return ready;
    }

    @Override
    public int descriptor() {
        return descriptor;
    }

    @Override
    public boolean poll() {
        any = false;
        try {
            selector.selectNow(taking);
        } catch (ClosedSelectorException e) {
            return true; // closed by another thread: whoever waits must look at its condition
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return any;
    }

    @Override
    public void block(long timeoutNs) {
        // The kernel's selector counts in milliseconds and takes 0 for ever: round up.
        long millis = timeoutNs / NANOS_PER_MILLI + (timeoutNs % NANOS_PER_MILLI == 0 ? 0 : 1);
        try {
            if (timeoutNs <= 0) {
                selector.selectNow(taking);
            } else {
                selector.select(taking, timeoutNs == Long.MAX_VALUE ? 0 : millis);
            }
        } catch (ClosedSelectorException e) {
            return; // closed by another thread: whoever waits must look at its condition
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void wakeup() {
        selector.wakeup();
    }

    void close() throws IOException {
        selector.close();
    }

    private void take(SelectionKey kernelKey) {
        any = true;
        PeriluneSelectionKey key = (PeriluneSelectionKey) kernelKey.attachment();
        if (key == null) {
            return;
        }
        int ops;
        try {
            ops = kernelKey.readyOps();
        } catch (CancelledKeyException e) {
            return; // cancelled since the kernel reported it: the next selection deregisters it
        }
        if (key.kernelSelection != selection) {
            key.kernelSelection = selection;
            ready.add(key);
        }
        key.kernelReadyOps = ops;
    }
}
