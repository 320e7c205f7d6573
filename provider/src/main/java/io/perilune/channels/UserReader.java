package io.perilune.channels;

import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpError;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.IllegalBlockingModeException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** The reading half of a user-space socket. One thread reads at a time. */
final class UserReader {

    private final UserBackend backend;
    private final PeriluneSocketChannel channel;
    private final UserStack stack;
    private final UserSocket socket;

    /** Held by whoever reads or connects. */
    final ReentrantLock lock = new ReentrantLock();

    private static final long FOR_EVER = Long.MAX_VALUE;

    /** Guarded by the lock. */
    private final ReadTarget target = new ReadTarget();

    /** A reset is told again and again. Guarded by the lock. */
    private boolean connectionReset;

    /** Made by the first operation that waits. */
    private volatile BlockingOperation operation;

    UserReader(UserBackend backend, PeriluneSocketChannel channel, UserStack stack, UserSocket socket) {
        this.backend = backend;
        this.channel = channel;
        this.stack = stack;
        this.socket = socket;
    }

    int read(ByteBuffer destination) throws IOException {
        Objects.requireNonNull(destination);
        lock.lock();
        try {
            return (int) read(target.buffer(destination));
        } finally {
            target.clear();
            lock.unlock();
        }
    }

    long read(ByteBuffer[] destinations, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, destinations.length);
        lock.lock();
        try {
            return read(target.buffers(destinations, offset, length));
        } finally {
            target.clear();
            lock.unlock();
        }
    }

    int take(PacketBytes[] destinations, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, destinations.length);
        if (destinations.getClass() != PacketBytes[].class) {
            throw new ArrayStoreException("pieces cannot be stored in " + destinations.getClass());
        }
        boolean completed = false;
        lock.lock();
        try {
            int count = (int) read(target.pieces(destinations, offset, length));
            completed = true;
            return count;
        } finally {
            if (!completed) {
                target.releaseTaken(); // interrupted after all
            }
            target.clear();
            lock.unlock();
        }
    }

    int read(byte[] destination, int offset, int length, int timeoutMs) throws IOException {
        Objects.checkFromIndexSize(offset, length, destination.length);
        if (length == 0) {
            return 0;
        }
        lock.lock();
        try {
            backend.ensureOpenAndConnected();
            if (!channel.isBlocking()) {
                throw new IllegalBlockingModeException();
            }
            long timeoutNs = timeoutMs > 0 ? TimeUnit.MILLISECONDS.toNanos(timeoutMs) : FOR_EVER;
            return (int) blockingRead(target.buffer(ByteBuffer.wrap(destination, offset, length)), timeoutNs);
        } finally {
            target.clear();
            lock.unlock();
        }
    }

    private long read(ReadTarget into) throws IOException {
        backend.ensureOpenAndConnected();
        return channel.isBlocking() ? blockingRead(into, FOR_EVER) : pollRead(into);
    }

    private long pollRead(ReadTarget into) throws IOException {
        long count = readNow(into);
        if (count == 0 && backend.isUnwatched()) {
            backend.drivePass();
            count = readNow(into);
        }
        return count;
    }

    /** Returns 0 when nothing is there. */
    private long readNow(ReadTarget into) throws IOException {
        if (connectionReset) {
            throw SocketExceptions.read(TcpError.CONNECTION_RESET);
        }
        if (backend.isInputShutdown()) {
            return -1;
        }
        if (!into.hasRoom()) {
            return 0;
        }
        long count = into.readFrom(socket);
        if (count == UserSocket.FAILED) {
            return readFailed();
        }
        return count == 0 && backend.isInputShutdown() ? -1 : count;
    }

    private long readFailed() throws IOException {
        if (!channel.isOpen()) {
            throw new AsynchronousCloseException();
        }
        if (!backend.reportFailure()) {
            return -1; // a socket of the kernel, too, tells its error once and is at its end then
        }
        TcpError error = socket.error();
        connectionReset = error == TcpError.CONNECTION_RESET;
        throw SocketExceptions.read(error);
    }

    private long blockingRead(ReadTarget into, long timeoutNs) throws IOException {
        long count = 0;
        channel.beginBlocking();
        try {
            channel.ensureOpen();
            count = readNow(into);
            if (count == 0 && into.hasRoom()) {
                BlockingOperation operation = operation();
                long startNs = timeoutNs == FOR_EVER ? 0 : System.nanoTime();
                while (count == 0 && channel.isOpen()) {
                    long leftNs = UserBackend.left(timeoutNs, startNs, "Read timed out");
                    operation.reset();
                    if ((socket.readyOps() & UserSocket.READABLE) == 0
                            && channel.isOpen()
                            && !backend.isInputShutdown()) {
                        channel.await(operation, leftNs);
                    }
                    count = readNow(into);
                }
            }
        } finally {
            channel.endBlocking(count > 0);
        }
        return count;
    }

    /** The wait of whoever holds the lock. */
    BlockingOperation operation() {
        BlockingOperation present = operation;
        if (present == null) {
            present = new BlockingOperation(stack, null);
            operation = present;
            socket.addListener(present);
        }
        return present;
    }

    /** The channel was closed or shut down: a thread that waits must look. */
    void signal() {
        BlockingOperation present = operation;
        if (present != null) {
            present.signal();
        }
    }
}
