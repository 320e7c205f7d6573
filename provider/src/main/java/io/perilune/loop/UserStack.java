package io.perilune.loop;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.ip.Ipv6Header;
import io.perilune.ip.Ipv6Routes;
import io.perilune.ip.RouteTable;
import io.perilune.link.Link;
import io.perilune.link.LinkQueue;
import io.perilune.link.QueueSpreading;
import io.perilune.link.Sleeper;
import io.perilune.memory.BufferPool;
import io.perilune.memory.Slab;
import io.perilune.metrics.Counter;
import io.perilune.metrics.DegradationLog;
import io.perilune.metrics.ErrorLog;
import io.perilune.tcp.FlowOwner;
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
    /** How many ports are tried that one shard has free and another has not. */
    private static final int RESERVE_ATTEMPTS = 64;

    private static final long DRAIN_LOOK_NS = 2_000_000;
    private static final long CLOSE_NS = 1_000_000_000;
    private static final long CLOSE_LOOK_NS = 1_000_000;

    private final Link link;
    private final RouteTable routes;
    private final int scopeId;
    private final NanoClock clock = SystemClock.INSTANCE;
    private final Shard[] shards;
    private final Steering steering;
    private final AtomicInteger opened = new AtomicInteger();
    private final Leadership leadership;
    private final Housekeeper housekeeper;
    private final InlineThread inlineThread;
    private final Watch watch;
    private final AtomicBoolean closed = new AtomicBoolean();

    private UserStack(Settings settings, Link link, RouteTable routes, Sleeper sleeper, boolean watchesDescriptors) {
        this.link = link;
        this.routes = routes;
        this.scopeId = link == null ? 0 : link.kernelInterfaceIndex();
        ErrorLog errors = new ErrorLog();
        int count = (int) settings.number(Setting.QUEUES);
        QueueSpreading spreading = link == null ? null : link.spreading(count);
        steering = new Steering(routes, spreading == null ? QueueSpreading.symmetric(count) : spreading, count);
        LinkQueue[] queues = queues(settings, link, sleeper, count);
        shards = new Shard[count];
        for (int i = 0; i < count; i++) {
            shards[i] = new Shard(settings, routes, link, queues[i], clock, errors);
            if (count > 1) {
                shards[i].oneOfSeveral(ownerOf(i), i == 0);
            }
        }
        boolean oneQueue = link == null || link.queueCount() == 1;
        leadership = new Leadership(shards, sleeper, watchesDescriptors, oneQueue, WaitRule.of(settings), clock);
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

    private FlowOwner ownerOf(int shard) {
        return (localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort) ->
                steering.shardOf(localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort) == shard;
    }

    /** Returns the queue of each shard. */
    private LinkQueue[] queues(Settings settings, Link link, Sleeper sleeper, int count) {
        LinkQueue[] queues = new LinkQueue[count];
        if (link == null) {
            for (int i = 0; i < count; i++) {
                queues[i] = new AbsentQueue(memory(settings, 0), sleeper);
            }
            return queues;
        }
        BufferPool[] pools = new BufferPool[count];
        for (int i = 0; i < count; i++) {
            if (i < link.queueCount()) {
                queues[i] = link.queue(i);
            } else {
                pools[i] = memory(settings, link.queue(0).pool().cellSize());
            }
        }
        return count == 1 ? queues : SpreadQueue.of(queues, pools, steering);
    }

    /** Starts a stack on a link, or, if that is null, with the loopback link alone. */
    public static UserStack start(Settings settings, Link link) {
        return start(settings, link, null);
    }

    /**
     * Starts a stack.
     *
     * @param settings address, gateway, MTU and all else; without a link the address may be missing
     * @param link the link, which the stack closes when it is closed; or null: the loopback link alone. A link with fewer
     *     queues than there are shards is spread in software, by its first queue's shard
     * @param sleeper for a stack without a link, a sleeper that watches a companion's descriptor; or null: companions
     *     are waited for by their own means
     * @throws io.perilune.config.SettingException if the address or the gateway is none that a host can have
     * @throws IllegalArgumentException if the link has more queues than the setting
     */
    public static UserStack start(Settings settings, Link link, Sleeper sleeper) {
        UserStack stack;
        if (link != null) {
            if (link.queueCount() > settings.number(Setting.QUEUES)) {
                throw new IllegalArgumentException("link " + link.name() + " has " + link.queueCount() + " queues, and "
                        + Setting.QUEUES.property() + " is less: nobody would look after the others");
            }
            RouteTable routes = RouteTable.of(settings).with(Ipv6Routes.of(settings, link.macAddress()));
            stack = new UserStack(settings, link, routes, link.queue(0).sleeper(), true);
        } else {
            Sleeper own = sleeper == null ? new ParkingSleeper() : sleeper;
            stack = new UserStack(settings, null, routesWithoutLink(settings), own, sleeper != null);
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

    /** Returns the memory of a shard for which the link, if there is one, has none. */
    private static BufferPool memory(Settings settings, int cellLeast) {
        int cell = Math.max(Math.max(CELL_LEAST, cellLeast), (int) settings.number(Setting.MTU) + CELL_OVERHEAD);
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

    /** A socket, not bound and not connected, to be connected from no reserved port. */
    public UserSocket openSocket(TcpSocketOptions options) {
        return new UserSocket(nextShard(), options.copy());
    }

    /**
     * A socket, not bound and not connected, on the shard to which the answers will come.
     *
     * @param destination what it will be connected to
     * @param reservation from where, or null: from anywhere
     */
    public UserSocket openSocket(TcpSocketOptions options, InetSocketAddress destination, PortReservation reservation) {
        if (reservation == null || shards.length == 1) {
            return openSocket(options);
        }
        long remoteHigh = PortReservation.high(destination.getAddress());
        long remoteLow = PortReservation.low(destination.getAddress());
        boolean any = Addresses.isUnspecified(reservation.high(), reservation.low());
        int shard = steering.shardOf(
                any ? routes.sourceHighFor(remoteHigh, remoteLow) : reservation.high(),
                any ? routes.sourceLowFor(remoteHigh, remoteLow) : reservation.low(),
                reservation.local().getPort(),
                remoteHigh,
                remoteLow,
                destination.getPort());
        return new UserSocket(shards[shard], options.copy());
    }

    /** Returns each shard in its turn: one is as good as the other for a flow whose port is still to be chosen. */
    private Shard nextShard() {
        return shards.length == 1 ? shards[0] : shards[Math.floorMod(opened.getAndIncrement(), shards.length)];
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
        int port = reserve(high, low, local.getPort(), options);
        if (port == 0) {
            throw new BindException("Address already in use");
        }
        return new PortReservation(shards, address, high, low, port, options.reuseAddress, options.reusePort);
    }

    /** Reserves a port on each shard. Returns it, or 0: it is taken, or all are. */
    private int reserve(long high, long low, int wanted, TcpSocketOptions options) throws SocketException {
        for (int i = 0; i < RESERVE_ATTEMPTS; i++) {
            int port = bind(shards[0], high, low, wanted, options);
            int count = 1;
            while (port != 0 && count < shards.length && bind(shards[count], high, low, port, options) == port) {
                count++;
            }
            if (port == 0 || count == shards.length) {
                return port;
            }
            // A connection has it there, by itself.
            for (int j = 0; j < count; j++) {
                unbind(shards[j], high, low, port, options);
            }
            if (wanted != 0) {
                return 0;
            }
        }
        return 0;
    }

    private static int bind(Shard shard, long high, long low, int port, TcpSocketOptions options)
            throws SocketException {
        long nowNs = shard.enter();
        try {
            if (shard.isEnded()) {
                throw new SocketException("the user-space stack is closed");
            }
            return shard.tcp().bind(high, low, port, options.reuseAddress, options.reusePort);
        } finally {
            shard.exit(nowNs);
        }
    }

    private static void unbind(Shard shard, long high, long low, int port, TcpSocketOptions options) {
        long nowNs = shard.enter();
        try {
            if (!shard.isEnded()) {
                shard.tcp().unbind(high, low, port, options.reuseAddress, options.reusePort);
            }
        } finally {
            shard.exit(nowNs);
        }
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
        ShardListener[] parts = new ShardListener[shards.length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = new ShardListener(shards[i]);
        }
        listenOnEach(parts, reservation, backlog, options);
        return new UserListener(reservation.local(), parts);
    }

    /** As {@link #listen}, for what is inline. */
    InlineShardListener[] listenInline(
            InlineListener whole, PortReservation reservation, int backlog, TcpSocketOptions options)
            throws SocketException {
        InlineShardListener[] parts = new InlineShardListener[shards.length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = new InlineShardListener(this, shards[i], whole);
        }
        listenOnEach(parts, reservation, backlog, options);
        return parts;
    }

    private static void listenOnEach(
            ListenerPart[] parts, PortReservation reservation, int backlog, TcpSocketOptions options)
            throws SocketException {
        int listening = 0;
        boolean done = false;
        try {
            for (ListenerPart part : parts) {
                long nowNs = part.shard().enter();
                try {
                    part.attach(listen(part, reservation, backlog, options));
                } finally {
                    part.shard().exit(nowNs);
                }
                listening++;
            }
            reservation.spend();
            done = true;
        } finally {
            for (int i = 0; i < listening && !done; i++) {
                parts[i].close();
            }
        }
    }

    /**
     * Has TCP listen on one shard. With the role. Where the port is another listener's the first shard says so: they are the
     * same on all.
     */
    private static TcpListener listen(
            ListenerPart part, PortReservation reservation, int backlog, TcpSocketOptions options)
            throws SocketException {
        if (part.shard().isEnded()) {
            throw new SocketException("the user-space stack is closed");
        }
        TcpListener listener = part.shard()
                .tcp()
                .listen(
                        reservation.high(),
                        reservation.low(),
                        reservation.local().getPort(),
                        backlog,
                        options.copy(),
                        part);
        if (listener == null) {
            throw new BindException("Address already in use");
        }
        return listener;
    }

    /** Returns the shard for a new inline socket: in a handler that one's own. */
    Shard inlineShard() {
        for (Shard shard : shards) {
            if (shard.role().isHeldByCurrentThread() && shard.inline().isRunning()) {
                return shard;
            }
        }
        return nextShard();
    }

    /**
     * Has the thread of the inline sockets run a task, within a turn. Any thread.
     *
     * @throws java.util.concurrent.RejectedExecutionException if nothing inline is open, so that there is no such thread
     */
    public void executeInline(Runnable task) {
        shards[0].inline().execute(task);
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
