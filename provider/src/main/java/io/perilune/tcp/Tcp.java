package io.perilune.tcp;

import io.perilune.config.Setting;
import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.ip.IcmpError;
import io.perilune.ip.IpSender;
import io.perilune.ip.TransportReceiver;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.TimerWheel;

/** TCP of one shard: its connections, listeners and ports. Owned by the shard's driver. */
public final class Tcp implements TransportReceiver {

    /** The smallest socket buffer, in bytes. */
    static final int BUFFER_LEAST = 2_304;
    /** Cells a receive queue may take beyond its limit for data that is in order. */
    static final int CELLS_SPARE = 16;

    private static final int BUFFER_MOST = 1 << 29;
    private static final int CONNECT_ATTEMPTS = 4_096;

    final IpSender ip;
    final BufferPool pool;
    final TimerWheel wheel;
    final Counters counters;
    final RecordPool records = new RecordPool();
    final IsnGenerator isn;
    final ConnectionTable table;
    final PortAllocator ports;
    final TimeWaitTable timeWaits;
    final TcpTimers timers;
    final TcpOutput output;
    final PathMtuDiscovery pathMtu;
    final SegmentWriter writer;
    final LossRecovery recovery;
    final AckSample ackSample = new AckSample();
    final Delivery delivery = new Delivery();
    final SynCookies cookies;
    final TcpListenInput listenInput;
    final TcpSynSentInput synSentInput;
    final TcpSynchronizedInput synchronizedInput;
    final TcpMemory memory;
    final int sendBufferDefault;
    final int receiveBufferDefault;
    /** The most to which buffers grow that are sized by the stack, in bytes. */
    final int sendBufferMost;

    final int receiveBufferMost;
    final long rtoMinNs;
    /** Whether SYNs ask for ECN, and whether SYNs that ask for it are answered so. */
    final boolean ecnAsks;

    final boolean ecnAccepts;
    final boolean paces;
    /** The most connections that are closed by their users and not yet by the protocol. */
    final int orphansMost;

    /** How many there are. */
    int orphans;
    /** Connections in the table. */
    int connections;
    /** SND.NXT of the connection in TIME-WAIT that the present SYN takes the place of, else 0. */
    int reuseAfter;

    private final TcpInput input;
    private final String congestion;
    private FlowOwner owner = FlowOwner.OF_ALL;
    private TcpConnection dirtyHead;
    private TcpConnection dirtyTail;
    /** Whose user has more to write at once, or null. */
    private TcpConnection holding;

    /**
     * Makes TCP without connections.
     *
     * @param secret 32 bytes from a secure source, for initial sequence numbers and ports (RFC 6528, RFC 6056)
     */
    public Tcp(Settings settings, IpSender ip, BufferPool pool, TimerWheel wheel, Counters counters, byte[] secret) {
        this.ip = ip;
        this.pool = pool;
        this.wheel = wheel;
        this.counters = counters;
        this.isn = new IsnGenerator(secret);
        this.table = new ConnectionTable(isn.randomLong(), isn.randomLong());
        this.ports = new PortAllocator(isn, table);
        this.timeWaits = new TimeWaitTable(this, settings);
        this.timers = new TcpTimers(this, wheel, settings);
        this.output = new TcpOutput(this);
        this.pathMtu = new PathMtuDiscovery(this);
        this.writer = new SegmentWriter(this);
        this.recovery = new LossRecovery(this);
        this.cookies = new SynCookies(this, settings);
        this.listenInput = new TcpListenInput(this);
        this.synSentInput = new TcpSynSentInput(this);
        this.synchronizedInput = new TcpSynchronizedInput(this);
        this.input = new TcpInput(this);
        this.memory = new TcpMemory(this);
        this.sendBufferDefault = bufferSetting(settings, Setting.TCP_SEND_BUFFER);
        this.receiveBufferDefault = bufferSetting(settings, Setting.TCP_RECEIVE_BUFFER);
        // No connection grows to more than a quarter of all packet memory by itself.
        int share = (int) Math.min(BUFFER_MOST, (long) pool.usable() * pool.cellSize() / 4);
        this.sendBufferMost = mostOf(settings, Setting.TCP_SEND_BUFFER_MAX, sendBufferDefault, share);
        this.receiveBufferMost = mostOf(settings, Setting.TCP_RECEIVE_BUFFER_MAX, receiveBufferDefault, share);
        this.rtoMinNs = settings.number(Setting.TCP_RTO_MIN);
        this.orphansMost = (int) settings.number(Setting.TCP_ORPHANS);
        this.congestion = settings.text(Setting.TCP_CONGESTION);
        String ecn = settings.text(Setting.TCP_ECN);
        this.ecnAccepts = !"off".equals(ecn);
        // DCTCP is nothing without marks.
        this.ecnAsks = "on".equals(ecn) || (ecnAccepts && Dctcp.NAME.equals(congestion));
        this.paces = settings.flag(Setting.TCP_PACING);
    }

