package io.perilune.tcp;

import io.perilune.metrics.Counter;
import java.nio.ByteBuffer;

/**
 * The transmission control block of one connection (RFC 9293 §3.3.1). Owned by the shard's driver.
 *
 * <p>Fields bear the RFC's names. What happens to them is in the classes of the way in ({@link TcpInput} and those it
 * calls) and of the way out ({@link TcpOutput}).
 */
public final class TcpConnection extends FlowEntry {

    /** What {@link #read} returns at the end of the stream. */
    public static final int END_OF_STREAM = -1;

    /** What {@link #read} and {@link #write} return when the connection failed: {@link #error} says why. */
    public static final int FAILED = -2;

    /** What {@link #take} returns when the user holds as much of the packet memory as it may. */
    public static final int LOANS_FULL = -3;

    /** Kinds of recovery: none, after duplicates or SACK, after a timeout. */
    static final byte OPEN = 0;

    static final byte RECOVERY = 1;
    static final byte LOSS = 2;

    /** Steps of F-RTO (RFC 5682): the first and the second acknowledgment after a timeout are waited for. */
    static final byte FRTO_FIRST = 1;

    static final byte FRTO_SECOND = 2;
    /** RFC 5682 §2.1 step 2b: how many new segments go between the two. */
    static final byte FRTO_SEGMENTS = 2;

    /** Events that wait to be told to the user. */
    static final int CONNECTED = 1;

    static final int READABLE = 1 << 1;
    static final int WRITABLE = 1 << 2;
    static final int CLOSED = 1 << 3;

    final Tcp tcp;
    final TcpSocketOptions options;
    final SendQueue sendQueue = new SendQueue();
    final SackScoreboard scoreboard = new SackScoreboard();
    final Rack rack = new Rack();
    final ReceiveQueue receiveQueue = new ReceiveQueue();
    /** Received bytes that the user holds, and in how many cells. */
    int heldBytes;

    int heldCells;
    final RttEstimator rtt = new RttEstimator();
    CongestionControl congestion;
    /** Null where nothing is paced. */
    final Pacer pacer;
    /** Null where the user has set the size of the receive buffer. */
    ReceiveTuning receiveTuning;
    /** Null while nothing is missing. */
    OutOfOrderQueue outOfOrder;

    TcpUser user;
    TcpState state = TcpState.CLOSED;
    TcpError error = TcpError.NONE;
    /** What ICMP said: the error if the connection times out (RFC 1122 §4.2.3.9). */
    TcpError softError = TcpError.NONE;

    // Send sequence space (RFC 9293 §3.3.1).
    int iss;
    int sndUna;
    int sndNxt;
    int sndWnd;
    int sndWl1;
    int sndWl2;
    /** Largest window the peer ever offered (RFC 9293 §3.8.6.2.1, RFC 5961 §5.2). */
    int sndWndMax;
    /** Behind the last small segment that was sent: Nagle's algorithm as Minshall has it. */
    int sndSml;
    /** Behind the urgent data (RFC 9293 §3.8.5), while urgent. */
    int sndUp;
    /** The most data in one segment. */
    int sndMss;
    /** The peer's MSS option. */
    int peerMss;
    /** The path's MTU if that is known to be smaller than the link's, else the largest int. */
    int pathMtu = Integer.MAX_VALUE;
    /** When that was learned, or the link's size last tried. */
    long pathMtuNs;
    /** What it was before a black hole was suspected, or 0. */
    int mtuBeforeBlackHole;

    byte sndScale;
    boolean sndUrgent;
    boolean finQueued;

    // Receive sequence space.
    int irs;
    int rcvNxt;
    /** The right edge of the window that was offered last: it never moves left. */
    int rcvAdv;
    /** RCV.NXT as it was last acknowledged, the RFC 7323 Last.ACK.sent. */
    int rcvAcked;
    /** The largest segment received, as an estimate of the peer's size. */
    int rcvMss = TcpOutput.DEFAULT_MSS;

    int rcvUp;
    byte rcvScale;
    boolean rcvUrgent;
    boolean finReceived;
    boolean finOutOfOrder;
    int finOutOfOrderSeq;
    boolean dsackPending;
    int dsackLeft;
    int dsackRight;

    // Options that both sides agreed on.
    boolean sack;
    boolean windowScaled;
    boolean timestamps;
    int tsOffset;
    int tsRecent;
    long tsRecentNs;

    // Acknowledging.
    boolean ackNow;
    byte quickAcks;

