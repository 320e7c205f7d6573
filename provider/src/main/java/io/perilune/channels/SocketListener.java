package io.perilune.channels;

import io.perilune.loop.PortReservation;
import io.perilune.loop.UserListener;
import io.perilune.loop.UserSocket;
import io.perilune.loop.UserStack;
import io.perilune.loop.VirtualThreads;
import io.perilune.tcp.TcpSocketOptions;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A java.net.ServerSocket in user space, and, on the wildcard address, in the kernel on the same port. Any thread; one
 * accepts at a time.
 *
 * <p>The kernel's half is a socket of the JDK's, which can only be waited for in its own way: a thread does, and hands
 * what it accepted to whoever accepts.
 */
final class SocketListener implements Closeable {

    private static final int PORT_ATTEMPTS = 64;
    private static final long FOR_EVER = Long.MAX_VALUE;

    private final UserStack stack;
    private final UserListener listener;
    private final PlatformSocket platform;
    private final BlockingOperation waiting;
    private final ReentrantLock acceptLock = new ReentrantLock();

    private volatile boolean closed;

    /** Between those who accept and the thread that does so from the kernel; guards what follows. */
    private final ReentrantLock handover = new ReentrantLock();

    private final Condition asked = handover.newCondition();
    private Thread acceptor;
    private boolean wanted;
    private PlatformSocket accepted;
    private IOException failure;

    private SocketListener(UserStack stack, UserListener listener, PlatformSocket platform) {
        this.stack = stack;
        this.listener = listener;
        this.platform = platform;
        waiting = new BlockingOperation(stack, null);
        listener.addListener(waiting);
    }

    /**
     * Begins to listen.
     *
     * @param platform the kernel's half, created and not bound, or null if there is none
     * @throws IOException if the address is taken in either world: then it listens in none, and platform is closed
     */
    static SocketListener open(
            UserStack stack,
            InetSocketAddress local,
            int backlog,
            PlatformSocket platform,
            Map<SocketOption<?>, Object> options)
            throws IOException {
        TcpSocketOptions user = SocketOptionTable.replay(options);
        if (options.keySet().stream().noneMatch(option -> option.name().equals("SO_REUSEADDR"))) {
            user.reuseAddress = true; // as the JDK sets it on its listening sockets, but on Windows
        }
        PlatformSocket half = platform;
        boolean done = false;
        try {
            PortReservation port = null;
            for (int attempt = 1; port == null; attempt++) {
                InetSocketAddress wanted = local;
                if (half != null) {
                    half.bind(local.getAddress(), local.getPort());
                    wanted = new InetSocketAddress(local.getAddress(), half.localPort());
                }
                try {
                    port = stack.reserve(wanted, user);
                } catch (BindException e) {
                    if (half == null || local.getPort() != 0 || attempt == PORT_ATTEMPTS) {
                        throw e;
                    }
                    // The kernel's choice is taken here: another, with a socket that is not bound yet.
                    half.close();
                    half = another(options);
                }
            }
            SocketListener opened = listen(stack, port, backlog, user, half);
            done = true;
            return opened;
        } finally {
            if (!done && half != null) {
                half.close();
            }
        }
    }

    private static SocketListener listen(
            UserStack stack, PortReservation port, int backlog, TcpSocketOptions options, PlatformSocket half)
            throws IOException {
        UserListener listener;
        try {
            listener = stack.listen(port, backlog, options);
        } catch (IOException e) {
            port.close();
            throw e;
        }
        if (half != null) {
            try {
                half.setOption(SocketOptions.SO_TIMEOUT, 0); // who accepts has one, the thread that does it for him not
                half.listen(backlog);
            } catch (IOException e) {
                listener.close();
                throw e;
            }
        }
        return new SocketListener(stack, listener, half);
    }