    /** Tells which flows come to this shard, where there are several. Once, before the first connection. */
    public void flowOwner(FlowOwner newOwner) {
        owner = newOwner;
    }

    /**
     * Begins an active open. Address halves of the local side may be 0 (unspecified), the local port 0 (any). The
     * result is in SYN-SENT, or CLOSED with its error set.
     */
    public TcpConnection connect(
            long localHigh,
            long localLow,
            int localPort,
            long remoteHigh,
            long remoteLow,
            int remotePort,
            TcpSocketOptions options,
            TcpUser user,
            long nowNs) {
        TcpConnection c = new TcpConnection(this, options, user);
        boolean any = Addresses.isUnspecified(localHigh, localLow);
        c.remoteHigh = remoteHigh;
        c.remoteLow = remoteLow;
        c.ports = localPort << 16 | remotePort;
        if (localPort != 0) {
            c.boundPort = true;
            c.boundHigh = localHigh;
            c.boundLow = localLow;
        }
        if (!ip.reaches(remoteHigh, remoteLow) || (!any && !ofOneFamily(localHigh, localLow, remoteHigh, remoteLow))) {
            return refuse(c, TcpError.NET_UNREACHABLE);
        }
        c.localHigh = any ? ip.sourceHighFor(remoteHigh, remoteLow) : localHigh;
        c.localLow = any ? ip.sourceLowFor(remoteHigh, remoteLow) : localLow;
        if (!choosePort(c, localPort, remotePort)) {
            return refuse(c, localPort == 0 ? TcpError.ADDRESS_NOT_AVAILABLE : TcpError.ADDRESS_IN_USE);
        }
        // RFC 9293 §3.10.1, active OPEN.
        c.iss = isn.initialSequence(c, nowNs);
        c.tsOffset = isn.timestampOffset(c);
        c.sndUna = c.iss;
        c.sndNxt = c.iss + 1;
        c.sndSml = c.sndNxt;
        c.sendQueue.end = c.sndNxt;
        c.peerMss = TcpOutput.DEFAULT_MSS;
        c.rcvScale = (byte) shiftFor(largestReceiveBuffer(options));
        c.state = TcpState.SYN_SENT;
        c.lastSendNs = nowNs;
        table.add(c);
        connections++;
        counters.increment(Counter.TCP_CONNECTS);
        writer.sendSyn(c, nowNs);
        timers.armRetransmission(c, nowNs);
        return c;
    }

    /**
     * Reserves a local port for a later connect or listen. It is taken while a socket has it that does not suffer the
     * new one: both reuse the address and nobody listens, or both reuse the port. Connections count, in TIME-WAIT too.
     *
     * @param localPort the port, 0: a random one that nobody has
     * @return the port, or 0 if it is taken
     */
    public int bind(long localHigh, long localLow, int localPort, boolean reuseAddress, boolean reusePort) {
        return ports.reserve(localHigh, localLow, localPort, reuseAddress, reusePort);
    }

    /** Gives back a port that bind reserved so and that neither connect nor listen has used. */
    public void unbind(long localHigh, long localLow, int localPort, boolean reuseAddress, boolean reusePort) {
        ports.release(localHigh, localLow, localPort, reuseAddress, reusePort);
    }

    /**
     * Listens on a port reserved by bind, which closing the listener gives back. Returns null if another listens there,
     * unless both reuse the port: then each flow goes to one of them by its hash.
     */
    public TcpListener listen(
            long localHigh, long localLow, int localPort, int backlog, TcpSocketOptions options, TcpAcceptor acceptor) {
        TcpListener listener = new TcpListener(this, localHigh, localLow, localPort, backlog, options, acceptor);
        return ports.listen(listener) ? listener : null;
    }

    @Override
    public void receive(
            PacketBuffer segment,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int trafficClass,
            int burstFlags,
            long nowNs) {
        TcpSegment s = input.segment();
        s.buffer = segment;
        s.sourceHigh = sourceHigh;
        s.sourceLow = sourceLow;
        s.destinationHigh = destinationHigh;
        s.destinationLow = destinationLow;
        s.trafficClass = trafficClass;
        input.receive(burstFlags, nowNs);
    }