    // Loss.
    byte recovery;
    byte dupAcks;
    boolean forceRetransmit;
    /** Data may be sent although the window is small: the override timeout (RFC 9293 §3.8.6.2.1). */
    boolean forceWindow;

    int recoverSeq;
    /** SND.NXT at the first duplicate. */
    int disorderSeq;
    /** Duplicates of the present SND.UNA tell nothing (RFC 6582 §3.2 step 2). */
    boolean staleDuplicates;
    // Proportional rate reduction (RFC 9937), in bytes: prr_delivered, prr_out, RecoverFS.
    int prrDelivered;
    int prrOut;
    int prrFlight;
    // Forward RTO-recovery (RFC 5682): the step, and how many new segments may still go in it.
    byte frto;
    byte frtoSegments;
    // Undoing (RFC 3522, RFC 4015): whether a recovery may yet prove needless, where it began, how much was sent again
    // and not yet reported as duplicate, and when that began.
    boolean undoable;
    boolean undoAgain;
    int undoSeq;
    int undoLength;
    int undoEchoMs;
    // Tail loss probe (RFC 8985 §7): TLP.end_seq is set, TLP.is_retrans, TLP.end_seq.
    boolean probed;
    boolean probeAgain;
    int probeSeq;
    /** The first segment was sent again for a second time, as its acknowledgment did not come. */
    boolean probedAgain;

    /** Flags of {@link Ecn}. */
    byte ecn;
    /** SND.NXT when an echo or a loss reduced the window last. */
    int ecnSeq;

    // Use of the congestion window (RFC 7661 §4.3): see TcpOutput.
    /** Whether the window has held data back in the present or last period, which ends when useSeq is acknowledged. */
    boolean windowHeldBack;
    /** The most that was in flight in that period. */
    int mostInFlight;

    int useSeq;

    // Timers: see TcpTimers.
    byte timers;
    byte retries;
    byte probes;
    byte unansweredProbes;
    byte keepProbes;
    long rtoDeadlineNs;
    long delayedAckDeadlineNs;
    long probeDeadlineNs;
    long keepDeadlineNs;
    long lastReceiveNs;
    long lastSendNs;

    // Challenges (RFC 5961 §7).
    long challengesSinceNs;
    int challenges;

    int sndBuf;
    int rcvBuf;
    int events;
    boolean closedByUser;
    /** Closed by its user and counted so: it still has something to send or to hear. */
    boolean orphan;

    boolean inputShutdown;
    boolean writeWaits;
    boolean dirty;
    /** See {@link Tcp#moreToCome}. */
    boolean moreToCome;

    boolean starved;
    /** Whether all that was received has been read since something had to be refused. */
    boolean readsPromptly;

    boolean boundPort;
    long boundHigh;
    long boundLow;
    TcpConnection dirtyNext;
    TcpConnection starvedNext;
    TcpConnection acceptNext;

    TcpConnection(Tcp tcp, TcpSocketOptions options, TcpUser user) {
        this.tcp = tcp;
        this.options = options;
        this.user = user;
        this.congestion = tcp.newCongestionControl();
        this.pacer = tcp.paces ? new Pacer() : null;
        this.sndBuf = options.sendBuffer > 0 ? Math.max(options.sendBuffer, Tcp.BUFFER_LEAST) : tcp.sendBufferDefault;
        this.rcvBuf = tcp.firstReceiveBuffer(options);
        this.receiveTuning = options.receiveBuffer > 0 ? null : new ReceiveTuning();
    }

    @Override
    boolean tolerates(boolean otherReusesAddress, boolean otherReusesPort) {
        return (otherReusesAddress && options.reuseAddress) || (otherReusesPort && options.reusePort);
    }

    @Override
    protected void onTimer(long nowNs) {
        tcp.timers.onTimer(this, nowNs);
    }

    /** Sets who is told of events from now on; for connections that were accepted. */
    public void attach(TcpUser user) {
        this.user = user;
    }

    /**
     * Copies received bytes out and moves the window on. Data received before a failure is still delivered, then FAILED.
     * @return how many bytes; 0: none yet (or destination full); END_OF_STREAM; FAILED
     */
    public int read(ByteBuffer destination, long nowNs) {
        if (receiveQueue.isEmpty()) {
            if (finReceived || inputShutdown) {
                return END_OF_STREAM;
            }
            return state == TcpState.CLOSED ? FAILED : 0;
        }
        int count = receiveQueue.read(destination, tcp.records);
        readsPromptly |= receiveQueue.isEmpty();
        if (count > 0) {
            tcp.counters.add(Counter.BYTES_COPIED_RX, count);
            onRead(nowNs);
        }
        return count;
    }