    /** Returns a socket of the kernel's, not bound, with these options. */
    static PlatformSocket another(Map<SocketOption<?>, Object> options) throws IOException {
        PlatformSocket made = PlatformSocket.open(true);
        made.create(true);
        for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
            replay(made, option.getKey(), option.getValue());
        }
        return made;
    }

    private static <T> void replay(PlatformSocket socket, SocketOption<T> name, Object value) throws IOException {
        socket.setOption(name, name.type().cast(value));
    }

    /** Returns the kernel's half, or null. */
    PlatformSocket platform() {
        return platform;
    }

    int localPort() {
        return listener.localAddress().getPort();
    }

    void option(SocketOption<?> name, Object value) {
        listener.updateOptions(user -> SocketOptionTable.apply(user, name, value));
    }

    /**
     * Waits for a connection of either world.
     *
     * @param timeoutMs 0 for ever
     * @throws SocketTimeoutException if none came in time
     * @throws InterruptedIOException if the thread is virtual and interrupted
     */
    void accept(PeriluneSocketImpl into, int timeoutMs) throws IOException {
        long timeoutNs = timeoutMs == 0 ? FOR_EVER : TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        long startNs = System.nanoTime();
        acceptLock.lock();
        try {
            while (true) {
                waiting.reset();
                if (closed) {
                    throw new AsynchronousCloseException();
                }
                if (takeAccepted(into)) {
                    return;
                }
                long leftNs = timeoutNs == FOR_EVER ? FOR_EVER : timeoutNs - (System.nanoTime() - startNs);
                if (leftNs <= 0) {
                    throw new SocketTimeoutException("Accept timed out");
                }
                if (VirtualThreads.isCurrent()) {
                    waiting.await(leftNs);
                    if (Thread.currentThread().isInterrupted()) {
                        throw new InterruptedIOException(); // java.net closes the server
                    }
                } else {
                    waiting.awaitWithoutInterrupt(leftNs);
                }
            }
        } finally {
            acceptLock.unlock();
        }
    }

    private boolean takeAccepted(PeriluneSocketImpl into) throws IOException {
        UserSocket user = listener.accept();
        if (user != null) {
            into.becomeAccepted(stack, user);
            return true;
        }
        if (listener.error() != io.perilune.tcp.TcpError.NONE && platform == null) {
            throw new SocketException("Network is down");
        }
        handover.lock();
        try {
            if (failure != null) {
                IOException told = failure;
                failure = null;
                throw told;
            }
            if (accepted != null) {
                into.becomeAccepted(accepted);
                accepted = null;
                return true;
            }
            if (platform != null && !closed) {
                askKernel();
            }
        } finally {
            handover.unlock();
        }
        return false;
    }

    /** Has the kernel's half accept one; the caller holds the lock. */
    private void askKernel() {
        wanted = true;
        if (acceptor == null) {
            acceptor = new Thread(this::acceptFromKernel, "perilune-accept-" + localPort());
            acceptor.setDaemon(true);
            acceptor.start();
        } else {
            asked.signal();
        }
    }

    /** One at a time, and only when somebody accepts: the rest waits in the kernel's queue. */
    private void acceptFromKernel() {
        while (awaitWanted()) {
            PlatformSocket one = PlatformSocket.open(false);
            IOException failed = null;
            try {
                platform.accept(one);
            } catch (IOException e) {
                failed = e;
            }
            boolean late;
            handover.lock();
            try {
                wanted = false;
                late = closed;
                if (!late) {
                    accepted = failed == null ? one : null;
                    failure = failed;
                }
            } finally {
                handover.unlock();
            }
            if (late) {
                close(one);
            }
            waiting.signal();
        }
    }

    private boolean awaitWanted() {
        handover.lock();
        try {
            while (!wanted && !closed) {
                asked.awaitUninterruptibly(); // nobody but close ends this thread
            }
            return !closed;
        } finally {
            handover.unlock();
        }
    }

    private static void close(PlatformSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nobody has it: there is nothing more to do about its descriptor.
            assert e != null;
        }
    }

    /** Ends it; who waits gets AsynchronousCloseException. */
    @Override
    public void close() throws IOException {
        PlatformSocket untaken;
        handover.lock();
        try {
            closed = true;
            untaken = accepted;
            accepted = null;
            asked.signal();
        } finally {
            handover.unlock();
        }
        listener.close();
        if (platform != null) {
            platform.close(); // which ends the thread that accepts from it
        }
        if (untaken != null) {
            untaken.close();
        }
        waiting.signal();
    }
}
