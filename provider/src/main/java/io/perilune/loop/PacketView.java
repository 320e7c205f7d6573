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
    final int cell;
    /** In a list of {@link PacketViews}, or of those that are to be released. */
    PacketView next;

    /** Filled and emptied with the shard's role. */
    final Loan loan = new Loan();

    private ByteBuffer readOnly;
    private ByteBuffer writable;
    /** What {@link #buffer} returns; null while nobody has this. */
    private volatile ByteBuffer present;

    /** What the loan was when this was opened, and where that begins in the present buffer. */
    private int offset;

    private int length;
    private int beginning;
    private int use;

    PacketView(Shard shard, int cell) {
        this.shard = shard;
        this.cell = cell;
    }

    /**
     * Returns the view that some bytes are.
     *
     * @throws IllegalArgumentException if they are not of this shard's stack
     */
    static PacketView of(Shard shard, PacketBytes bytes) {
        if (bytes instanceof PacketView && shard.isBeside(((PacketView) bytes).shard)) {
            return (PacketView) bytes;
        }
        throw new IllegalArgumentException("not of this stack: " + bytes);
    }

    /** Hands out what was moved to the loan. With the role. */
    PacketView open(boolean forWriting) {
        offset = loan.offset();
        length = loan.length();
        use++;
        if (forWriting) {
            showWritable();
        } else {
            showReadOnly();
        }
        return this;
    }

    // Whatever a program does with them, they end where the packet's buffer ends: what is beside it is others'.

    /** Memory to be filled always begins and ends in the same places: there the program has index 0. */
    private void showWritable() {
        int begin = offset - loan.base();
        if (writable == null || writable.capacity() != length) {
            writable = loan.slice().slice(begin, length);
        }
        show(writable, 0);
    }

    private void showReadOnly() {
        if (readOnly == null) {
            readOnly = loan.slice().asReadOnlyBuffer();
        }
        show(readOnly, offset - loan.base());
    }

    private void show(ByteBuffer buffer, int begin) {
        beginning = begin;
        buffer.clear().limit(begin + length).position(begin).order(ByteOrder.BIG_ENDIAN);
        present = buffer;
    }

    /** Whether it is of another shard than one: then what that one sends of it is to be copied. */
    boolean isForeignTo(Shard other) {
        return shard != other;
    }

    boolean isOpen() {
        return present != null;
    }

    /** Returns a number that another handing out changes. With the role. */
    int use() {
        return use;
    }

    /** Makes the loan what remains in the buffer, for a write that then takes it, or for {@link #uncut}. With the role. */
    void cut() {
        ByteBuffer buffer = buffer();
        loan.narrow(buffer.position() - beginning, buffer.remaining());
    }

    /** @throws IndexOutOfBoundsException if the buffer's position or limit was moved out of the piece */
    void check() {
        cut();
        uncut();
    }

    /** The write did not take it. */
    void uncut() {
        loan.restore(offset, length);
    }

    /** It has been written: the object is free. With the role. */
    void taken() {
        present = null;
        shard.views().takeBack(this);
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
            int skipped = buffer.position() - beginning;
            int rest = buffer.remaining();
            if (skipped < 0 || skipped + rest > length) {
                shard.tcp().giveBack(other, shard.nowNs());
                throw new IndexOutOfBoundsException(skipped + " to " + (skipped + rest) + " of " + length);
            }
            other.narrow(skipped, rest);
            if (!buffer.isReadOnly()) {
                showReadOnly();
                present.limit(beginning + skipped + rest).position(beginning + skipped);
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
        shard.lessIsHeld();
    }

    private void releaseWithin(long nowNs) {
        buffer();
        present = null;
        shard.tcp().giveBack(loan, nowNs);
        shard.views().takeBack(this);
    }

    @Override
    public String toString() {
        ByteBuffer buffer = present;
        return buffer == null ? "packet bytes, released" : buffer.remaining() + " packet bytes";
    }
}
