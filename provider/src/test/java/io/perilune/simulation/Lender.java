package io.perilune.simulation;

import io.perilune.tcp.ConnectionInvariants;
import io.perilune.tcp.Loan;
import io.perilune.tcp.Tcp;
import io.perilune.tcp.TcpConnection;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Reads and writes a connection where the bytes lie, and holds what it took, or shared, for a while: then it must still be
 * what it was, whatever TCP did with the same buffer meanwhile.
 */
final class Lender {

    private static final int HELD_MOST = 60;

    /** A loan and what its bytes must be. */
    private static final class Held {
        private final Loan loan;
        private final byte[] bytes;

        Held(Loan loan) {
            this.loan = loan;
            this.bytes = bytesOf(loan);
        }
    }

    private final SplittableRandom random;
    private final TcpConnection connection;
    private final Tcp tcp;
    private final List<Held> held = new ArrayList<>();

    Lender(SplittableRandom random, TcpConnection connection) {
        this.random = random;
        this.connection = connection;
        this.tcp = ConnectionInvariants.tcpOf(connection);
    }

    boolean holdsSomething() {
        return !held.isEmpty();
    }

    /** As the connection's read, but takes a piece and copies it out of there; one that is long for the destination in parts. */
    int read(ByteBuffer destination, long nowNs) {
        if (held.size() >= HELD_MOST) {
            return connection.read(destination, nowNs);
        }
        Loan loan = new Loan();
        int count = connection.take(loan, nowNs);
        if (count == TcpConnection.LOANS_FULL) {
            return connection.read(destination, nowNs);
        }
        if (count <= 0) {
            return count;
        }
        destination.clear().put(bytesOf(loan));
        keep(loan, nowNs);
        return count;
    }

    /** As the connection's write, but of a buffer that is lent, and perhaps kept beyond the write, too. */
    int write(ByteBuffer source, long nowNs) {
        Loan loan = new Loan();
        if (held.size() >= HELD_MOST || tcp.lend(loan) <= 0) {
            return connection.write(source, nowNs);
        }
        int count = Math.min(loan.length(), source.remaining());
        int skipped = random.nextInt(loan.length() - count + 1);
        loan.narrow(skipped, count);
        loan.bytes().put(loan.offset(), source, source.position(), count);
        if (random.nextInt(3) == 0) {
            Loan shared = new Loan();
            if (tcp.share(loan, shared) > 0) {
                held.add(new Held(shared));
            }
        }
        int taken = connection.write(loan, nowNs);
        if (taken > 0) {
            source.position(source.position() + taken);
        } else {
            tcp.giveBack(loan, nowNs);
        }
        return taken;
    }

    private void keep(Loan loan, long nowNs) {
        held.add(new Held(loan));
        while (!held.isEmpty() && random.nextInt(3) == 0) {
            giveBack(random.nextInt(held.size()), nowNs);
        }
    }

    /** Gives back some of what is held, or all. */
    void giveBack(boolean all, long nowNs) {
        while (!held.isEmpty() && (all || random.nextInt(4) != 0)) {
            giveBack(random.nextInt(held.size()), nowNs);
        }
    }

    private void giveBack(int index, long nowNs) {
        Held one = held.remove(index);
        if (!Arrays.equals(bytesOf(one.loan), one.bytes)) {
            throw new AssertionError("held bytes have changed: " + ConnectionInvariants.describe(connection));
        }
        tcp.giveBack(one.loan, nowNs);
    }

    private static byte[] bytesOf(Loan loan) {
        byte[] bytes = new byte[loan.length()];
        loan.bytes().get(loan.offset(), bytes);
        return bytes;
    }
}
