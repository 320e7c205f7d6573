package io.perilune.loop;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.ip.InternetLayer;
import io.perilune.ip.RouteTable;
import io.perilune.link.Burst;
import io.perilune.link.Link;
import io.perilune.link.LinkCapabilities;
import io.perilune.link.LinkQueue;
import io.perilune.link.LoopbackLink;
import io.perilune.link.TransmitQueue;
import io.perilune.memory.BufferPool;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.metrics.ErrorLog;
import io.perilune.tcp.FlowOwner;
import io.perilune.tcp.Tcp;
import io.perilune.tcp.TcpError;
import io.perilune.time.NanoClock;
import io.perilune.time.TimerWheel;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * One slice of the stack: a queue of the link, the loopback queue, timers, TCP with its connections, and the role of
 * the thread that drives all this. Start reading at {@link #turn}.
 *
 * <p>Two ways lead in, both with the role: a turn of the loop, and an operation of a user's thread between
 * {@link #enter} and {@link #exit}. A throwable ends the sockets here, not the thread that met it.
 */
final class Shard implements Driven {

    /**
     * Full bursts that one turn receives: what is left waits for the next, so that timers and output come in between.
     */
    private static final int BURSTS_PER_TURN = 4;
    /** When a link did not take all frames, it is tried again after this. */
    private static final long TRANSMIT_RETRY_NS = 1_000_000;
    /** A link whose empty poll costs more is polled at most once in this many times the cost. */
    private static final int CHEAP_POLL_NS = 100;

    private static final int POLL_SPACING = 8;
    /**
     * An operation that finds the last turn longer ago makes one: a program that computes between its operations, and
     * waits for nothing, would else answer its peers late, whose acknowledgments pace what it sends.
     */
    private static final long STALE_NS = 10_000;

    private final DriverRole role = new DriverRole();
    private final NanoClock clock;
    private final ErrorLog errors;
    private final Counters counters = new Counters();
    private final LinkQueue queue;
    /** The queue, if there are other shards that it shares the link with; or null. */
    private final SpreadQueue spread;

    private final BufferPool pool;
    private final LoopbackLink loopback;
    private final TransmitQueue linkTransmit;
    private final TransmitQueue loopbackTransmit;
    private final TimerWheel wheel;
    private final InternetLayer internet;
    private final Tcp tcp;
    private final Burst burst = new Burst();
    private final long pollIntervalNs;
    private final boolean linkCopies;
    private final int scopeId;
    private final PacketViews views;
    private final InlineStreams inline;
    private Leadership leadership;

    // Guarded by the role.
    private ReadySource firstReady;
    private ReadySource lastReady;
    private ShardMember firstOpen;
    private int listenerCount;
    private UserSocket firstDraining;
    private boolean flushDue;
    /** Whether operations have made something due that is to leave before anything else is done. */
    private boolean leftToNext;

    private Runnable whenNothingIsHeld;
    private long nextPollNs;

    // Written with the role, read by all.
    private volatile boolean ended;
    private volatile boolean inUse;
    private volatile long lastTurnNs;

    /** Once the program has ended: whose operations are still done. */
    private volatile Thread lastUser;

    /**
     * Whose writes wait for its next wait, as it has more to write. Any thread sets it; a wrong value costs a
     * millisecond.
     */
    private volatile Thread holder;

    /**
     * Wires a shard; nothing is sent yet.
     *
     * @param link the link, or null for the loopback link alone
     */
    Shard(Settings settings, RouteTable routes, Link link, LinkQueue queue, NanoClock clock, ErrorLog errors) {
        this.clock = clock;
        this.errors = errors;
        this.queue = queue;
        spread = queue instanceof SpreadQueue ? (SpreadQueue) queue : null;
        if (spread != null) {
            spread.counters(counters);
        }
        pool = queue.pool();
        long nowNs = clock.nanoTime();
        wheel = new TimerWheel(nowNs);
        lastTurnNs = nowNs;
        nextPollNs = nowNs;
        int mtu = (int) settings.number(Setting.MTU);
        if (link != null) {
            mtu = Math.min(mtu, link.capabilities().mtu());
        }
        scopeId = link == null ? 0 : link.kernelInterfaceIndex();
        long mac = link == null ? AbsentQueue.MAC : link.macAddress();
        loopback = new LoopbackLink(pool, mac, mtu);
        LinkCapabilities capabilities = link == null ? loopback.capabilities() : link.capabilities();
        linkCopies = capabilities.copies();
        int pollCostNs = capabilities.emptyPollCostNs();
        pollIntervalNs = pollCostNs > CHEAP_POLL_NS ? (long) pollCostNs * POLL_SPACING : 0;
        linkTransmit = new TransmitQueue(queue, counters);
        loopbackTransmit = TransmitQueue.toLoopback(loopback, counters);
        SecureRandom random = new SecureRandom();
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        internet = new InternetLayer(
                routes,
                mac,
                mtu,
                capabilities,
                linkTransmit,
                loopbackTransmit,
                pool,
                wheel,
                counters,
                random.nextLong(),
                nowNs);
        internet.timeToLive((int) settings.number(Setting.TTL));
        tcp = new Tcp(settings, internet.ipSender(), pool, wheel, counters, secret);
        internet.transport(tcp);
        views = new PacketViews(this, pool.capacity(), settings.flag(Setting.MEMORY_DEBUG));
        inline = new InlineStreams(this, settings.flag(Setting.STREAM_DEBUG));
    }

    /**
     * Makes it one of several.
     *
     * @param owner which flows are its own
     * @param speaks whether it is the one that announces the host's addresses and answers for them
     */
    void oneOfSeveral(FlowOwner owner, boolean speaks) {
        tcp.flowOwner(owner);
        if (!speaks) {
            internet.silence();
        }
    }

    /** Whether another is a shard of the same stack. */
    boolean isBeside(Shard other) {
        return leadership == other.leadership;
    }

    void leadership(Leadership newLeadership) {
        leadership = newLeadership;
    }

    /** One turn of the loop (D3): all that has come goes up, all that is due goes out, then the users are told. */
    @Override
    public boolean turn(long nowNs) {
        assert role.isHeldByCurrentThread();
        if (ended) {
            return inline.run(nowNs);
        }
        tcp.noMoreToCome();
        leftToNext |= flushDue;
        return turnWithin(nowNs);
    }

    /** A turn in the midst of a thread's operations: what it may follow up with more is still held back. */
    private boolean turnWithin(long nowNs) {
        lastTurnNs = nowNs;
        boolean any = false;
        try {
            if (leftToNext) { // it comes before the answers to what has come
                flush(nowNs);
            }
            any = receive(nowNs);
            any |= wheel.advance(nowNs) > 0;
            any |= inline.run(nowNs);
            flush(nowNs);
            if (!linkCopies) {
                linkTransmit.reclaimWhenIdle(nowNs);
            }
            pool.flushReturns();
        } catch (Throwable e) { // whatever it is, the thread is a user's and the JVM must live
            fail(e, nowNs);
        }
        deliver();
        return any;
    }

    private boolean receive(long nowNs) {
        int received = 0;
        if (nowNs - nextPollNs >= 0) {
            int count;
            int bursts = 0;
            do {
                count = queue.rxBurst(burst);
                if (count > 0) {
                    internet.receive(burst, nowNs);
                    received += count;
                }
            } while (count == Burst.MAX && ++bursts < BURSTS_PER_TURN);
            nextPollNs = received == 0 ? nowNs + pollIntervalNs : nowNs;
        }
        int looped;
        int bursts = 0;
        do {
            looped = loopback.rxBurst(burst);
            if (looped > 0) {
                counters.add(Counter.BYTES_COPIED_LINK, loopback.takeCopiedBytes());
                internet.receiveLoopback(burst, nowNs);
                received += looped;
            }
        } while (looped == Burst.MAX && ++bursts < BURSTS_PER_TURN);
        return received > 0;
    }

    private void flush(long nowNs) {
        flushDue = false;
        leftToNext = false;
        tcp.flush(nowNs);
        internet.flush();
    }

    /** Tells the listeners of what became ready, after its frames are on their way. */
    private void deliver() {
        ReadySource source = firstReady;
        if (source != null || firstDraining != null) {
            leadership.wakes().gather();
        }
        firstReady = null;
        lastReady = null;
        while (source != null) {
            ReadySource next = source.nextReady;
            source.nextReady = null;
            source.deliver();
            source = next;
        }
        if (firstDraining != null) {
            deliverDrained();
        }
        boolean nowInUse = listenerCount > 0 || tcp.connectionCount() > 0;
        if (nowInUse != inUse) {
            inUse = nowInUse;
        }
    }

    // Operations of users' threads.

    /** Takes the role for an operation. Returns the present. */
    long enter() {
        Thread last = lastUser;
        if (last != null && last != Thread.currentThread()) {
            awaitHalt();
        }
        if (!role.tryTake()) {
            role.take();
        }
        flushDue = true;
        return clock.nanoTime();
    }

    /**
     * The program has ended, and its threads only run until the JVM halts, which the present thread sees to: no other
     * is served any more, nor told of what happens to its sockets, as after the end of a process.
     */
    void serveOnlyThisThread() {
        lastUser = Thread.currentThread();
    }

    private void awaitHalt() {
        while (true) {
            LockSupport.park(this);
        }
    }

    /**
     * Ends an operation: sends at once what it made due, unless its thread has more to write (D3), or somebody waits
     * for the role: whoever comes next sends, by a turn or when it exits. What has come meanwhile is taken in if nobody
     * has looked for a while.
     */
    void exit(long nowNs) {
        if (!ended) {
            try {
                leftToNext |= flushDue && !isHeldBack();
                if (!role.isWanted()) {
                    if (nowNs - lastTurnNs > STALE_NS) {
                        turnWithin(nowNs);
                    } else if (leftToNext) {
                        flush(nowNs);
                    }
                }
            } catch (Throwable e) { // as in a turn
                fail(e, nowNs);
            }
            deliver();
            leadership.operationDone(this, nowNs);
        } else {
            deliver();
        }
        Waiter signalled = leadership.wakes().take();
        role.leave();
        Wakes.wake(signalled);
    }

    private boolean isHeldBack() {
        return holder == Thread.currentThread() && !leadership.isLeaderAsleep();
    }

    /** Holds the current thread's writes back until its next wait, or not. */
    void holdWrites(boolean hold) {
        Thread present = holder;
        Thread self = Thread.currentThread();
        if (hold) {
            if (present != self) {
                holder = self;
            }
        } else if (present == self) {
            holder = null;
        }
    }

    /** Whether the current thread's writes were held back. */
    boolean holdsWrites() {
        return holder == Thread.currentThread();
    }

    /** An operation has thrown, so its connection is in doubt, but no other. */
    void failed(String operation, Throwable e) {
        assert role.isHeldByCurrentThread();
        counters.increment(Counter.UNEXPECTED_ERRORS);
        errors.record(operation, e);
    }

    /** A user's own code has thrown: what happened is the log's affair. */
    void record(String what, Throwable e) {
        errors.record(what, e);
    }

    // Sockets and listeners.

    void addReady(ReadySource source) {
        assert role.isHeldByCurrentThread();
        if (lastReady == null || firstReady == null) {
            firstReady = source;
        } else {
            lastReady.nextReady = source;
        }
        lastReady = source;
    }

    void addOpen(ShardMember source) {
        assert role.isHeldByCurrentThread();
        source.listed(true);
        source.previousOpen = null;
        source.nextOpen = firstOpen;
        if (firstOpen != null) {
            firstOpen.previousOpen = source;
        }
        firstOpen = source;
        if (source.isListener()) {
            listenerCount++;
        }
    }

    void removeOpen(ShardMember source) {
        assert role.isHeldByCurrentThread();
        if (!source.isListed()) {
            return;
        }
        source.listed(false);
        if (source.previousOpen == null) {
            firstOpen = source.nextOpen;
        } else {
            source.previousOpen.nextOpen = source.nextOpen;
        }
        if (source.nextOpen != null) {
            source.nextOpen.previousOpen = source.previousOpen;
        }
        source.nextOpen = null;
        source.previousOpen = null;
        if (source.isListener()) {
            listenerCount--;
        }
    }

    void addDraining(UserSocket socket) {
        assert role.isHeldByCurrentThread();
        socket.nextDraining = firstDraining;
        firstDraining = socket;
    }

    private void deliverDrained() {
        UserSocket socket = firstDraining;
        firstDraining = null;
        while (socket != null) {
            UserSocket next = socket.nextDraining;
            socket.nextDraining = null;
            if (!socket.deliverIfDrained()) {
                addDraining(socket);
            }
            socket = next;
        }
    }

    /** Calls a listener; what it throws is its own fault and ends here. */
    void call(ReadyListener listener) {
        try {
            listener.onReady();
        } catch (Throwable e) { // it is foreign code in the middle of a turn
            failed("a ready listener", e);
        }
    }

    // The end.

    /** Closes all sockets and listeners in order. */
    void closeSocketsInOrder() {
        long nowNs = enter();
        try {
            while (firstOpen != null) {
                firstOpen.closeInOrder(nowNs);
            }
        } finally {
            exit(nowNs);
        }
    }

    /** Ends all connections; no turn touches the link after this. */
    void end() {
        long nowNs = enter();
        try {
            if (!ended) {
                abortAll(nowNs);
                flush(nowNs);
                ended = true;
                internet.close();
                loopback.close();
                if (spread != null) {
                    spread.close();
                }
            }
        } catch (Throwable e) { // it ends all the same
            failed("the end of the stack", e);
            ended = true;
        } finally {
            exit(nowNs);
        }
    }

    /**
     * Does something at once if programs hold no packet memory, or else when they have released the last: until then it
     * must not go. After the end.
     */
    void whenNothingIsHeld(Runnable action) {
        assert ended : "programs can still take more";
        whenNothingIsHeld = action;
        lessIsHeld();
    }

    /** A program has released something. Without the role. */
    void lessIsHeld() {
        if (!ended) {
            return;
        }
        Runnable action = null;
        long nowNs = enter();
        try {
            if (tcp.lentCount() == 0) {
                action = whenNothingIsHeld;
                whenNothingIsHeld = null;
            }
        } finally {
            exit(nowNs);
        }
        if (action != null) {
            action.run();
        }
    }

    private void fail(Throwable cause, long nowNs) {
        failed("a turn of the loop", cause);
        try {
            burst.clear(); // its frames are in doubt: some may have been released
            abortAll(nowNs);
        } catch (Throwable e) { // then nothing here can be trusted any more
            failed("the abort of all connections", e);
            ended = true;
            while (firstOpen != null) {
                ShardMember source = firstOpen;
                removeOpen(source);
                source.onShardEnd();
            }
        }
    }

    private void abortAll(long nowNs) {
        tcp.abortAll(TcpError.STACK_CLOSED, nowNs);
        while (firstOpen != null) {
            ShardMember source = firstOpen;
            removeOpen(source);
            source.onShardEnd();
        }
    }

    // What others ask.

    Tcp tcp() {
        assert role.isHeldByCurrentThread();
        return tcp;
    }

    PacketViews views() {
        assert role.isHeldByCurrentThread();
        return views;
    }

    /** Returns the present, for what is done within a turn. */
    long nowNs() {
        return inline.isRunning() ? lastTurnNs : clock.nanoTime();
    }

    InlineStreams inline() {
        return inline;
    }

    /** Whether the program has ended, and only one of its threads is served. */
    boolean hasLastUser() {
        return lastUser != null;
    }

    InternetLayer internet() {
        assert role.isHeldByCurrentThread();
        return internet;
    }

    Counters counters() {
        return counters;
    }

    /** Returns a counter's value, the link's own among them. Any thread. */
    long counter(Counter counter) {
        return switch (counter) {
            case DROP_LINK_RECEIVE -> queue.droppedCount();
            case LINK_SEND_ERRORS -> queue.sendErrorCount();
            case BYTES_COPIED_LINK ->
                counters.get(counter)
                        + (linkCopies ? counters.get(Counter.RX_BYTES) + counters.get(Counter.TX_BYTES) : 0);
            default -> counters.get(counter);
        };
    }

    /** Returns whether frames on their way back to this host had to be copied. Any thread. */
    boolean loopbackHasCopied() {
        return counters.get(Counter.BYTES_COPIED_LINK) > 0;
    }

    /** Returns an address as programs see it: a link-local one with the link's interface. */
    InetAddress toInetAddress(long high, long low) {
        return Addresses.toInetAddress(high, low, scopeId);
    }

    boolean isEnded() {
        return ended;
    }

    /** Bytes of packet memory that somebody holds, in buffers; with the role. */
    int lentBuffers() {
        return pool.lentCount();
    }

    @Override
    public DriverRole role() {
        return role;
    }

    @Override
    public boolean hasPending() {
        return ((loopback.pendingCount() > 0 || (spread != null && spread.hasPending())) && !ended)
                || (inline.isOwnThread() && inline.hasWork());
    }

    @Override
    public boolean hasWorkForResident() {
        return inline.hasWork();
    }

    @Override
    public long nextDeadlineNs() {
        if (ended) {
            return Long.MAX_VALUE;
        }
        long deadlineNs = earlier(wheel.nextDeadlineNs(), linkTransmit.reclaimNs());
        if (linkTransmit.pendingCount() > 0 || loopbackTransmit.pendingCount() > 0) {
            return earlier(deadlineNs, lastTurnNs + TRANSMIT_RETRY_NS);
        }
        return deadlineNs;
    }

    /** Of two times the earlier one; the largest long is none. */
    private static long earlier(long oneNs, long otherNs) {
        if (oneNs == Long.MAX_VALUE || otherNs == Long.MAX_VALUE) {
            return Math.min(oneNs, otherNs);
        }
        return oneNs - otherNs < 0 ? oneNs : otherNs;
    }

    @Override
    public boolean isInUse() {
        return inUse;
    }

    @Override
    public long lastTurnNs() {
        return lastTurnNs;
    }
}
