package io.perilune.loop;

import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpSocketOptions;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * One TCP connection as the channels see it: bytes in and out, readiness, errors. Any thread; each call takes the shard's
 * driver role for a moment and leaves what it wrote to be sent at once, or by the driver (D3). None of them blocks.
 */
public final class UserSocket {

    /** Readiness bits, the same as SelectionKey's. */
    public static final int READABLE = 1, WRITABLE = 4, CONNECTABLE = 8, ACCEPTABLE = 16;

    /** What read returns at the end of the stream, and what read and write return after a failure ({@link #error}). */
    public static final int END_OF_STREAM = -1, FAILED = -2;

    private UserSocket() {}

    /** What can be done now without waiting; an error or end makes it ready for all. CONNECTABLE until finishConnect was called. Volatile read. */
    public int readyOps() {
        throw new UnsupportedOperationException();
    }

    /** Adds a listener for growing readiness; it is not called for what is ready already. */
    public void addListener(ReadyListener listener) {
        throw new UnsupportedOperationException();
    }

    public void removeListener(ReadyListener listener) {
        throw new UnsupportedOperationException();
    }

    /** Begins to connect, from the reservation's address and port or, if null, any. The outcome is CONNECTABLE. Errors that are known at once are returned (TcpError.NONE: under way). */
    public TcpError connect(InetSocketAddress remote, PortReservation local) {
        throw new UnsupportedOperationException();
    }

    /** Whether the handshake is complete (also after the connection has ended again). */
    public boolean isConnected() {
        throw new UnsupportedOperationException();
    }

    /** The user has seen the outcome of connect: CONNECTABLE ends. */
    public void connectFinished() {
        throw new UnsupportedOperationException();
    }

    /** Why the connection failed, NONE while it did not. */
    public TcpError error() {
        throw new UnsupportedOperationException();
    }

    /** One read; 0: nothing there now. */
    public int read(ByteBuffer destination) {
        throw new UnsupportedOperationException();
    }

    /** Scattering; one taking of the role. */
    public long read(ByteBuffer[] destinations, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    public int write(ByteBuffer source) {
        throw new UnsupportedOperationException();
    }

    /** Gathering; one taking of the role, segments are filled across buffers. */
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    public boolean writeUrgent(int value) {
        throw new UnsupportedOperationException();
    }

    public int available() {
        throw new UnsupportedOperationException();
    }

    public void shutdownInput() {
        throw new UnsupportedOperationException();
    }

    public void shutdownOutput() {
        throw new UnsupportedOperationException();
    }

    /** Orderly close by the options (linger 0: reset); no listener is called afterwards. What is queued is still delivered. */
    public void close() {
        throw new UnsupportedOperationException();
    }

    /** After close: whether all bytes and the FIN were acknowledged or the connection is gone (SO_LINGER waits for it with the listener given to {@link #onDrained}). */
    public boolean isDrained() {
        throw new UnsupportedOperationException();
    }

    public void onDrained(ReadyListener listener) {
        throw new UnsupportedOperationException();
    }

    /** Changes the options under the role and makes them act. */
    public void updateOptions(Consumer<TcpSocketOptions> change) {
        throw new UnsupportedOperationException();
    }

    /** A copy of the options as they act now (buffer sizes: effective ones). */
    public TcpSocketOptions options() {
        throw new UnsupportedOperationException();
    }

    /** Null before connect. */
    public InetSocketAddress localAddress() {
        throw new UnsupportedOperationException();
    }

    public InetSocketAddress remoteAddress() {
        throw new UnsupportedOperationException();
    }
}
