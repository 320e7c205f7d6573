package io.perilune.loop;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.ip.Ipv6Header;
import io.perilune.ip.Ipv6Routes;
import io.perilune.ip.RouteTable;
import io.perilune.link.Link;
import io.perilune.link.LinkQueue;
import io.perilune.link.Sleeper;
import io.perilune.memory.BufferPool;
import io.perilune.memory.Slab;
import io.perilune.metrics.Counter;
import io.perilune.metrics.DegradationLog;
import io.perilune.metrics.ErrorLog;
import io.perilune.tcp.TcpAcceptor;
import io.perilune.tcp.TcpListener;
import io.perilune.tcp.TcpSocketOptions;
import io.perilune.time.NanoClock;
import io.perilune.time.SystemClock;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** The whole user-space stack of this JVM: one link (or none), its shards, and the loopback link. Any thread. */
public final class UserStack implements AutoCloseable {

    /** The address of a stack without a link where none is set. */
    private static final String ADDRESS_WITHOUT_LINK = "198.18.0.2/32";

    private static final String ADDRESS6_WITHOUT_LINK = "fd00:7065::2/128";
    /** Room for headers and whatever else stands in a cell beside the packet. */
    private static final int CELL_OVERHEAD = 512;

    private static final int CELL_LEAST = 2048;
    private static final long DRAIN_LOOK_NS = 2_000_000;
    private static final long CLOSE_NS = 1_000_000_000;
    private static final long CLOSE_LOOK_NS = 1_000_000;

    private final Link link;
    private final RouteTable routes;
    private final int scopeId;
    private final NanoClock clock = SystemClock.INSTANCE;
    private final Shard[] shards;
    private final Leadership leadership;
    private final Housekeeper housekeeper;
    private final InlineThread inlineThread;
    private final Watch watch;
    private final AtomicBoolean closed = new AtomicBoolean();

    private UserStack(
            Settings settings,
            Link link,
            RouteTable routes,
            LinkQueue queue,
            Sleeper sleeper,
            boolean sleeperWatchesDescriptors) {
        this.link = link;
        this.routes = routes;
        this.scopeId = link == null ? 0 : link.kernelInterfaceIndex();
        ErrorLog errors = new ErrorLog();
        shards = new Shard[] {new Shard(settings, routes, link, queue, clock, errors)};
        leadership = new Leadership(shards, sleeper, sleeperWatchesDescriptors, WaitRule.of(settings), clock);
        for (Shard shard : shards) {
            shard.leadership(leadership);
        }
        inlineThread = new InlineThread(leadership, shards, clock, errors);
        for (Shard shard : shards) {
            shard.inline().thread(inlineThread);
        }
        housekeeper = new Housekeeper(leadership, shards, clock, errors);
        watch = new Watch(link, new DegradationLog(Watch.worthTelling(settings, this::counter)), clock, errors);
    }

    /** Starts a stack on a link, or, if that is null, with the loopback link alone. */
    public static UserStack start(Settings settings, Link link) {
        return start(settings, link, null);
    }

    /**
     * Starts a stack.
     *
     * @param settings address, gateway, MTU and all else; without a link the address may be missing
     * @param link the link, with one queue, which the stack closes when it is closed; or null: the loopback link alone
     * @param sleeper for a stack without a link, a sleeper that watches a companion's descriptor; or null: companions
     *     are waited for by their own means
     * @throws io.perilune.config.SettingException if the address or the gateway is none that a host can have
     * @throws IllegalArgumentException if the link has more than one queue
     */
    public static UserStack start(Settings settings, Link link, Sleeper sleeper) {
        UserStack stack;
        if (link != null) {
            if (link.queueCount() != 1) {
                throw new IllegalArgumentException(
                        "link " + link.name() + " has " + link.queueCount() + " queues: one shard drives one queue");
            }
            LinkQueue queue = link.queue(0);
            RouteTable routes = RouteTable.of(settings).with(Ipv6Routes.of(settings, link.macAddress()));
            stack = new UserStack(settings, link, routes, queue, queue.sleeper(), true);
        } else {
            Sleeper own = sleeper == null ? new ParkingSleeper() : sleeper;
            LinkQueue queue = new AbsentQueue(memory(settings), own);
            stack = new UserStack(settings, null, routesWithoutLink(settings), queue, own, sleeper != null);
        }
        stack.announce();
        stack.housekeeper.start();
        stack.watch.start();
        return stack;
    }