    @Override
    public boolean onIcmpError(
            IcmpError error,
            int mtu,
            long localHigh,
            long localLow,
            long remoteHigh,
            long remoteLow,
            int localPort,
            int remotePort,
            int sequence,
            long nowNs) {
        int flowPorts = localPort << 16 | remotePort;
        int hash = table.hashOf(localHigh, localLow, remoteHigh, remoteLow, flowPorts);
        FlowEntry entry = table.find(localHigh, localLow, remoteHigh, remoteLow, flowPorts, hash);
        // RFC 5927 §4.1: the quoted segment must be one that is in flight.
        if (!(entry instanceof TcpConnection)
                || SeqNum.before(sequence, ((TcpConnection) entry).sndUna)
                || SeqNum.afterOrEqual(sequence, ((TcpConnection) entry).sndNxt)) {
            counters.increment(Counter.TCP_ICMP_IGNORED);
            return false;
        }
        TcpConnection c = (TcpConnection) entry;
        if (error == IcmpError.PACKET_TOO_BIG) {
            return pathMtu.onTold(c, mtu, nowNs);
        }
        TcpError meaning = meaningOf(error);
        if (c.state == TcpState.SYN_SENT && meaning != TcpError.NONE) {
            terminate(c, meaning);
            fire(c);
        } else if (meaning != TcpError.NONE) {
            // RFC 5927 §5.2: hard errors are soft ones once the connection is synchronized.
            c.softError = meaning;
        }
        return true;
    }

    /**
     * Lends a user a buffer to fill: its bytes are what was in it before.
     *
     * @param loan an empty one, which is filled
     * @return how many bytes it has, 0: there is none now, {@link TcpConnection#LOANS_FULL}
     */
    public int lend(Loan loan) {
        if (!memory.mayLend()) {
            return TcpConnection.LOANS_FULL;
        }
        PacketBuffer buffer = memory.isShort() ? null : pool.allocate();
        if (buffer == null) {
            return 0;
        }
        memory.lent++;
        loan.set(buffer, buffer.start(), buffer.tailroom());
        loan.from = null;
        loan.charge = 0;
        return loan.length;
    }

    /**
     * Makes another loan of the same bytes, which fills no connection's receive buffer.
     *
     * @param other an empty one, which is filled
     * @return how many bytes, {@link TcpConnection#LOANS_FULL}
     */
    public int share(Loan loan, Loan other) {
        if (!memory.mayLend()) {
            return TcpConnection.LOANS_FULL;
        }
        loan.buffer.retain(); // which may throw
        memory.lent++;
        other.set(loan.buffer, loan.offset, loan.length);
        other.from = null;
        other.charge = 0;
        return other.length;
    }

    /** Takes a loan back: its buffer, if it is still there, and what it fills of a connection's receive buffer. */
    public void giveBack(Loan loan, long nowNs) {
        memory.lent--;
        if (loan.buffer != null) {
            loan.buffer.release();
            loan.buffer = null;
        }
        loan.length = 0;
        TcpConnection from = loan.from;
        if (from != null) {
            loan.from = null;
            from.onGivenBack(loan.charge, nowNs);
        }
    }

    /** Whether users may hold a further buffer. */
    public boolean mayLend() {
        return memory.mayLend();
    }

    /** Buffers that users hold. */
    public int lentCount() {
        return memory.lent;
    }

    /**
     * Sends what the segments and calls since the last time made due: called at the end of each turn, and after a
     * user's writes.
     */
    public void flush(long nowNs) {
        TcpConnection c;
        while ((c = dirtyHead) != null) {
            dirtyHead = c.dirtyNext;
            if (dirtyHead == null) {
                dirtyTail = null;
            }
            c.dirtyNext = null;
            c.dirty = false;
            output.output(c, nowNs);
        }
    }

    /**
     * The user has more to write at once: what does not fill a segment waits for it, also without Nagle's algorithm, until
     * {@link #noMoreToCome}. One connection at a time.
     */
    public void moreToCome(TcpConnection c) {
        if (holding != c) {
            noMoreToCome();
            holding = c;
        }
        c.moreToCome = true;
    }

