package io.perilune.loop;

import io.perilune.tcp.Loan;
import io.perilune.tcp.TcpConnection;
import io.perilune.zerocopy.BufferSpaceException;
import io.perilune.zerocopy.PacketBytes;
import java.net.SocketException;
import java.nio.ByteBuffer;

/**
 * The packet memory of one socket's connection in the hands of its user: received bytes out, bytes to send in, none of
 * them copied. Any thread, as with the socket, of which it is a part; none of the methods blocks.
 */
public final class PacketTransfer {

    /** What {@link #take} returns, besides what the socket's read does, if the program holds as much as it may. */
    public static final int LOANS_FULL = TcpConnection.LOANS_FULL;

    private final UserSocket socket;
    private final Shard shard;
    /** What the present write has copied out of other shards' memory. Guarded by the shard's role. */
    private PacketView firstCopied;

    PacketTransfer(UserSocket socket, Shard shard) {
        this.socket = socket;
        this.shard = shard;
    }

    /**
     * Takes received bytes as they lie.
     *
     * @param destination where the pieces go, as far as there are any
     * @return how many pieces; 0: nothing there now, END_OF_STREAM, FAILED or LOANS_FULL
     */
    public int take(PacketBytes[] destination, int offset, int length) {
        long nowNs = shard.enter();
        try {
            TcpConnection connection = socket.usableConnection();
            return connection == null ? UserSocket.FAILED : takeNow(connection, destination, offset, length, nowNs);
        } finally {
            shard.exit(nowNs);
        }
    }

    private int takeNow(TcpConnection connection, PacketBytes[] destination, int offset, int length, long nowNs) {
        PacketViews views = shard.views();
        Loan scratch = views.scratch();
        int pieces = 0;
        try {
            int result = 0;
            while (pieces < length) {
                result = connection.take(scratch, nowNs);
                if (result <= 0) {
                    break;
                }
                destination[offset + pieces] = views.of(scratch).open(false);
                pieces++;
            }
            socket.loseReadableIfEmpty(result);
            return pieces > 0 ? pieces : result;
        } catch (RuntimeException | Error e) {
            if (!scratch.isEmpty()) {
                shard.tcp().giveBack(scratch, nowNs);
            }
            int failed = socket.failed(e, nowNs);
            return pieces > 0 ? pieces : failed; // they are the caller's to release
        }
    }

    /**
     * Writes pieces from where they lie; null takes the place of each one taken. One that lies in another shard's memory is
     * copied, and may be taken in part: then it stays, with its position moved on.
     *
     * @return how many were taken, in order; 0: no room now; FAILED
     * @throws IllegalStateException if one has been released or written; those before it are taken
     * @throws IllegalArgumentException if one is not this stack's; those before it are taken
     */
    public int write(PacketBytes[] sources, int offset, int length) {
        PacketView copied = null;
        long nowNs = shard.enter();
        try {
            TcpConnection connection = socket.usableConnection();
            return connection == null ? UserSocket.FAILED : writeNow(connection, sources, offset, length, nowNs);
        } finally {
            copied = firstCopied;
            firstCopied = null;
            shard.exit(nowNs);
            release(copied);
        }
    }

    /** Releases a list of what is another shard's, of which the present thread must not have this one's role meanwhile. */
    private static void release(PacketView first) {
        PacketView view = first;
        while (view != null) {
            PacketView next = view.next;
            view.next = null;
            view.release();
            view = next;
        }
    }

    private int writeNow(TcpConnection connection, PacketBytes[] sources, int offset, int length, long nowNs) {
        shard.tcp().noMoreToCome();
        int taken = 0;
        while (taken < length) {
            PacketView view = PacketView.of(shard, sources[offset + taken]);
            if (view.isForeignTo(shard)) {
                view.check();
                int result = copy(connection, view.buffer(), nowNs);
                if (result < 0) {
                    return taken > 0 ? taken : result;
                }
                if (view.buffer().hasRemaining()) {
                    socket.lose(UserSocket.WRITABLE);
                    break;
                }
                view.next = firstCopied;
                firstCopied = view;
                sources[offset + taken] = null;
                taken++;
                continue;
            }
            view.cut();
            boolean empty = view.loan.length() == 0;
            try {
                int result = empty ? 0 : connection.write(view.loan, nowNs);
                if (result == UserSocket.FAILED) {
                    view.uncut();
                    return taken > 0 ? taken : result;
                }
                if (empty) {
                    shard.tcp().giveBack(view.loan, nowNs); // nothing to send is sent at once
                } else if (result == 0) {
                    view.uncut();
                    socket.lose(UserSocket.WRITABLE);
                    break;
                }
                view.taken();
                sources[offset + taken] = null;
                taken++;
            } catch (RuntimeException | Error e) {
                return socket.failed(e, nowNs);
            }
        }
        return taken;
    }

    private int copy(TcpConnection connection, ByteBuffer bytes, long nowNs) {
        try {
            return connection.write(bytes, nowNs);
        } catch (RuntimeException | Error e) {
            return socket.failed(e, nowNs);
        }
    }

    /**
     * Lends memory to fill.
     *
     * @return null: there is none now
     * @throws BufferSpaceException if the program holds as much as it may
     * @throws SocketException if the stack has ended
     */
    public PacketBytes lend() throws SocketException {
        long nowNs = shard.enter();
        try {
            if (shard.isEnded()) {
                throw new SocketException("the user-space stack is closed");
            }
            Loan loan = shard.views().scratch();
            int length = shard.tcp().lend(loan);
            if (length == LOANS_FULL) {
                throw new BufferSpaceException(shard.views().fullText());
            }
            return length == 0 ? null : shard.views().of(loan).open(true);
        } finally {
            shard.exit(nowNs);
        }
    }

    /** Returns what to throw after {@link #LOANS_FULL}. */
    public BufferSpaceException full() {
        long nowNs = shard.enter();
        try {
            return new BufferSpaceException(shard.views().fullText());
        } finally {
            shard.exit(nowNs);
        }
    }
}
