package io.perilune.channels;

import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpError;
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
            backend.ensureOpenAndConnected();
            if (channel.isBlocking()) {
                return (int) blockingWrite(source, null, 0, 0);
            }
            return (int) pollWrite(source, null, 0, 0);
        } finally {
            lock.unlock();
        }
    }

    long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        lock.lock();
        try {
            backend.ensureOpenAndConnected();
            if (channel.isBlocking()) {
                return blockingWrite(null, sources, offset, length);
            }
            return pollWrite(null, sources, offset, length);
        } finally {
            lock.unlock();
        }
    }

    void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        if (length == 0) {
            return;
        }
        lock.lock();
        try {
            backend.ensureOpenAndConnected();
            if (!channel.isBlocking()) {
                throw new IllegalBlockingModeException();
            }
            writeFully(ByteBuffer.wrap(source, offset, length));
        } finally {
            lock.unlock();
        }
    }

    private long pollWrite(ByteBuffer one, ByteBuffer[] many, int offset, int length) throws IOException {
        long count = writeNow(one, many, offset, length);
        if (count == 0 && backend.isUnwatched()) {
            backend.drivePass();
            count = writeNow(one, many, offset, length);
        }
        return count;
    }

    private long writeNow(ByteBuffer one, ByteBuffer[] many, int offset, int length) throws IOException {
        if (backend.isOutputShutdown()) {
            throw new AsynchronousCloseException();
        }
        if (isEmpty(one, many, offset, length)) {
            return 0;
        }
        long count = one != null ? socket.write(one) : socket.write(many, offset, length);
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

    private static boolean isEmpty(ByteBuffer source, ByteBuffer[] sources, int offset, int length) {
        if (source != null) {
            return !source.hasRemaining();
        }
        boolean empty = true;
        for (int i = offset; i < offset + length; i++) {
            empty &= !sources[i].hasRemaining(); // all of them: a null is found before anything is written
        }
        return empty;
    }

    private long blockingWrite(ByteBuffer one, ByteBuffer[] many, int offset, int length) throws IOException {
        // As on the kernel's socket: a blocking write takes all, or what it could until it failed or was closed.
        long count = 0;
        channel.beginBlocking();
        try {
            channel.ensureOpen();
            count = writeNow(one, many, offset, length);
            while (channel.isOpen() && !backend.isOutputShutdown() && !isEmpty(one, many, offset, length)) {
                awaitRoom();
                long more = one != null ? socket.write(one) : socket.write(many, offset, length);
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
    private void writeFully(ByteBuffer source) throws IOException {
        if (backend.isOutputShutdown()) {
            throw new ClosedChannelException();
        }
        while (source.hasRemaining()) {
            blockingWrite(source, null, 0, 0);
            if (source.hasRemaining() && !channel.isOpen()) {
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
