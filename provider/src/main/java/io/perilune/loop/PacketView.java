package io.perilune.loop;

import io.perilune.tcp.Loan;
import io.perilune.tcp.TcpConnection;
import io.perilune.zerocopy.PacketBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A loan in the hands of a program. One object and its buffers are made for each packet buffer that is lent for the first
 * time, and used again with it. Any thread; what changes the stack takes the shard's role, if the thread has it not.
 */
final class PacketView implements PacketBytes {

    final Shard shard;
    /** Filled and emptied with the shard's role. */
    final Loan loan = new Loan();

    private ByteBuffer readOnly;
    private ByteBuffer writable;
    /** What {@link #buffer} returns; null while nobody has this. */
    private volatile ByteBuffer present;

    private int beginning;
    private int use;

    PacketView(Shard shard) {
        this.shard = shard;
    }

    /**
     * Returns the view that some bytes are.
     *
     * @throws IllegalArgumentException if they are not of this shard
     */
    static PacketView of(Shard shard, PacketBytes bytes) {
        if (bytes instanceof PacketView && ((PacketView) bytes).shard == shard) {
            return (PacketView) bytes;
        }
        throw new IllegalArgumentException("not of this stack: " + bytes);
    }

    /** Hands out what was moved to the loan. With the role. */
    PacketView open(boolean forWriting) {
        use++;
        if (forWriting) {
            if (writable == null) {
                writable = loan.slice();
            }
            show(writable);
        } else {
            show(readOnly());
        }
        return this;
    }

    private ByteBuffer readOnly() {
        if (readOnly == null) {
            readOnly = loan.slice().asReadOnlyBuffer();
        }
        return readOnly;
    }

    private void show(ByteBuffer buffer) {
        // Whatever a program does with them, they end where the packet's buffer ends: what is beside it is others'.
        beginning = loan.offset() - loan.base();
        buffer.clear().limit(beginning + loan.length()).position(beginning).order(ByteOrder.BIG_ENDIAN);
        present = buffer;
    }

    boolean isOpen() {
        return present != null;
    }

    /** Returns a number that another handing out changes. With the role. */
    int use() {
        return use;
    }

    /** Makes the loan what remains in the buffer, for a write that then takes it. With the role. */
    void cut() {
        ByteBuffer buffer = buffer();
        loan.narrow(skipped(buffer), buffer.remaining());
    }

    private int skipped(ByteBuffer buffer) {
        return buffer.position() - (loan.offset() - loan.base());
    }

    /** It has been written, or was never handed out: the object is free. With the role. */
    void taken() {
        present = null;
    }

    @Override
    public ByteBuffer buffer() {
        ByteBuffer buffer = present;
        if (buffer == null) {
            throw new IllegalStateException("these bytes have been released or written");
        }
        return buffer;
    }

    @Override
    public PacketBytes filled() {
        ByteBuffer buffer = buffer();
        int end = buffer.position();
        buffer.limit(end).position(beginning);
        return this;
    }

    @Override
    public PacketBytes share() {
        boolean within = shard.role().isHeldByCurrentThread();
        long nowNs = within ? 0 : shard.enter();
        try {
            ByteBuffer buffer = buffer();
            Loan other = shard.views().scratch();
            if (shard.tcp().share(loan, other) == TcpConnection.LOANS_FULL) {
                throw new IllegalStateException(shard.views().fullText());
            }
            other.narrow(skipped(buffer), buffer.remaining());
            int position = buffer.position();
            int limit = buffer.limit();
            if (!buffer.isReadOnly()) {
                show(readOnly());
                present.limit(limit).position(position);
            }
            return shard.views().of(other).open(false);
        } finally {
            if (!within) {
                shard.exit(nowNs);
            }
        }
    }

    @Override
    public void release() {
        if (shard.role().isHeldByCurrentThread()) {
            releaseWithin(shard.nowNs());
            return;
        }
        long nowNs = shard.enter();
        try {
            releaseWithin(nowNs);
        } finally {
            shard.exit(nowNs);
        }
    }

    private void releaseWithin(long nowNs) {
        buffer();
        present = null;
        if (!shard.isEnded()) { // else its memory is its link's, and gone with it
            shard.tcp().giveBack(loan, nowNs);
        }
    }

    @Override
    public String toString() {
        ByteBuffer buffer = present;
        return buffer == null ? "packet bytes, released" : buffer.remaining() + " packet bytes";
    }
}
