package io.perilune.loop;

import io.perilune.tcp.Loan;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import io.perilune.tcp.TcpState;
import io.perilune.tcp.TcpUser;
import io.perilune.zerocopy.PacketBytes;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * One TCP connection whose user is called within the shard's turn (inline-r2c). TCP's upcalls only note what has happened
 * and make it due; {@link #run} tells it when TCP has taken in the whole burst, and the user may then call back. All
 * methods are for the streams' thread unless they say otherwise. Nothing here allocates for each message.
 */
public abstract class InlineSocket extends InlineSource implements TcpUser {

    /** What is told of one connection in one turn at most, in pieces. */
    private static final int PIECES_PER_TURN = 64;

    private static final int OPENED = 1;
    private static final int WRITABLE = 1 << 1;
    /** Nothing follows, but what was received may still be told. */
    private static final int OVER = 1 << 2;

    private final TcpSocketOptions options;
    private TcpConnection connection;
    private int events;
    private boolean paused;
    private boolean inputEnded;
    private boolean closedByUser;
    private TcpError error = TcpError.NONE;
    /** What the handler has thrown. */
    private Throwable failure;

    private volatile InetSocketAddress local;
    private volatile InetSocketAddress remote;

    /**
     * Makes it, not connected. In a handler it is made on the shard whose handler that is.
     *
     * @param options of the connection, if it is connected by this side
     */
    protected InlineSocket(UserStack stack, TcpSocketOptions options) {
        super(stack, stack.inlineShard());
        this.options = options;
    }

    /** The connection is established. */
    protected abstract void opened();

    /** Bytes have come, which are the callee's to release or write. */
    protected abstract void received(PacketBytes bytes);

    /** There is room again after a write that was refused. */
    protected abstract void roomAgain();

    /** The peer sends no more. */
    protected abstract void inputEnded();

    /**
     * The last call: the connection is over.
     *
     * @param reason why it failed; NONE if it ended in order, or by {@link #close} or {@link #abort}
     * @param thrown what one of the calls above has thrown, or null
     */
    protected abstract void over(TcpError reason, Throwable thrown);

    // How it begins.

    /** It is a connection that a listener has accepted. */
    final void begin(TcpConnection accepted) {
        connection = accepted;
        accepted.attach(this);
        readAddresses();
        count();
        events |= OPENED;
        if (accepted.state() == TcpState.CLOSED) {
            error = accepted.error();
            events |= OVER;
        } else {
            shard.addOpen(this);
        }
        makeDue();
    }

    /**
     * Begins to connect. Any thread, in a handler too.
     *
     * @return why it cannot be, or NONE: then {@link #opened} or {@link #over} is called
     */
    protected final TcpError connect(InetSocketAddress destination) {
        long high = PortReservation.high(destination.getAddress());
        long low = PortReservation.low(destination.getAddress());
        boolean within = isWithin();
        long nowNs = enter(within);
        try {
            if (shard.isEnded()) {
                return TcpError.STACK_CLOSED;
            }
            TcpConnection begun = shard.tcp().connect(0, 0, 0, high, low, destination.getPort(), options, this, nowNs);
            if (begun.error() != TcpError.NONE) {
                return begun.error();
            }
            connection = begun;
            remote = destination;
            readAddresses();
            shard.addOpen(this);
            count();
            return TcpError.NONE;
        } finally {
            exit(within, nowNs);
        }
    }

    private void readAddresses() {
        local = new InetSocketAddress(
                shard.toInetAddress(connection.localHigh(), connection.localLow()), connection.localPort());
        if (remote == null) {
            remote = new InetSocketAddress(
                    shard.toInetAddress(connection.remoteHigh(), connection.remoteLow()), connection.remotePort());
        }
    }

    // What its user does.

    /** The own address. Any thread. */
    public final InetSocketAddress localAddress() {
        return local;
    }

    /** The peer's address. Any thread. */
    public final InetSocketAddress remoteAddress() {
        return remote;
    }

    /**
     * Sends bytes from where they lie, all that remain or nothing; those of another shard's memory are copied, and may be
     * taken in part. Returns whether it has taken them all.
     */
    public final boolean write(PacketBytes bytes) {
        shard.inline().checkThread();
        PacketView view = PacketView.of(shard, bytes);
        view.buffer(); // must be open, whatever the connection is
        if (isOutputOver()) {
            return false;
        }
        if (view.isForeignTo(shard)) {
            return copyAll(view);
        }
        view.cut();
        Loan loan = view.loan;
        if (loan.length() == 0) {
            view.release();
            return true;
        }
        if (connection.write(loan, shard.nowNs()) <= 0) {
            view.uncut();
            return false;
        }
        view.taken();
        return true;
    }

    /** Copies what lies in another shard's memory; what there is no room for remains in the view. */
    private boolean copyAll(PacketView view) {
        view.check();
        connection.write(view.buffer(), shard.nowNs());
        if (view.buffer().hasRemaining()) {
            return false;
        }
        view.release();
        return true;
    }

    /** Copies bytes to the send queue. Returns how many it has taken. */
    public final int write(ByteBuffer source) {
        shard.inline().checkThread();
        return isOutputOver() ? 0 : Math.max(0, connection.write(source, shard.nowNs()));
    }

    /** Lends memory to fill, or returns null: there is none now. */
    public final PacketBytes allocate() {
        shard.inline().checkThread();
        if (shard.isEnded()) {
            return null;
        }
        Loan loan = shard.views().scratch();
        return shard.tcp().lend(loan) > 0 ? shard.views().of(loan).open(true) : null;
    }

    /** Bytes written that the peer has not acknowledged. */
    public final int pending() {
        shard.inline().checkThread();
        return connection == null ? 0 : connection.unacknowledged();
    }

    /** Whether writes may still be taken. */
    public final boolean isOpen() {
        shard.inline().checkThread();
        return !isOutputOver();
    }

    /** Nothing received is told until {@link #resumeReading}. */
    public final void pauseReading() {
        shard.inline().checkThread();
        paused = true;
    }

    /** What was received meanwhile is told soon. */
    public final void resumeReading() {
        shard.inline().checkThread();
        if (paused) {
            paused = false;
            makeDue();
        }
    }

    /** The end of the stream goes behind what was written. */
    public final void shutdownOutput() {
        shard.inline().checkThread();
        if (!isOutputOver()) {
            connection.shutdownOutput(shard.nowNs());
        }
    }

    /** Ends it in order; what was written is still delivered. */
    public final void close() {
        shard.inline().checkThread();
        if (!closedByUser && failure == null) {
            closeInOrder(shard.nowNs());
            makeDue();
        }
    }

    /** Resets it. */
    public final void abort() {
        shard.inline().checkThread();
        if (!closedByUser && failure == null) {
            abortNow(shard.nowNs());
            makeDue();
        }
    }

    /** Has the streams' thread run a task. Any thread. */
    public final void execute(Runnable task) {
        shard.inline().execute(task);
    }

    private boolean isOutputOver() {
        return connection == null || closedByUser || failure != null || shard.isEnded() || connection.isWriteOver();
    }

    private void abortNow(long nowNs) {
        closedByUser = true;
        events |= OVER;
        shard.removeOpen(this);
        if (!shard.isEnded()) {
            connection.abort(nowNs);
        }
    }

    // What TCP tells.

    @Override
    public final void onConnected(TcpConnection established) {
        events |= OPENED;
        makeDue();
    }

    @Override
    public final void onReadable(TcpConnection readable) {
        makeDue();
    }

    @Override
    public final void onWritable(TcpConnection writable) {
        events |= WRITABLE;
        makeDue();
    }

    @Override
    public final void onClosed(TcpConnection closed, TcpError reason) {
        end(reason);
    }

    @Override
    final void onShardEnd() {
        end(TcpError.STACK_CLOSED);
    }

    private void end(TcpError reason) {
        shard.removeOpen(this);
        if (error == TcpError.NONE) {
            error = reason;
        }
        events |= OVER;
        makeDue();
    }

    @Override
    final void closeInOrder(long nowNs) {
        closedByUser = true;
        events |= OVER;
        shard.removeOpen(this);
        if (!shard.isEnded()) {
            connection.close(nowNs);
        }
    }

    // What its user is told.

    @Override
    final void run(long nowNs) {
        if (connection == null) {
            return; // it is over, and its user knows
        }
        InlineWatch watch = shard.inline().watch();
        if (watch != null) {
            watch.begin(watched());
        }
        try {
            tell(nowNs);
        } catch (Throwable e) { // it is foreign code in the midst of a turn
            failure = e;
            shard.inline().failed("the handler of the stream " + local + " -> " + remote, e);
            abortNow(nowNs);
        }
        try {
            if ((events & OVER) != 0 && isAllTold()) {
                finish();
            }
        } catch (Throwable e) {
            shard.inline().failed("the handler of the end of the stream " + local + " -> " + remote, e);
        } finally {
            if (watch != null) {
                watch.end();
            }
        }
    }

    /** Whom to name to somebody who asks what takes so long. */
    protected Object watched() {
        return this;
    }

    private void tell(long nowNs) {
        if ((events & OPENED) != 0) {
            events &= ~OPENED;
            opened();
        }
        if ((events & WRITABLE) != 0) {
            events &= ~WRITABLE;
            if (!isOutputOver()) {
                roomAgain();
            }
        }
        PacketViews views = shard.views();
        for (int pieces = 0; !paused && !closedByUser && !shard.isEnded(); pieces++) {
            if (pieces == PIECES_PER_TURN) {
                makeDue();
                return;
            }
            Loan loan = views.scratch();
            int result = connection.take(loan, nowNs);
            if (result <= 0) {
                tellOfEnd(result);
                return;
            }
            tell(views.of(loan).open(false));
        }
    }

    private void tell(PacketView view) {
        int use = view.use();
        try {
            received(view);
        } catch (Throwable e) {
            if (view.isOpen() && view.use() == use) {
                view.release(); // nobody else will
            }
            throw e;
        }
    }

    private void tellOfEnd(int result) {
        if (result == TcpConnection.LOANS_FULL) {
            awaitMemory();
        } else if (result == TcpConnection.END_OF_STREAM && !inputEnded) {
            inputEnded = true;
            inputEnded();
        }
    }

    /** Whether nothing is left to tell but the end: a failure also ends what waits while its reading is paused. */
    private boolean isAllTold() {
        if (closedByUser || shard.isEnded() || (paused && error != TcpError.NONE)) {
            return true;
        }
        return connection.available() == 0 && (inputEnded || !connection.isInputOver());
    }

    private void finish() {
        events = 0;
        connection = null;
        closedByUser = true;
        try {
            over(error, failure);
        } finally {
            uncount();
        }
    }
}
