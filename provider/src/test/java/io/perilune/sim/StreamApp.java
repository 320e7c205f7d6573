package io.perilune.sim;

import io.perilune.tcp.Tcp;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpUser;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * An application on one end of a connection: writes a stream that follows from a seed in pieces of random length, reads
 * in pieces of random length, checks each byte against the stream that the other end writes, and closes when both
 * streams are complete.
 */
public final class StreamApp implements TcpUser {

    private static final int PIECE_MOST = 20_000;

    private final Tcp tcp;
    private final SplittableRandom random;
    private final long writeSeed;
    private final long readSeed;
    private final long toWrite;
    private final long toRead;
    private final int writeMost;
    private final int readMost;
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE_MOST);
    private TcpConnection connection;
    private int portOfPeer;
    private long written;
    private long read;
    private boolean shutDown;
    private boolean endOfStream;
    private boolean closed;
    private boolean overReported;
    private int connectedReports;
    private TcpError error = TcpError.NONE;

    /**
     * Makes one.
     *
     * @param writeSeed what it writes
     * @param readSeed what it expects to read
     */
    public StreamApp(Tcp tcp, SplittableRandom random, long writeSeed, long toWrite, long readSeed, long toRead) {
        this.tcp = tcp;
        this.random = random;
        this.writeSeed = writeSeed;
        this.readSeed = readSeed;
        this.toWrite = toWrite;
        this.toRead = toRead;
        this.writeMost = 1 + random.nextInt(random.nextBoolean() ? 200 : PIECE_MOST);
        this.readMost = 1 + random.nextInt(random.nextInt(3) == 0 ? 200 : PIECE_MOST);
    }

    /** Returns the port from which its peer will come. */
    public int portOfPeer() {
        return portOfPeer;
    }

    /** Tells from which port its peer will come. */
    public void portOfPeer(int port) {
        portOfPeer = port;
    }

    /** Gives it its connection. */
    public void attach(TcpConnection newConnection) {
        connection = newConnection;
    }

    /** Returns its connection, or null. */
    public TcpConnection connection() {
        return connection;
    }

    /** Returns whether both streams were complete and it has closed. */
    public boolean isDone() {
        return closed;
    }

    /** Returns why the connection failed. */
    public TcpError error() {
        return error;
    }

    /** Returns how far it is, for messages. */
    @Override
    public String toString() {
        return "written " + written + " of " + toWrite + ", read " + read + " of " + toRead
                + (connection == null ? "" : ", " + connection.state() + " " + connection.error());
    }

    /** Does a random piece of work; returns whether anything moved. */
    public boolean act(long nowNs) {
        if (connection == null || closed || connectedReports == 0) {
            return false;
        }
        boolean moved = false;
        if (random.nextInt(4) != 0) {
            moved = write(nowNs);
        }
        if (random.nextInt(4) != 0) {
            moved |= read(nowNs);
        }
        if (shutDown && endOfStream) {
            closed = true;
            connection.close(nowNs);
            moved = true;
        }
        return moved;
    }

    private boolean write(long nowNs) {
        if (shutDown) {
            return false;
        }
        if (written == toWrite) {
            connection.shutdownOutput(nowNs);
            shutDown = true;
            return true;
        }
        int length = (int) Math.min(1 + random.nextInt(writeMost), toWrite - written);
        piece.clear();
        for (int i = 0; i < length; i++) {
            piece.put(byteAt(writeSeed, written + i));
        }
        piece.flip();
        int taken = connection.write(piece, nowNs);
        if (taken < 0) {
            throw new AssertionError("write failed: " + this);
        }
        if (taken != piece.position()) {
            throw new AssertionError("write took " + taken + " but moved the position to " + piece.position());
        }
        written += taken;
        return taken > 0;
    }

    private boolean read(long nowNs) {
        if (endOfStream) {
            return false;
        }
        piece.clear().limit(1 + random.nextInt(readMost));
        int count = connection.read(piece, nowNs);
        if (count == TcpConnection.END_OF_STREAM) {
            endOfStream = true;
            if (read != toRead) {
                throw new AssertionError("stream ends early: " + this);
            }
            return true;
        }
        if (count == TcpConnection.FAILED) {
            throw new AssertionError("read failed: " + this);
        }
        for (int i = 0; i < count; i++) {
            if (piece.get(i) != byteAt(readSeed, read + i)) {
                throw new AssertionError("byte " + (read + i) + " is wrong: " + this);
            }
        }
        read += count;
        return count > 0;
    }

    private static byte byteAt(long seed, long offset) {
        long mixed = (seed + offset) * 0x9E37_79B9_7F4A_7C15L;
        return (byte) (mixed >>> 56);
    }

    @Override
    public void onConnected(TcpConnection c) {
        connectedReports++;
    }

    /** An accepted connection is established from the beginning. */
    public void accepted(TcpConnection c) {
        connection = c;
        connectedReports = 1;
        c.attach(this);
    }

    @Override
    public void onReadable(TcpConnection c) {
        checkNotOver();
    }

    @Override
    public void onWritable(TcpConnection c) {
        checkNotOver();
    }

    @Override
    public void onClosed(TcpConnection c, TcpError reason) {
        checkNotOver();
        overReported = true;
        error = reason;
    }

    private void checkNotOver() {
        if (overReported || closed || tcp == null) {
            throw new AssertionError("told of something after the end: " + this);
        }
    }
}