    /** Whatever waits for more goes with the next {@link #flush}. */
    public void noMoreToCome() {
        TcpConnection c = holding;
        if (c != null) {
            holding = null;
            c.moreToCome = false;
            if (c.sendQueue.firstUnsent != null) {
                markDirty(c);
            }
        }
    }

    /** Connections that are not CLOSED or TIME-WAIT. */
    public int connectionCount() {
        return connections + listenInput.count();
    }

    /** Connections in TIME-WAIT. */
    public int timeWaitCount() {
        return timeWaits.count();
    }

    /** Connections that still have bytes or a FIN to bring to the peer (D9). */
    public int drainingCount() {
        int count = 0;
        for (int i = 0; i < table.capacity(); i++) {
            FlowEntry entry = table.slot(i);
            if (entry instanceof TcpConnection && ((TcpConnection) entry).sendQueue.records > 0) {
                count++;
            }
        }
        return count;
    }

    /** Aborts everything: connections are reset, listeners closed, timers cancelled, buffers released. */
    public void abortAll(TcpError error, long nowNs) {
        ports.closeListeners(nowNs);
        listenInput.forgetAll(null);
        int index = 0;
        while (index < table.capacity()) {
            FlowEntry entry = table.slot(index);
            if (entry instanceof TcpConnection) {
                TcpConnection c = (TcpConnection) entry;
                if (c.state != TcpState.SYN_SENT) {
                    writer.sendReset(c, nowNs);
                }
                c.receiveQueue.clear(records);
                terminate(c, error);
                fire(c);
            } else if (entry instanceof TimeWait) {
                timeWaits.end((TimeWait) entry);
            } else {
                index++;
            }
        }
        memory.close();
    }

    /** A segment is not used: the counter says why. */
    void drop(Counter reason) {
        counters.increment(reason);
    }

    /** RFC 7323 §5.4: a clock of one millisecond with an offset of the connection's own. */
    int timestamp(int offset, long nowNs) {
        return (int) (nowNs / 1_000_000L) + offset;
    }

    /** Notes that a connection may have something to send at the end of the turn. */
    void markDirty(TcpConnection c) {
        if (!c.dirty) {
            c.dirty = true;
            if (dirtyTail == null) {
                dirtyHead = c;
            } else {
                dirtyTail.dirtyNext = c;
            }
            dirtyTail = c;
        }
    }

    /** Tells the user what has happened, data before the end. */
    void fire(TcpConnection c) {
        int events = c.events;
        if (events == 0) {
            return;
        }
        c.events = 0;
        TcpUser user = c.user;
        if (user == null) {
            return;
        }
        if ((events & TcpConnection.CONNECTED) != 0) {
            user.onConnected(c);
        }
        if ((events & TcpConnection.READABLE) != 0) {
            user.onReadable(c);
        }
        if ((events & TcpConnection.WRITABLE) != 0) {
            user.onWritable(c);
        }
        if ((events & TcpConnection.CLOSED) != 0) {
            c.user = null;
            user.onClosed(c, c.error);
        }
    }

    /** Ends a connection at once: CLOSED. What was received stays readable unless the user has closed it. */
    void terminate(TcpConnection c, TcpError error) {
        c.error = error;
        c.state = TcpState.CLOSED;
        if (holding == c) {
            holding = null;
        }
        table.remove(c);
        detach(c);
    }

    /** RFC 9293 §3.10.7.4: both sides' FINs are acknowledged, or will be by what is sent here. */
    void enterTimeWait(TcpConnection c, long nowNs) {
        if (c.ackNow) {
            writer.sendAck(c, nowNs);
        }
        c.state = TcpState.TIME_WAIT;
        timeWaits.enter(c, nowNs);
        detach(c);
    }

    /** The peer does not answer any more: RFC 9293 §3.8.3, or what ICMP had to say of it (RFC 1122 §4.2.3.9). */
    void timeOut(TcpConnection c, long nowNs) {
        counters.increment(Counter.TCP_CONNECTIONS_TIMED_OUT);
        terminate(c, c.softError == TcpError.NONE ? TcpError.TIMED_OUT : c.softError);
    }

    private void detach(TcpConnection c) {
        connections--;
        if (c.orphan) {
            c.orphan = false;
            orphans--;
        }
        wheel.cancel(c);
        c.timers = 0;
        giveBackPort(c);
        c.sendQueue.clear(records);
        c.scoreboard.clear();
        if (c.outOfOrder != null) {
            memory.returnOutOfOrderQueue(c);
        }
        if (c.closedByUser) {
            c.receiveQueue.clear(records);
        }
        c.events |= TcpConnection.CLOSED;
    }