    /**
     * Lends received bytes to the user as they lie in packet memory. They still fill the receive buffer until
     * {@link Tcp#giveBack}, or until they are written to a connection.
     *
     * @param loan an empty one, which is filled
     * @return how many bytes; 0: none yet; END_OF_STREAM; FAILED; LOANS_FULL: the user must give back some first
     */
    public int take(Loan loan, long nowNs) {
        if (receiveQueue.isEmpty()) {
            if (finReceived || inputShutdown) {
                return END_OF_STREAM;
            }
            return state == TcpState.CLOSED ? FAILED : 0;
        }
        if (!tcp.memory.mayLend()) {
            return LOANS_FULL;
        }
        receiveQueue.take(loan, tcp.records);
        tcp.memory.lent++;
        loan.from = this;
        loan.charge = loan.length;
        heldBytes += loan.length;
        heldCells++;
        tcp.counters.add(Counter.BYTES_ZERO_COPY, loan.length);
        return loan.length;
    }

    /** The user has no more use for bytes that it took: the window may move on. */
    void onGivenBack(int count, long nowNs) {
        heldBytes -= count;
        heldCells--;
        readsPromptly |= receiveQueue.isEmpty() && heldCells == 0;
        onRead(nowNs);
    }

    private void onRead(long nowNs) {
        if (receiveTuning != null && isLive()) {
            receiveTuning.onRead(this, nowNs);
        }
        if (isReceiving() && DelayedAck.deservesUpdate(this)) {
            ackNow = true;
            tcp.markDirty(this);
        }
    }

    /**
     * Puts what a loan holds into the send queue, from where it lies; the loan is empty afterwards. All or nothing.
     *
     * @return how many bytes were taken, 0: the queue is full (or the loan has no bytes); FAILED as in the other write
     */
    public int write(Loan loan, long nowNs) {
        if (isWriteOver()) {
            return FAILED;
        }
        int count = loan.length;
        if (state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED || count == 0) {
            return 0;
        }
        if (sendQueue.bytes >= sndBuf || sendQueue.records >= recordLimit()) {
            writeWaits = true;
            return 0;
        }
        sendQueue.append(loan, tcp.records);
        tcp.counters.add(Counter.BYTES_ZERO_COPY, count);
        tcp.giveBack(loan, nowNs);
        tcp.markDirty(this);
        return count;
    }

    /**
     * Copies bytes into the send queue as far as it has room. What is due is sent by Tcp.flush.
     * @return how many were taken, 0: the queue is full; FAILED: the connection failed, or its output was shut down
     */
    public int write(ByteBuffer source, long nowNs) {
        if (isWriteOver()) {
            return FAILED;
        }
        int wanted = source.remaining();
        if (state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED || wanted == 0) {
            return 0;
        }
        int most = Math.min(wanted, sndBuf - sendQueue.bytes);
        int taken = 0;
        if (most > 0) {
            int records = Math.min(recordLimit(), tcp.memory.writeLimit(this));
            taken = sendQueue.append(source, most, sndMss, records, tcp.pool, tcp.records);
        }
        if (taken < wanted) {
            waitForRoom(nowNs);
        }
        if (taken > 0) {
            tcp.counters.add(Counter.BYTES_COPIED_TX, taken);
            tcp.markDirty(this);
        }
        return taken;
    }

    private void waitForRoom(long nowNs) {
        writeWaits = true;
        if (sendQueue.records == 0 || (sendQueue.bytes < sndBuf && !tcp.memory.mayWrite(this))) {
            tcp.memory.addStarved(this, nowNs);
        }
    }

    /** Whether write fails from now on. */
    public boolean isWriteOver() {
        return finQueued || closedByUser || state == TcpState.CLOSED || state == TcpState.TIME_WAIT;
    }

    /** Bytes that read would deliver now. */
    public int available() {
        return receiveQueue.bytes;
    }

    /** Whether all data has been read and the peer's FIN has come, or the input was shut down. */
    public boolean isEndOfStream() {
        return isInputOver() && receiveQueue.isEmpty();
    }

    /** Whether nothing comes any more to what can be read now. */
    public boolean isInputOver() {
        return finReceived || inputShutdown;
    }

