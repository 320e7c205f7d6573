package io.perilune.channels;

import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpError;
import io.perilune.zerocopy.PacketBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/** The writing half of a user-space socket. One thread writes at a time. */
final class UserWriter {

    private final UserBackend backend;
    private final PeriluneSocketChannel channel;
    private final UserStack stack;
    private final UserSocket socket;

    /** Held by whoever writes or connects; taken after the reader's. */
    final ReentrantLock lock = new ReentrantLock();

    private static final long FOR_EVER = Long.MAX_VALUE;

    /** Guarded by the lock. */
    private final WriteSource source = new WriteSource();

    /** Made by the first operation that waits. */
    private volatile BlockingOperation operation;

    UserWriter(UserBackend backend, PeriluneSocketChannel channel, UserStack stack, UserSocket socket) {
        this.backend = backend;
        this.channel = channel;
        this.stack = stack;
        this.socket = socket;
    }

    int write(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source);
        lock.lock();
        try {
            return (int) write(this.source.buffer(source));
        } finally {
            this.source.clear();
            lock.unlock();
        }
    }

    long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        lock.lock();
        try {
            return write(source.buffers(sources, offset, length));
        } finally {
            source.clear();
            lock.unlock();
        }
    }

    int write(PacketBytes[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        lock.lock();
        try {
            return (int) write(source.pieces(sources, offset, length));
        } finally {
            source.clear();
            lock.unlock();
        }
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return;
        }
        lock.lock();
        try {
            backend.ensureOpenAndConnected();
            if (!channel.isBlocking()) {
                throw new IllegalBlockingModeException();
            }
            writeFully(source.buffer(ByteBuffer.wrap(bytes, offset, length)));
        } finally {
            source.clear();
            lock.unlock();
        }
    }

    /** Lends memory for a write; null: there is none now. */
    PacketBytes allocate() throws IOException {
        backend.ensureOpenAndConnected();
        return socket.packets().lend();
    }

    private long write(WriteSource from) throws IOException {
        backend.ensureOpenAndConnected();
        return channel.isBlocking() ? blockingWrite(from) : pollWrite(from);
    }

    private long pollWrite(WriteSource from) throws IOException {
        long count = writeNow(from);
        if (count == 0 && backend.isUnwatched()) {
            backend.drivePass();
            count = writeNow(from);
        }
        return count;
    }

    private long writeNow(WriteSource from) throws IOException {
        if (backend.isOutputShutdown()) {
            throw new AsynchronousCloseException();
        }
        if (from.isEmpty()) {
            return 0;
        }
        long count = from.writeTo(socket);
        if (count == UserSocket.FAILED) {
            throw writeFailure();
        }
        return count;
    }

    private IOException writeFailure() {
        if (backend.isOutputShutdown() || !channel.isOpen()) {
            return new AsynchronousCloseException();
        }
        TcpError error = socket.error();
        boolean first = backend.reportFailure() && error != TcpError.NONE;
        return first ? SocketExceptions.write(error) : SocketExceptions.brokenPipe();
    }

    private long blockingWrite(WriteSource from) throws IOException {
        // As on the kernel's socket: a blocking write takes all, or what it could until it failed or was closed.
        long count = 0;
        channel.beginBlocking();
        try {
            channel.ensureOpen();
            count = writeNow(from);
            while (channel.isOpen() && !backend.isOutputShutdown() && !from.isEmpty()) {
                awaitRoom();
                long more = from.writeTo(socket);
                if (more == UserSocket.FAILED) {
                    if (count > 0) {
                        break; // the next write tells why
                    }
                    throw writeFailure();
                }
                count += more;
            }
        } finally {
            channel.endBlocking(count > 0);
        }
        return count;
    }

    /** All or an exception, also where some went before the channel was closed: a stream's write tells no count. */
    private void writeFully(WriteSource from) throws IOException {
        if (backend.isOutputShutdown()) {
            throw new ClosedChannelException();
        }
        while (!from.isEmpty()) {
            blockingWrite(from);
            if (!from.isEmpty() && !channel.isOpen()) {
                throw new AsynchronousCloseException();
            }
        }
    }

    /** Waits until there is room, or a reason to look. */
    private void awaitRoom() {
        BlockingOperation operation = operation();
        operation.reset();
        if ((socket.readyOps() & UserSocket.WRITABLE) == 0 && channel.isOpen() && !backend.isOutputShutdown()) {
            channel.await(operation, FOR_EVER);
        }
    }

    void sendUrgentData(int data) throws IOException {
        lock.lock();
        try {
            backend.ensureOpenAndConnected();
            boolean sent = channel.isBlocking() ? blockingUrgent(data) : urgentNow(data);
            if (!sent) {
                throw new IOException("Socket buffer full");
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean blockingUrgent(int data) throws IOException {
        boolean sent = false;
        channel.beginBlocking();
        try {
            channel.ensureOpen();
            sent = urgentNow(data);
            while (!sent && channel.isOpen()) {
                awaitRoom();
                sent = urgentNow(data);
            }
        } finally {
            channel.endBlocking(sent);
        }
        return sent;
    }

    private boolean urgentNow(int data) throws IOException {
        if (backend.isOutputShutdown()) {
            throw new AsynchronousCloseException();
        }
        int count = socket.writeUrgent(data);
        if (count == UserSocket.FAILED) {
            throw writeFailure();
        }
        return count > 0;
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
