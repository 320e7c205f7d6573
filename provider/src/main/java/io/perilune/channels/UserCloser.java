package io.perilune.channels;

import io.perilune.loop.PortReservation;
import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import io.perilune.tcp.TcpSocketOptions;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.TimeUnit;

/** How a socket of the user-space stack is shut down and closed. Any thread. */
final class UserCloser {

    private final PeriluneSocketChannel channel;
    private final UserStack stack;
    private final UserSocket socket;
    private final UserState state;
    private final PortReservation reservation;
    private final UserReader reader;
    private final UserWriter writer;

    UserCloser(
            PeriluneSocketChannel channel,
            UserStack stack,
            UserSocket socket,
            UserState state,
            PortReservation reservation,
            UserReader reader,
            UserWriter writer) {
        this.channel = channel;
        this.stack = stack;
        this.socket = socket;
        this.state = state;
        this.reservation = reservation;
        this.reader = reader;
        this.writer = writer;
    }

    void shutdownInput() throws IOException {
        synchronized (state) {
            ensureOpenForShutdown();
            if (!state.isInputClosed()) {
                state.inputClosed(); // first: a read that meets the end knows why
                socket.shutdownInput();
                reader.signal();
            }
        }
    }

    void shutdownOutput() throws IOException {
        synchronized (state) {
            ensureOpenForShutdown();
            if (!state.isOutputClosed()) {
                state.outputClosed(); // first: a write that meets the end knows why
                socket.shutdownOutput();
                writer.signal();
            }
        }
    }

    private void ensureOpenForShutdown() throws ClosedChannelException {
        channel.ensureOpen();
        if (state.now() != UserState.CONNECTED) {
            throw new NotYetConnectedException();
        }
    }

    void close() throws IOException {
        boolean connected;
        synchronized (state) {
            connected = state.now() == UserState.CONNECTED;
            state.become(UserState.CLOSING);
        }
        if (channel.isBlocking()) {
            // A thread that waits inside sees the channel closed and leaves by itself; the peer learns of it now.
            reader.signal();
            writer.signal();
            finishClose();
            return;
        }
        awaitOperations();
        if (!channel.isRegistered()) {
            finishClose();
        } else if (connected) {
            int linger = socket.options().linger;
            if (linger > 0) {
                socket.updateOptions(UserCloser::withoutLinger); // the deferred close must not wait
            }
            if (linger != 0) {
                socket.shutdownOutput();
            }
        }
    }

    private static void withoutLinger(TcpSocketOptions options) {
        options.linger = -1;
    }

    void kill() {
        awaitOperations();
        if (state.now() == UserState.CLOSING) {
            finishClose();
        }
    }

    /** Waits until a read or write that does not block has ended. */
    @SuppressWarnings("LockNotBeforeTry") // nothing happens while they are held
    private void awaitOperations() {
        reader.lock.lock();
        reader.lock.unlock();
        writer.lock.lock();
        writer.lock.unlock();
    }

    private void finishClose() {
        synchronized (state) {
            if (state.now() != UserState.CLOSING) {
                return;
            }
            state.become(UserState.CLOSED);
        }
        int linger = socket.isConnected() ? socket.options().linger : -1;
        socket.close();
        if (reservation != null) {
            reservation.close();
        }
        if (linger > 0) {
            linger(TimeUnit.SECONDS.toNanos(linger));
        }
    }

    /**
     * As close of a kernel's socket with SO_LINGER does: waits until the peer has all, or for the time that was set.
     */
    private void linger(long timeoutNs) {
        BlockingOperation operation = new BlockingOperation(stack, null);
        socket.onDrained(operation);
        long startNs = System.nanoTime();
        while (!socket.isDrained() && !Thread.currentThread().isInterrupted()) {
            long leftNs = timeoutNs - (System.nanoTime() - startNs);
            if (leftNs <= 0) {
                return;
            }
            operation.reset();
            if (!socket.isDrained()) {
                channel.await(operation, leftNs);
            }
        }
    }
}