    /** Whether write would take at least a sensible amount (a third of the queue is free), or would fail at once. */
    public boolean isWritable() {
        if (isWriteOver()) {
            return true;
        }
        if (state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED) {
            return false;
        }
        return (long) sendQueue.bytes * 3 <= (long) sndBuf * 2
                && sendQueue.records * 3 <= recordLimit() * 2
                && tcp.memory.mayWrite(this);
    }

    /** Bytes written and not yet acknowledged. */
    public int unacknowledged() {
        return sendQueue.bytes;
    }

    /** Sends FIN behind what is queued (RFC 9293 §3.10.4). */
    public void shutdownOutput(long nowNs) {
        if (finQueued || !isLive()) {
            return;
        }
        finQueued = true;
        if (state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED) {
            // RFC 9293 §3.10.4: queued until the connection is established.
            return;
        }
        queueFin();
    }

    /** Reads answer END_OF_STREAM from now on; what arrives later is acknowledged and discarded, as Linux does. */
    public void shutdownInput(long nowNs) {
        inputShutdown = true;
        receiveQueue.clear(tcp.records);
        if (isReceiving() && DelayedAck.deservesUpdate(this)) {
            ackNow = true;
            tcp.markDirty(this);
        }
    }

    /**
     * The user is done: no upcall follows. What is queued is still sent (D9); unread received data makes it a reset
     * (RFC 9293 §3.6.1, RFC 2525 §2.17); linger of 0 makes it an abort.
     */
    public void close(long nowNs) {
        if (closedByUser) {
            return;
        }
        closedByUser = true;
        user = null;
        boolean unread = !receiveQueue.isEmpty();
        receiveQueue.clear(tcp.records);
        if (!isLive()) {
            return;
        }
        if (state == TcpState.SYN_SENT) {
            // RFC 9293 §3.10.4: delete the TCB.
            tcp.terminate(this, TcpError.NONE);
            return;
        }
        if (options.linger == 0 || unread) {
            abort(nowNs);
            return;
        }
        if (tcp.orphans >= tcp.orphansMost) {
            tcp.counters.increment(Counter.TCP_ORPHANS_ABORTED);
            abort(nowNs);
            return;
        }
        orphan = true;
        tcp.orphans++;
        shutdownOutput(nowNs);
        if (state == TcpState.FIN_WAIT_2) {
            tcp.timers.armFinWait2(this, nowNs);
        }
    }

    /** Resets the connection and drops what is queued and not due yet. No upcall follows. */
    public void abort(long nowNs) {
        closedByUser = true;
        user = null;
        receiveQueue.clear(tcp.records);
        if (isLive()) {
            // RFC 9293 §3.10.5: <SEQ=SND.NXT><CTL=RST>, but not from SYN-SENT.
            if (state != TcpState.SYN_SENT) {
                if (dirty) {
                    // An earlier call made it due, and it may wait for others' to leave with: it was to be sent by now.
                    tcp.output.output(this, nowNs);
                }
                tcp.writer.sendReset(this, nowNs);
            }
            tcp.terminate(this, TcpError.ABORTED);
        }
    }

    /** Sends one byte as urgent data (RFC 6093). Returns false if the send queue is full. */
    public boolean writeUrgent(byte value, long nowNs) {
        if (finQueued || !isSynchronized()) {
            return false;
        }
        if (sendQueue.bytes >= sndBuf
                || sendQueue.records >= recordLimit()
                || !tcp.memory.mayWrite(this)
                || !sendQueue.append(value, sndMss, tcp.pool, tcp.records)) {
            waitForRoom(nowNs);
            return false;
        }
        // RFC 6093 §2.1: in fact the pointer tells the byte behind the urgent one.
        sndUp = sendQueue.end;
        sndUrgent = true;
        tcp.markDirty(this);
        return true;
    }

    /** The options; after a change call applyOptions. */
    public TcpSocketOptions options() {
        return options;
    }

    /** Makes changed options act. */
    public void applyOptions(long nowNs) {
        if (options.sendBuffer > 0) {
            sndBuf = Math.max(options.sendBuffer, Tcp.BUFFER_LEAST);
        }
        if (options.receiveBuffer > 0) {
            rcvBuf = Math.max(options.receiveBuffer, Tcp.BUFFER_LEAST);
            receiveTuning = null;
        }
        if (!isLive()) {
            return;
        }
        tcp.timers.armKeepAlive(this, nowNs);
        if (options.quickAck) {
            quickAcks = DelayedAck.QUICK_ACKS;
            ackNow |= rcvNxt != rcvAcked && isSynchronized();
        }
        tcp.markDirty(this);
    }