    /** Without a link nobody is reached but this host itself. */
    private static RouteTable routesWithoutLink(Settings settings) {
        Settings complete = settings;
        if (settings.text(Setting.ADDRESS).isEmpty()) {
            complete = complete.with(Map.of(Setting.ADDRESS.key(), ADDRESS_WITHOUT_LINK), "default without a link");
        }
        if (settings.text(Setting.ADDRESS6).isEmpty() && settings.number(Setting.MTU) >= Ipv6Header.LEAST_MTU) {
            complete = complete.with(Map.of(Setting.ADDRESS6.key(), ADDRESS6_WITHOUT_LINK), "default without a link");
        }
        boolean loopback = settings.text(Setting.LOOPBACK).equals("user");
        return new RouteTable(RouteTable.of(complete).address(), Integer.SIZE, 0, loopback)
                .with(Ipv6Routes.of(complete, AbsentQueue.MAC).alone());
    }

    private static BufferPool memory(Settings settings) {
        int cell = Math.max(CELL_LEAST, (int) settings.number(Setting.MTU) + CELL_OVERHEAD);
        List<Slab> slabs = new ArrayList<>();
        for (long bytes = 0; bytes < settings.number(Setting.MEMORY) || slabs.isEmpty(); bytes += Slab.LENGTH) {
            slabs.add(Slab.ofDirectMemory(cell));
        }
        return new BufferPool(slabs, settings.flag(Setting.MEMORY_DEBUG));
    }

    private void announce() {
        if (link == null) {
            return;
        }
        for (Shard shard : shards) {
            long nowNs = shard.enter();
            try {
                shard.internet().announce(nowNs);
            } finally {
                shard.exit(nowNs);
            }
        }
    }

    /**
     * Whether a connection to this address would run here (D6): own, on-link or behind the gateway; 127/8 and ::1 with
     * loopback=user. Not wildcard.
     */
    public boolean reaches(InetAddress remote) {
        return !remote.isAnyLocalAddress()
                && isInScope(remote)
                && routes.reaches(Addresses.high(remote), Addresses.low(remote));
    }

    /** Whether this is one of the stack's own addresses (one can bind to it). Not wildcard. */
    public boolean owns(InetAddress local) {
        return !local.isAnyLocalAddress()
                && isInScope(local)
                && routes.isOwn(Addresses.high(local), Addresses.low(local));
    }

    /**
     * A link-local address is this stack's link's if its scope names that link's interface, or none: the kernel refuses
     * to connect to one without a scope.
     */
    private boolean isInScope(InetAddress address) {
        if (!(address instanceof Inet6Address) || !address.isLinkLocalAddress()) {
            return true;
        }
        int scope = ((Inet6Address) address).getScopeId();
        return scope == 0 || scope == scopeId;
    }

    /** A socket, not bound and not connected. */
    public UserSocket openSocket(TcpSocketOptions options) {
        return new UserSocket(shards[0], options.copy());
    }

    /**
     * Reserves a local port: 0 picks a free one. The wildcard address, of either family, covers all own addresses.
     *
     * @throws BindException "Address already in use" or "Cannot assign requested address"
     */
    public PortReservation reserve(InetSocketAddress local, TcpSocketOptions options) throws SocketException {
        return reserve(local, options, false);
    }

