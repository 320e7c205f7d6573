package io.perilune.loop;

import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import io.perilune.tcp.TcpState;
import io.perilune.tcp.TcpUser;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * One TCP connection as the channels see it: bytes in and out, readiness, errors. Any thread; each call takes the
 * shard's driver role for a moment and leaves what it wrote to be sent at once, or by the driver (D3). None of them
 * blocks.
 *
 * <p>{@link #readyOps}: what can be done now without waiting; an error or end makes it ready for all. CONNECTABLE until
 * {@link #connectFinished} was called.
 */
public final class UserSocket extends ReadySource implements TcpUser {

    /** Readiness bits, the same as SelectionKey's. */
    public static final int READABLE = 1, WRITABLE = 4, CONNECTABLE = 8, ACCEPTABLE = 16;

    /** More bits of readyOps: the peer or shutdownInput has ended the input, shutdownOutput the output. */
    public static final int INPUT_ENDED = 1 << 8, OUTPUT_ENDED = 1 << 9, BOTH_ENDED = INPUT_ENDED | OUTPUT_ENDED;

    /** What read returns at the end of the stream, and what read and write return after a failure ({@link #error}). */
    public static final int END_OF_STREAM = -1, FAILED = -2;

    private static final int FILE_PART_LENGTH = 8192;

    private volatile boolean connected;
    private volatile TcpError error = TcpError.NONE;
    private volatile InetSocketAddress local;
    private volatile InetSocketAddress remote;

    private final PacketTransfer packets;

    // Guarded by the shard's role.
    private final TcpSocketOptions options;
    private TcpConnection connection;
    private boolean connectSeen;
    private boolean closed;
    private ReadyListener drainListener;
    UserSocket nextDraining;

    UserSocket(Shard shard, TcpSocketOptions options) {
        super(shard);
        this.packets = new PacketTransfer(this, shard);
        this.options = options;
    }

    /** Makes the socket of a connection that a listener has accepted. With the shard's role. */
    static UserSocket accepted(Shard shard, TcpConnection connection) {
        UserSocket socket = new UserSocket(shard, connection.options());
        socket.connection = connection;
        socket.connected = true;
        socket.connectSeen = true;
        socket.readAddresses();
        connection.attach(socket);
        if (connection.state() == TcpState.CLOSED) {
            socket.error = connection.error();
            socket.gain(READABLE | WRITABLE);
        } else {
            shard.addOpen(socket);
            if (connection.isInputOver()) {
                socket.gain(READABLE | INPUT_ENDED);
            } else if (connection.available() > 0) {
                socket.gain(READABLE);
            }
            if (connection.isWritable()) {
                socket.gain(WRITABLE);
            }
        }
        return socket;
    }

    /**
     * Begins to connect, from the reservation's address and port (which are used up by this, whatever comes of it) or,
     * if null, any. The outcome is CONNECTABLE. Errors that are known at once are returned (TcpError.NONE: under way).
     */
    public TcpError connect(InetSocketAddress destination, PortReservation reservation) {
        long high = PortReservation.high(destination.getAddress());
        long low = PortReservation.low(destination.getAddress());
        boolean spent = false;
        long nowNs = shard.enter();
        try {
            if (connection != null) {
                throw new IllegalStateException("connected before");
            }
            if (closed) { // by another thread, meanwhile
                error = TcpError.ABORTED;
                return error;
            }
            if (shard.isEnded()) {
                error = TcpError.STACK_CLOSED;
                return error;
            }
            if (reservation != null) {
                reservation.spend();
                spent = true;
            }
            TcpConnection opened = shard.tcp()
                    .connect(
                            reservation == null ? 0 : reservation.high(),
                            reservation == null ? 0 : reservation.low(),
                            reservation == null ? 0 : reservation.local().getPort(),
                            high,
                            low,
                            destination.getPort(),
                            options,
                            this,
                            nowNs);
            error = opened.error();
            if (error == TcpError.NONE) {
                connection = opened;
                remote = destination;
                readAddresses();
                shard.addOpen(this);
            }
            return error;
        } finally {
            shard.exit(nowNs);
            if (spent) {
                reservation.giveBackElsewhere(shard);
            }
        }
    }

    /** Whether the handshake is complete (also after the connection has ended again). */
    public boolean isConnected() {
        return connected;
    }

    /** The user has seen the outcome of connect: CONNECTABLE ends. */
    public void connectFinished() {
        long nowNs = shard.enter();
        try {
            connectSeen = true;
            lose(CONNECTABLE);
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Why the connection failed, NONE while it did not. */
    public TcpError error() {
        return error;
    }

    /** One read; 0: nothing there now. */
    public int read(ByteBuffer destination) {
        checkWritable(destination);
        long nowNs = shard.enter();
        try {
            return readNow(destination, nowNs);
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Scattering; one taking of the role. */
    public long read(ByteBuffer[] destinations, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            checkWritable(destinations[i]);
        }
        long total = 0;
        long nowNs = shard.enter();
        try {
            shard.tcp().noMoreToCome();
            for (int i = offset; i < offset + length; i++) {
                ByteBuffer destination = destinations[i];
                if (destination.hasRemaining()) {
                    int count = readNow(destination, nowNs);
                    if (count < 0) {
                        return total > 0 ? total : count;
                    }
                    total += count;
                    if (destination.hasRemaining()) {
                        break;
                    }
                }
            }
            return total;
        } finally {
            shard.exit(nowNs);
        }
    }

    /** One write; 0: no room now. */
    public int write(ByteBuffer source) {
        boolean more = isPartOfFile(source);
        long nowNs = shard.enter();
        try {
            int count = writeNow(source, nowNs);
            if (more && count == FILE_PART_LENGTH) {
                shard.tcp().moreToCome(connection);
            } else {
                shard.tcp().noMoreToCome();
            }
            return count;
        } finally {
            shard.exit(nowNs);
        }
    }

    /**
     * FileChannel.transferTo, of a channel that is not the JDK's own, writes the file in pieces of this length, one after
     * the other: the rest of one is to share a segment with the begin of the next.
     */
    private static boolean isPartOfFile(ByteBuffer source) {
        return source.position() == 0 && source.remaining() == FILE_PART_LENGTH;
    }

    /** Gathering; one taking of the role, segments are filled across buffers. */
    public long write(ByteBuffer[] sources, int offset, int length) {
        long total = 0;
        long nowNs = shard.enter();
        try {
            for (int i = offset; i < offset + length; i++) {
                ByteBuffer source = sources[i];
                if (source.hasRemaining()) {
                    int count = writeNow(source, nowNs);
                    if (count < 0) {
                        return total > 0 ? total : count;
                    }
                    total += count;
                    if (source.hasRemaining()) {
                        break;
                    }
                }
            }
            return total;
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Returns how its bytes are taken and written without a copy. */
    public PacketTransfer packets() {
        return packets;
    }

    /** Sends one byte as urgent data. Returns 1, or 0: no room now. */
    public int writeUrgent(int value) {
        long nowNs = shard.enter();
        try {
            if (usableConnection() == null || connection.isWriteOver()) {
                return FAILED;
            }
            if (connection.writeUrgent((byte) value, nowNs)) {
                return 1;
            }
            lose(WRITABLE);
            return 0;
        } catch (RuntimeException | Error e) {
            return failed(e, nowNs);
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Bytes that read would deliver now. */
    public int available() {
        long nowNs = shard.enter();
        try {
            return connection == null ? 0 : connection.available();
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Reads answer END_OF_STREAM from now on. */
    public void shutdownInput() {
        long nowNs = shard.enter();
        try {
            if (connection != null) {
                connection.shutdownInput(nowNs);
                gain(READABLE | INPUT_ENDED);
            }
        } catch (RuntimeException | Error e) {
            failed(e, nowNs);
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Sends FIN behind what is queued; writes answer FAILED from now on. */
    public void shutdownOutput() {
        long nowNs = shard.enter();
        try {
            if (connection != null) {
                connection.shutdownOutput(nowNs);
                gain(WRITABLE | OUTPUT_ENDED);
            }
        } catch (RuntimeException | Error e) {
            failed(e, nowNs);
        } finally {
            shard.exit(nowNs);
        }
    }

    /**
     * Orderly close by the options (linger 0: reset); no listener is called afterwards. What is queued is still
     * delivered.
     */
    public void close() {
        long nowNs = shard.enter();
        try {
            closeInOrder(nowNs);
        } catch (RuntimeException | Error e) {
            failed(e, nowNs);
        } finally {
            shard.exit(nowNs);
        }
    }

    /**
     * After close: whether all bytes and the FIN were acknowledged or the connection is gone (SO_LINGER waits for it
     * with the listener given to {@link #onDrained}).
     */
    public boolean isDrained() {
        long nowNs = shard.enter();
        try {
            return hasDrained();
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Has a listener called once, when {@link #isDrained}; at once if it is. One listener at a time. */
    public void onDrained(ReadyListener listener) {
        long nowNs = shard.enter();
        try {
            boolean waits = drainListener != null;
            drainListener = listener;
            if (hasDrained() && !waits) {
                deliverIfDrained();
            } else if (!waits) {
                shard.addDraining(this);
            }
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Changes the options under the role and makes them act. */
    public void updateOptions(Consumer<TcpSocketOptions> change) {
        long nowNs = shard.enter();
        try {
            change.accept(options);
            if (connection != null && !closed) {
                connection.applyOptions(nowNs);
            }
        } finally {
            shard.exit(nowNs);
        }
    }

    /** A copy of the options as they act now (buffer sizes: effective ones, once there is a connection). */
    public TcpSocketOptions options() {
        long nowNs = shard.enter();
        try {
            TcpSocketOptions copy = options.copy();
            if (connection != null) {
                copy.sendBuffer = connection.sendBufferSize();
                copy.receiveBuffer = connection.receiveBufferSize();
            }
            return copy;
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Null before connect. */
    public InetSocketAddress localAddress() {
        return local;
    }

    /** Null before connect. */
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public void onConnected(TcpConnection established) {
        connected = true;
        gain(established.isWritable() ? CONNECTABLE | WRITABLE : CONNECTABLE);
    }

    @Override
    public void onReadable(TcpConnection readable) {
        gain(readable.isInputOver() ? READABLE | INPUT_ENDED : READABLE);
    }

    @Override
    public void onWritable(TcpConnection writable) {
        gain(WRITABLE);
    }

    @Override
    public void onClosed(TcpConnection over, TcpError reason) {
        end(reason);
    }

    @Override
    void onShardEnd() {
        end(TcpError.STACK_CLOSED);
    }

    @Override
    void closeInOrder(long nowNs) {
        removeAllListeners();
        shard.removeOpen(this);
        if (!closed) {
            closed = true;
            if (connection != null && !shard.isEnded()) {
                connection.close(nowNs);
            }
        }
    }

    /** Calls the drain listener if it is time. With the shard's role. Returns whether it was. */
    boolean deliverIfDrained() {
        if (!hasDrained()) {
            return false;
        }
        ReadyListener listener = drainListener;
        drainListener = null;
        if (listener != null) {
            shard.call(listener);
        }
        return true;
    }

    private boolean hasDrained() {
        return connection == null || shard.isEnded() || connection.isDrained();
    }

    private void end(TcpError reason) {
        shard.removeOpen(this);
        if (error == TcpError.NONE) {
            error = reason;
        }
        gain(connectSeen ? READABLE | WRITABLE : READABLE | WRITABLE | CONNECTABLE);
    }

    private int readNow(ByteBuffer destination, long nowNs) {
        if (usableConnection() == null) {
            return FAILED;
        }
        try {
            int count = connection.read(destination, nowNs);
            loseReadableIfEmpty(count);
            return count;
        } catch (RuntimeException | Error e) {
            return failed(e, nowNs);
        }
    }

    void loseReadableIfEmpty(int result) {
        if (result >= 0
                && error == TcpError.NONE
                && connection.available() == 0
                && connection.state() != TcpState.CLOSED
                && !connection.isEndOfStream()) {
            lose(READABLE);
        }
    }

    /** Returns the connection, or null if nothing can be read or written. With the role. */
    TcpConnection usableConnection() {
        return closed || shard.isEnded() ? null : connection;
    }

    private int writeNow(ByteBuffer source, long nowNs) {
        if (usableConnection() == null) {
            return FAILED;
        }
        try {
            int count = connection.write(source, nowNs);
            if (count >= 0 && source.hasRemaining()) {
                lose(WRITABLE);
            }
            return count;
        } catch (RuntimeException | Error e) {
            return failed(e, nowNs);
        }
    }

    /** An operation has thrown: by a fault of ours, or as a buffer's memory is no more (a truncated mapped file). */
    int failed(Throwable e, long nowNs) {
        shard.failed("an operation on " + local + " -> " + remote, e);
        end(TcpError.ABORTED);
        if (connection != null) {
            try {
                connection.abort(nowNs);
            } catch (RuntimeException | Error again) {
                shard.failed("the abort of a connection", again);
            }
        }
        return FAILED;
    }

    private void readAddresses() {
        local = new InetSocketAddress(
                shard.toInetAddress(connection.localHigh(), connection.localLow()), connection.localPort());
        if (remote == null) {
            remote = new InetSocketAddress(
                    shard.toInetAddress(connection.remoteHigh(), connection.remoteLow()), connection.remotePort());
        }
    }

    private static void checkWritable(ByteBuffer destination) {
        if (destination.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
    }
}