    /** Whether everything incl. FIN was acknowledged or the connection is gone: what SO_LINGER waits for. */
    public boolean isDrained() {
        return !isLive() || (isSynchronized() && sendQueue.records == 0);
    }

    /** Effective buffer sizes, bytes, as getOption reports them. */
    public int sendBufferSize() {
        return sndBuf;
    }

    public int receiveBufferSize() {
        return rcvBuf;
    }

    public TcpState state() {
        return state;
    }

    public TcpError error() {
        return error;
    }

    public long localHigh() {
        return localHigh;
    }

    public long localLow() {
        return localLow;
    }

    public int localPort() {
        return localPortNumber();
    }

    public long remoteHigh() {
        return remoteHigh;
    }

    public long remoteLow() {
        return remoteLow;
    }

    public int remotePort() {
        return remotePortNumber();
    }

    /** Whether segments of it are still exchanged by this object. */
    boolean isLive() {
        return state != TcpState.CLOSED && state != TcpState.TIME_WAIT;
    }

    boolean isSynchronized() {
        return isLive() && state != TcpState.SYN_SENT && state != TcpState.SYN_RECEIVED;
    }

    /** Whether the peer may still send data: ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2 (RFC 9293 §3.10.7.4, seventh). */
    boolean isReceiving() {
        return state == TcpState.ESTABLISHED || state == TcpState.FIN_WAIT_1 || state == TcpState.FIN_WAIT_2;
    }

    /** Whether the congestion window was the limit lately; slow start may double what was in flight (RFC 7661 §4.3). */
    boolean isWindowUsed() {
        int window = congestion.window();
        boolean slowStart = window < congestion.slowStartThreshold();
        return windowHeldBack || mostInFlight > (slowStart ? window / 2 : window - sndMss);
    }

    int outstanding() {
        return sndNxt - sndUna;
    }

    /**
     * FlightSize (RFC 5681 §2) as the last turn left it, as far as the window allowed it: the acknowledgments of this turn
     * have taken off what may only be sent at its end.
     */
    int flightSize() {
        return Math.max(outstanding(), Math.min(mostInFlight, congestion.window()));
    }

    /**
     * Lets the send buffer hold two windows, the one in flight and the one to follow, unless the user has set its size or
     * memory is short. The bound is {@code tcp.send-buffer-max}.
     */
    void growSendBuffer() {
        int window = congestion.window();
        if (options.sendBuffer == 0 && window > sndBuf / 2 && !tcp.memory.isShort()) {
            sndBuf = (int) Math.max(sndBuf, Math.min(2L * window, tcp.sendBufferMost));
        }
    }

    /** How many cells the send queue may take: small segments that were sent alone take one each. */
    int recordLimit() {
        return Math.max(16, 2 * (sndBuf / Math.max(sndMss, 1)));
    }

    /** How many cells the receiving side may take. */
    int cellLimit() {
        return 64 + 2 * (rcvBuf / Math.max(rcvMss, TcpOutput.DEFAULT_MSS));
    }

    /** The handshake is over: RFC 9293 §3.10.7.3, §3.10.7.4, fifth. The window fields are set. */
    void establish(long nowNs) {
        state = TcpState.ESTABLISHED;
        pathMtuNs = nowNs;
        tcp.output.updateSegmentSize(this);
        congestion.start(sndMss);
        if (retries > 1) {
            // RFC 5681 §3.1, RFC 6928 §2: one segment if SYNs were lost; a single one that was sent again may have been
            // late.
            congestion.setWindow(sndMss);
        }
        useSeq = sndNxt;
        quickAcks = DelayedAck.QUICK_ACKS;
        if (receiveTuning != null) {
            receiveTuning.start(this, nowNs);
        }
        retries = 0;
        lastSendNs = nowNs;
        lastReceiveNs = nowNs;
        events |= CONNECTED;
        tcp.counters.increment(Counter.TCP_CONNECTIONS_ESTABLISHED);
        tcp.timers.cancelRetransmission(this);
        tcp.timers.armKeepAlive(this, nowNs);
        if (finQueued) {
            queueFin();
        }
    }

    /** Puts FIN behind the data; the state changes as if it were sent (RFC 9293 §3.10.4, CLOSE call). */
    private void queueFin() {
        sendQueue.appendFin(tcp.records);
        state = state == TcpState.CLOSE_WAIT ? TcpState.LAST_ACK : TcpState.FIN_WAIT_1;
        tcp.markDirty(this);
    }
}