    CongestionControl newCongestionControl() {
        switch (congestion) {
            case NewReno.NAME:
                return new NewReno();
            case Dctcp.NAME:
                return new Dctcp();
            default:
                return new Cubic();
        }
    }

    /** Returns the receive buffer with which a connection starts, in bytes. */
    int firstReceiveBuffer(TcpSocketOptions options) {
        return options.receiveBuffer > 0 ? Math.max(options.receiveBuffer, BUFFER_LEAST) : receiveBufferDefault;
    }

    /** Returns the receive buffer up to which the window must be scaled from the SYN on, in bytes. */
    int largestReceiveBuffer(TcpSocketOptions options) {
        return options.receiveBuffer > 0 ? firstReceiveBuffer(options) : receiveBufferMost;
    }

    /** Returns the window shift that a receive buffer needs (RFC 7323 §2.2). */
    static int shiftFor(int bufferSize) {
        int shift = 0;
        while (shift < TcpOptions.WINDOW_SCALE_MAX && (TcpHeader.WINDOW_MAX << shift) < bufferSize) {
            shift++;
        }
        return shift;
    }

    private TcpConnection refuse(TcpConnection c, TcpError error) {
        c.error = error;
        giveBackPort(c);
        return c;
    }

    private void giveBackPort(TcpConnection c) {
        if (c.boundPort) {
            c.boundPort = false;
            ports.release(c.boundHigh, c.boundLow, c.localPortNumber(), c.options.reuseAddress, c.options.reusePort);
        }
    }

    private boolean choosePort(TcpConnection c, int localPort, int remotePort) {
        if (localPort != 0) {
            return isFree(c, localPort, remotePort);
        }
        boolean self = c.localLow == c.remoteLow && c.localHigh == c.remoteHigh;
        for (int i = 0; i < CONNECT_ATTEMPTS; i++) {
            // RFC 6056 §3.3.2: another random one.
            int port = randomPort(c, remotePort);
            if (!(self && port == remotePort)
                    && !ports.isHeld(c.localHigh, c.localLow, port)
                    && isFree(c, port, remotePort)) {
                return true;
            }
        }
        return false;
    }

    /** Returns a random port, on which what the peer sends comes to this shard; if none is found, any. */
    private int randomPort(TcpConnection c, int remotePort) {
        int count = PortAllocator.EPHEMERAL_LAST - PortAllocator.EPHEMERAL_FIRST + 1;
        int port = 0;
        for (int i = 0; i < CONNECT_ATTEMPTS; i++) {
            port = PortAllocator.EPHEMERAL_FIRST + isn.random(count);
            if (owner.owns(c.localHigh, c.localLow, port, c.remoteHigh, c.remoteLow, remotePort)) {
                break;
            }
        }
        return port;
    }

    /** Sets the connection's ports and hash, and returns whether nobody has that tuple. */
    private boolean isFree(TcpConnection c, int localPort, int remotePort) {
        c.ports = localPort << 16 | remotePort;
        c.hash = table.hashOf(c.localHigh, c.localLow, c.remoteHigh, c.remoteLow, c.ports);
        return table.find(c.localHigh, c.localLow, c.remoteHigh, c.remoteLow, c.ports, c.hash) == null;
    }

    private static boolean ofOneFamily(long localHigh, long localLow, long remoteHigh, long remoteLow) {
        return Addresses.isMapped(localHigh, localLow) == Addresses.isMapped(remoteHigh, remoteLow);
    }

    private static TcpError meaningOf(IcmpError error) {
        switch (error) {
            case NET_UNREACHABLE:
                return TcpError.NET_UNREACHABLE;
            case HOST_UNREACHABLE:
            case PROHIBITED:
                return TcpError.HOST_UNREACHABLE;
            case PORT_UNREACHABLE:
            case PROTOCOL_UNREACHABLE:
                return TcpError.CONNECTION_REFUSED;
            default:
                // RFC 1122 §4.2.3.9: time exceeded and parameter problem are soft, whatever the state.
                return TcpError.NONE;
        }
    }

    private static int mostOf(Settings settings, Setting setting, int first, int share) {
        return Math.max(first, Math.min(bufferSetting(settings, setting), share));
    }

    private static int bufferSetting(Settings settings, Setting setting) {
        return (int) Math.max(BUFFER_LEAST, Math.min(settings.number(setting), BUFFER_MOST));
    }
}
