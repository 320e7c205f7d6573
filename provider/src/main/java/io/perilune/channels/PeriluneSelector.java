package io.perilune.channels;

import io.perilune.loop.UserStack;
import io.perilune.loop.Waiter;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.IllegalSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * One key set over both worlds (D5). A selection costs by the keys that are ready or changed, not by those registered.
 * Selections lock this, then the selected-key set, as the javadoc of Selector says.
 */
final class PeriluneSelector extends AbstractSelector {

    private static final VarHandle WOKEN;

    static {
        try {
            WOKEN = MethodHandles.lookup().findVarHandle(PeriluneSelector.class, "woken", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** While user-space keys are ready the companion is looked at only this often: a system call each time. */
    private static final long COMPANION_INTERVAL_NS = 20_000;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final StackSource source;
    private final SelectorProvider kernelProvider;
    private final Set<SelectionKey> keys = ConcurrentHashMap.newKeySet();
    private final Set<SelectionKey> publicKeys = Collections.unmodifiableSet(keys);
    private final SelectedKeys selectedKeys = new SelectedKeys();
    private final KeyQueue queue = new KeyQueue();

    /** The stack and how to wait in it, from the first user-space key on. The waiter is written first. */
    private volatile UserStack stack;

    private volatile Waiter waiter;

    private volatile KernelCompanion companion;

    /** Whether the selecting thread is, or is about to be, in the companion alone. */
    private volatile boolean inCompanion;

    private volatile boolean woken;

    // The fields below belong to the selecting thread.

    private boolean inSelect;
    private int selection;
    private long companionLookedAtNs;
    private PeriluneSelectionKey[] listed = new PeriluneSelectionKey[16];
    private int listedCount;
    private final List<PeriluneSelectionKey> cancelled = new ArrayList<>();

    PeriluneSelector(SelectorProvider provider, StackSource source) throws IOException {
        super(provider);
        this.source = source;
        this.kernelProvider = source.kernelProvider();
    }

    @Override
    public Set<SelectionKey> keys() {
        ensureOpen();
        return publicKeys;
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        ensureOpen();
        return selectedKeys;
    }

    @Override
    public int selectNow() throws IOException {
        return lockAndSelect(null, 0);
    }

    @Override
    public int select() throws IOException {
        return lockAndSelect(null, Long.MAX_VALUE);
    }

    @Override
    public int select(long timeout) throws IOException {
        return lockAndSelect(null, nanos(timeout));
    }

    @Override
    public int selectNow(Consumer<SelectionKey> action) throws IOException {
        return lockAndSelect(Objects.requireNonNull(action), 0);
    }

    @Override
    public int select(Consumer<SelectionKey> action) throws IOException {
        return lockAndSelect(Objects.requireNonNull(action), Long.MAX_VALUE);
    }

    @Override
    public int select(Consumer<SelectionKey> action, long timeout) throws IOException {
        Objects.requireNonNull(action);
        return lockAndSelect(action, nanos(timeout));
    }

    private static long nanos(long timeoutMs) {
        if (timeoutMs < 0) {
            throw new IllegalArgumentException("Negative timeout");
        }
        return timeoutMs == 0 || timeoutMs >= Long.MAX_VALUE / NANOS_PER_MILLI
                ? Long.MAX_VALUE
                : timeoutMs * NANOS_PER_MILLI;
    }

    private int lockAndSelect(Consumer<SelectionKey> action, long timeoutNs) throws IOException {
        synchronized (this) {
            ensureOpen();
            if (inSelect) {
                throw new IllegalStateException("select in progress");
            }
            inSelect = true;
            try {
                synchronized (selectedKeys) {
                    return doSelect(action, timeoutNs);
                }
            } finally {
                inSelect = false;
            }
        }
    }

    private int doSelect(Consumer<SelectionKey> action, long timeoutNs) throws IOException {
        selection++;
        processCancelledKeys();
        KernelCompanion kernel = companion;
        if (kernel != null) {
            kernel.begin(selection); // what flushing the cancelled keys has found knows no change of interest yet
        }
        drivePass();
        waitUntilReady(timeoutNs);
        processCancelledKeys();
        return report(action);
    }

    /**
     * Lets the stack receive and send once in each selection (D3), also where keys are ready already and nobody waits.
     */
    private void drivePass() {
        Waiter own = waiter;
        UserStack user = stack;
        if (user != null && own != null) {
            own.companion(null);
            own.reset();
            user.await(own, 0);
        }
    }

    /** Returns when a key is ready, or there is no reason to wait longer. Does not return early for nothing. */
    private void waitUntilReady(long timeoutNs) throws IOException {
        long startNs = 0;
        boolean started = false;
        while (true) {
            Waiter own = waiter;
            if (own != null) {
                own.reset();
            }
            processQueue();
            boolean ready = isAnyListedReady();
            ready |= lookAtCompanion(ready);
            if ((boolean) WOKEN.getAndSet(this, false) || ready || timeoutNs == 0) {
                return;
            }
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
            long remainingNs = timeoutNs;
            if (timeoutNs != Long.MAX_VALUE) {
                long nowNs = System.nanoTime();
                startNs = started ? startNs : nowNs;
                started = true;
                remainingNs = timeoutNs - (nowNs - startNs);
                if (remainingNs <= 0) {
                    return;
                }
            }
            await(own, remainingNs);
        }
    }

    private void await(Waiter own, long remainingNs) throws IOException {
        // Interrupt becomes wakeup between begin and end. The companion's own select ends with the hook removed, so the
        // hook is set again for each wait.
        begin();
        try {
            UserStack user = stack;
            if (user != null && own != null) {
                KernelCompanion kernel = companion;
                own.companion(kernel == null || kernel.isEmpty() ? null : kernel);
                user.await(own, remainingNs);
            } else {
                KernelCompanion kernel = companion();
                inCompanion = true;
                if (!woken && stack == null) {
                    kernel.block(remainingNs);
                }
            }
        } finally {
            inCompanion = false;
            end();
        }
    }

    private boolean lookAtCompanion(boolean alreadyReady) {
        KernelCompanion kernel = companion;
        if (kernel == null) {
            return false;
        }
        if (!kernel.ready().isEmpty()) {
            return true;
        }
        if (kernel.isEmpty()) {
            return false;
        }
        if (stack != null) {
            long nowNs = System.nanoTime();
            if (alreadyReady && nowNs - companionLookedAtNs < COMPANION_INTERVAL_NS) {
                return false;
            }
            companionLookedAtNs = nowNs;
        }
        kernel.poll();
        return !kernel.ready().isEmpty();
    }

    /** Acts on what other threads have queued: interest that changed, sockets that became ready, new keys. */
    private void processQueue() throws IOException {
        IOException failure = null;
        PeriluneSelectionKey key = queue.takeAll();
        while (key != null) {
            PeriluneSelectionKey next = key.nextQueued;
            KeyQueue.release(key);
            if (key.isValid()) {
                try {
                    updateKernelKey(key);
                } catch (IOException e) {
                    failure = e; // go on: the other keys have left the queue and would be lost
                }
                if (!key.listed && key.own != null && key.own.userStack() != null) {
                    list(key);
                }
            }
            key = next;
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void updateKernelKey(PeriluneSelectionKey key) throws IOException {
        int ops = key.interest();
        SelectionKey kernelKey = key.kernelKey;
        try {
            if (kernelKey != null && kernelKey.isValid()) {
                kernelKey.interestOps(ops);
                return;
            }
            if (ops == 0) {
                return;
            }
            SelectableChannel part = key.own != null ? key.own.kernelPart() : key.channel();
            if (part != null && (kernelKey == null || kernelKey.channel() != part)) {
                key.kernelKey = companion().register(part, ops, key);
                if (!key.isValid()) {
                    key.cancelKernelKey(); // cancel() may have come before the line above
                }
            }
        } catch (ClosedChannelException | CancelledKeyException e) {
            return; // the channel was closed, or the key cancelled, by another thread: the cancelled-key set has it
        } catch (IllegalBlockingModeException e) {
            if (key.isValid()) {
                throw e;
            }
        }
    }

    private void list(PeriluneSelectionKey key) {
        if (listedCount == listed.length) {
            listed = Arrays.copyOf(listed, listedCount * 2);
        }
        key.listed = true;
        listed[listedCount++] = key;
    }

    private boolean isAnyListedReady() {
        for (int i = 0; i < listedCount; i++) {
            PeriluneSelectionKey key = listed[i];
            if (key.isValid() && (key.own.userReadyOps() & key.interest()) != 0) {
                return true;
            }
        }
        return false;
    }

    private int report(Consumer<SelectionKey> action) {
        keepReadyListed();
        UserStack user = stack;
        if (user != null) {
            user.holdWrites(listedCount);
        }
        int count = 0;
        for (int i = 0; i < listedCount; i++) {
            PeriluneSelectionKey key = listed[i];
            count += report(key, key.own.userReadyOps(), action);
        }
        KernelCompanion kernel = companion;
        if (kernel != null) {
            List<PeriluneSelectionKey> ready = kernel.ready();
            for (int i = 0; i < ready.size(); i++) {
                PeriluneSelectionKey key = ready.get(i);
                if (key.reportedSelection != selection) {
                    count += report(key, 0, action);
                }
            }
            ready.clear();
        }
        return count;
    }

    /**
     * Drops the keys that are not ready: their sockets will queue them when they are. The others stay for the next
     * selection.
     */
    private void keepReadyListed() {
        int kept = 0;
        for (int i = 0; i < listedCount; i++) {
            PeriluneSelectionKey key = listed[i];
            if (key.isValid() && (key.own.userReadyOps() & key.interest()) != 0) {
                listed[kept++] = key;
            } else {
                key.listed = false;
            }
        }
        Arrays.fill(listed, kept, listedCount, null);
        listedCount = kept;
    }

    private int report(PeriluneSelectionKey key, int userOps, Consumer<SelectionKey> action) {
        if (!key.isValid()) {
            return 0;
        }
        key.reportedSelection = selection;
        int ops = (userOps | (key.kernelSelection == selection ? key.kernelReadyOps : 0)) & key.interest();
        if (ops == 0) {
            return 0;
        }
        if (action != null) {
            key.ready(ops);
            action.accept(key);
            ensureOpen();
            return 1;
        }
        if (!selectedKeys.contains(key)) {
            key.ready(ops);
            selectedKeys.insert(key);
            return 1;
        }
        int old = key.ready();
        if ((ops & ~old) == 0) {
            return 0;
        }
        key.ready(old | ops);
        return 1;
    }

    private void processCancelledKeys() {
        Set<SelectionKey> set = cancelledKeys();
        synchronized (set) {
            if (set.isEmpty()) {
                return;
            }
            for (SelectionKey key : set) {
                cancelled.add((PeriluneSelectionKey) key);
            }
            set.clear();
        }
        boolean inKernel = false;
        for (PeriluneSelectionKey key : cancelled) {
            inKernel |= key.kernelKey != null;
            remove(key);
        }
        // Only now: a kernel channel that was closed is given up when the companion flushes its key and the channel has
        // no other, ours included.
        KernelCompanion kernel = companion;
        if (inKernel && kernel != null) {
            kernel.poll();
        }
        for (PeriluneSelectionKey key : cancelled) {
            killIfUnused(key);
        }
        cancelled.clear();
    }

    private void remove(PeriluneSelectionKey key) {
        key.cancelKernelKey();
        keys.remove(key);
        selectedKeys.remove(key);
        if (key.own != null) {
            key.own.keyRemoved(key);
        }
        deregister(key);
    }

    private static void killIfUnused(PeriluneSelectionKey key) {
        if (key.own != null && !key.channel().isOpen() && !key.channel().isRegistered()) {
            key.own.kill();
        }
    }

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
        if (!(channel instanceof PeriluneChannel) && channel.provider() != kernelProvider) {
            throw new IllegalSelectorException();
        }
        ensureOpen();
        PeriluneSelectionKey key = new PeriluneSelectionKey(this, channel, ops);
        key.attach(attachment);
        keys.add(key);
        if (key.own != null) {
            key.own.keyAdded(key);
        }
        queue.add(key);
        if (!isOpen()) {
            keys.remove(key);
            if (key.own != null) {
                key.own.keyRemoved(key);
            }
            key.cancel();
            throw new ClosedSelectorException();
        }
        return key;
    }

    /** A key's channel has a user-space half, from now on or already: wait where that makes progress. Any thread. */
    void userAttached(UserStack userStack) {
        if (stack == null) {
            synchronized (queue) {
                if (waiter == null) {
                    waiter = new Waiter(null);
                }
                stack = userStack;
            }
        }
        if (inCompanion) {
            companion.wakeup();
        }
    }

    void interestChanged(PeriluneSelectionKey key) {
        queue.add(key);
    }

    void becameReady(PeriluneSelectionKey key) {
        queue.add(key);
        // Also if it was queued already: that may have been for its interest, of which nobody was told.
        Waiter own = waiter;
        if (own != null) {
            own.signal();
        }
    }

    @Override
    public Selector wakeup() {
        if (!(boolean) WOKEN.getAndSet(this, true)) {
            Waiter own = waiter;
            if (own != null) {
                own.signal();
            }
            if (inCompanion) {
                companion.wakeup();
            }
        }
        return this;
    }

    private KernelCompanion companion() throws IOException {
        KernelCompanion kernel = companion;
        if (kernel == null) {
            kernel = new KernelCompanion(source);
            kernel.begin(selection);
            companion = kernel;
        }
        return kernel;
    }

    @Override
    protected void implCloseSelector() throws IOException {
        wakeup();
        synchronized (this) {
            synchronized (selectedKeys) {
                List<PeriluneSelectionKey> all = new ArrayList<>();
                for (SelectionKey key : keys) {
                    all.add((PeriluneSelectionKey) key);
                }
                all.forEach(this::remove);
                selectedKeys.clear();
                Arrays.fill(listed, null);
                listedCount = 0;
                if (companion != null) {
                    companion.close();
                }
                all.forEach(PeriluneSelector::killIfUnused);
                Set<SelectionKey> set = cancelledKeys();
                synchronized (set) {
                    set.clear();
                }
            }
        }
    }

    @Override
    public String toString() {
        return getClass().getName() + "@" + Integer.toHexString(hashCode());
    }

    private void ensureOpen() {
        if (!isOpen()) {
            throw new ClosedSelectorException();
        }
    }
}