    /**
     * Reserves a local port, perhaps for an IPv4 socket: then the wildcard address covers the own IPv4 addresses only.
     *
     * @throws BindException "Address already in use" or "Cannot assign requested address"
     */
    public PortReservation reserve(InetSocketAddress local, TcpSocketOptions options, boolean ipv4Only)
            throws SocketException {
        InetAddress address = local.getAddress();
        if (!address.isAnyLocalAddress() && !owns(address)) {
            throw new BindException("Cannot assign requested address");
        }
        long high = PortReservation.high(address);
        long low = ipv4Only && address.isAnyLocalAddress() ? Addresses.mappedLow(0) : PortReservation.low(address);
        Shard shard = shards[0];
        int port;
        long nowNs = shard.enter();
        try {
            if (shard.isEnded()) {
                throw new SocketException("the user-space stack is closed");
            }
            port = shard.tcp().bind(high, low, local.getPort(), options.reuseAddress, options.reusePort);
        } finally {
            shard.exit(nowNs);
        }
        if (port == 0) {
            throw new BindException("Address already in use");
        }
        return new PortReservation(shard, address, high, low, port, options.reuseAddress, options.reusePort);
    }

    /**
     * Listens on a reserved port, which is the listener's from now on.
     *
     * @throws BindException "Address already in use", with the reservation as it was, if another listens there: two
     *     reservations of one port are possible where both reuse the address; where both reuse the port both may
     *     listen, and share what comes
     * @throws SocketException if the stack is closed
     */
    public UserListener listen(PortReservation reservation, int backlog, TcpSocketOptions options)
            throws SocketException {
        Shard shard = shards[0];
        UserListener listener = new UserListener(shard, reservation.local());
        long nowNs = shard.enter();
        try {
            listener.attach(listen(shard, reservation, backlog, options, listener));
            return listener;
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Has TCP listen. With the role. */
    TcpListener listen(
            Shard shard, PortReservation reservation, int backlog, TcpSocketOptions options, TcpAcceptor acceptor)
            throws SocketException {
        if (shard.isEnded()) {
            throw new SocketException("the user-space stack is closed");
        }
        TcpListener listener = shard.tcp()
                .listen(
                        reservation.high(),
                        reservation.low(),
                        reservation.local().getPort(),
                        backlog,
                        options.copy(),
                        acceptor);
        if (listener == null) {
            throw new BindException("Address already in use");
        }
        reservation.spend();
        return listener;
    }

    /** Returns the shard on which inline sockets are. */
    Shard inlineShard() {
        return shards[0];
    }

    /**
     * Has the thread of the inline sockets run a task, within a turn. Any thread.
     *
     * @throws java.util.concurrent.RejectedExecutionException if nothing inline is open, so that there is no such thread
     */
    public void executeInline(Runnable task) {
        inlineShard().inline().execute(task);
    }

    /**
     * Waits (D3): drives the shards while nobody else does, else parks. A virtual thread never drives longer than one
     * pass. Returns early for the reasons {@link Waiter} lists; timeoutNs Long.MAX_VALUE is for ever, 0 makes one pass
     * (selectNow) without waiting.
     */
    public void await(Waiter waiter, long timeoutNs) {
        for (Shard shard : shards) {
            if (shard.holdsWrites()) {
                shard.holdWrites(false);
                if (timeoutNs > 0 && !waiter.isSignalled()) {
                    shard.exit(shard.enter()); // it may come to follow, and then would not flush
                }
            }
        }
        leadership.await(waiter, timeoutNs);
    }

    /**
     * Tells how many keys the current thread's selection returned: with more than one, its writes leave together at its
     * next {@link #await}, or after a millisecond; a single key's write is not held back (D3).
     */
    public void holdWrites(int readyKeys) {
        for (Shard shard : shards) {
            shard.holdWrites(readyKeys > 1);
        }
    }

    /** Sum over all shards. What the link itself counts is asked of it: up to a microsecond. */
    public long counter(Counter counter) {
        long sum = 0;
        for (Shard shard : shards) {
            sum += shard.counter(counter);
        }
        return sum;
    }

    /**
     * Returns the names of the links that copy, as far as they have, separated by commas; "-" if none has. What they copied
     * is {@link Counter#BYTES_COPIED_LINK}.
     */
    public String copyingLinks() {
        boolean linkCopies = link != null && link.capabilities().copies();
        boolean loopbackCopied = false;
        for (Shard shard : shards) {
            loopbackCopied |= shard.loopbackHasCopied();
        }
        if (!linkCopies) {
            return loopbackCopied ? "loopback" : "-";
        }
        return loopbackCopied ? link.name() + ",loopback" : link.name();
    }

    /** Returns how many packet buffers programs hold: taken, lent to be filled, shared. */
    public int heldByPrograms() {
        int count = 0;
        for (Shard shard : shards) {
            long nowNs = shard.enter();
            try {
                count += shard.tcp().lentCount();
            } finally {
                shard.exit(nowNs);
            }
        }
        return count;
    }

    /** Returns how many packet buffers are in use, by whomever. */
    public int buffersInUse() {
        int count = 0;
        for (Shard shard : shards) {
            long nowNs = shard.enter();
            try {
                count += shard.lentBuffers();
            } finally {
                shard.exit(nowNs);
            }
        }
        return count;
    }

    /** Brings queued bytes to their peers, for at most this long (D9). Returns whether all got there. */
    public boolean drain(long timeoutNs) {
        Waiter waiter = new Waiter(null);
        long startNs = clock.nanoTime();
        while (true) {
            if (drainingCount() == 0) {
                return true;
            }
            long remainingNs = timeoutNs - (clock.nanoTime() - startNs);
            if (remainingNs <= 0
                    || leadership.isClosed()
                    || Thread.currentThread().isInterrupted()) {
                return false;
            }
            await(waiter, Math.min(remainingNs, DRAIN_LOOK_NS));
        }
    }

    private int drainingCount() {
        int count = 0;
        for (Shard shard : shards) {
            long nowNs = shard.enter();
            try {
                count += shard.isEnded() ? 0 : shard.tcp().drainingCount();
            } finally {
                shard.exit(nowNs);
            }
        }
        return count;
    }

    /**
     * Tells that the program has ended: all that is left is what the present thread does before the JVM halts. Others
     * that use a socket wait for the halt.
     */
    public void serveOnlyThisThread() {
        for (Shard shard : shards) {
            shard.serveOnlyThisThread();
        }
    }

    /** Closes all sockets and listeners in order, as the kernel does when a process has ended. */
    public void closeSockets() {
        for (Shard shard : shards) {
            shard.closeSocketsInOrder();
        }
    }

    /**
     * Ends all connections with an error, stops the housekeeper, closes the link; the latter not before programs have
     * released all of its memory that they hold.
     */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        watch.stop();
        for (Shard shard : shards) {
            shard.end();
        }
        inlineThread.close();
        leadership.close();
        boolean stopped = housekeeper.stop();
        long startNs = clock.nanoTime();
        while (leadership.isAnybodyThere() && clock.nanoTime() - startNs < CLOSE_NS) {
            leadership.close();
            LockSupport.parkNanos(this, CLOSE_LOOK_NS);
        }
        // A thread that sits in the link's sleeper although it was woken uses the link's memory: rather keep the link.
        if (link != null && stopped && !leadership.isAnybodyThere()) {
            closeLinkWhenNothingIsHeld();
        }
    }

    /** The memory that programs look at is the link's, and goes with it. */
    private void closeLinkWhenNothingIsHeld() {
        AtomicInteger left = new AtomicInteger(shards.length);
        for (Shard shard : shards) {
            shard.whenNothingIsHeld(() -> {
                if (left.decrementAndGet() == 0) {
                    link.close();
                }
            });
        }
    }
}
