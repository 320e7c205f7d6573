package io.perilune.simulation;

import io.perilune.tcp.ConnectionInvariants;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpState;
import io.perilune.tcp.TcpUser;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * A random application on one end of a connection. It is driven by what TCP tells it and by its own delays alone: an
 * upcall that is missing leaves it standing, and the run is stuck.
 */
final class Talker implements TcpUser {

    /** How it ends its side. */
    enum Ending {
        /** Writes all, shuts its output, reads to the end of the stream, closes. */
        ORDERLY,
        /** Resets the connection. */
        RESET,
        /** Closes with SO_LINGER of 0. */
        LINGER,
        /** Closes, whatever is unread or unwritten. */
        CLOSE
    }

    /** How long it listens to nobody. Longer than all retransmissions of a segment take. */
    private static final long PATIENCE_NS = 900 * Scenario.SECOND;

    static final long NEVER = Long.MAX_VALUE;
    private static final int PIECE_MOST = 20_000;

    private final SplittableRandom random;
    private final long writeSeed;
    private final long readSeed;
    private final long toWrite;
    private final Ending ending;
    private final long endAtBytes;
    private final boolean pauses;
    private final int writeMost;
    private final int readMost;
    private final long delayMostNs;
    private final boolean lends;
    /** Null before there is a connection, and where bytes are copied. */
    private Lender lender;

    private final ByteBuffer piece = ByteBuffer.allocate(PIECE_MOST);
    Talker peer;
    private final long healNs;
    private TcpConnection connection;
    private ConnectionInvariants invariants;
    private boolean connected;
    private boolean told;
    private long written;
    private long read;
    private boolean shutDown;
    private boolean endOfStream;
    private boolean over;
    private boolean gaveUp;
    private boolean endReported;
    private TcpError error = TcpError.NONE;
    private long nextNs = NEVER;
    private long progressNs;

    Talker(SplittableRandom random, Scenario scenario, long writeSeed, long readSeed) {
        this.random = random;
        this.healNs = scenario.healNs;
        this.writeSeed = writeSeed;
        this.readSeed = readSeed;
        this.toWrite = random.nextInt(4) == 0 ? 0 : random.nextInt(scenario.bytesMost);
        boolean abrupt = scenario.abrupt && random.nextInt(3) == 0;
        Ending way = Ending.values()[random.nextInt(4)];
        this.ending = abrupt ? way : Ending.ORDERLY;
        this.endAtBytes = random.nextLong(2 * toWrite + 1);
        this.pauses = scenario.pauses;
        this.writeMost = 1 + random.nextInt(random.nextBoolean() ? 1 + (int) (toWrite / 100) % 200 : PIECE_MOST);
        this.readMost = 1 + random.nextInt(random.nextInt(3) == 0 ? 200 + scenario.bytesMost / 500 : PIECE_MOST);
        this.delayMostNs = 2_000L << random.nextInt(12);
        this.lends = random.nextInt(3) == 0;
    }

    /** Gives it its connection; one that was accepted is established. */
    void attach(TcpConnection c, boolean accepted, long nowNs) {
        connection = c;
        lender = lends ? new Lender(random.split(), c) : null;
        invariants = new ConnectionInvariants(c);
        progressNs = nowNs;
        if (accepted) {
            connected = true;
            c.attach(this);
            // What ended before it was accepted is not told, but seen.
            endReported = c.state() == TcpState.CLOSED || c.state() == TcpState.TIME_WAIT;
            error = c.error();
            nextNs = nowNs;
        }
    }

    boolean isAttached() {
        return connection != null;
    }

    TcpConnection connection() {
        return connection;
    }

    /** Returns whether it has done all it wanted, or its connection failed. */
    boolean isOver() {
        return over && !holdsSomething();
    }

    /** Returns whether it ended the connection before its time. */
    boolean gaveUp() {
        return gaveUp;
    }

    boolean hasFailed() {
        return error != TcpError.NONE;
    }

    boolean wasConnected() {
        return connected;
    }

    /** Returns when something last went forward. */
    long progressNs() {
        return progressNs;
    }

    /** Returns whether all it wrote arrived and all that the peer wrote was read. */
    boolean isComplete() {
        return shutDown && endOfStream && written == toWrite && read == peer.toWrite;
    }

    /** Returns whether the connection closed as RFC 9293 §3.6 has it, also after its user had left. */
    boolean hasEndedWell() {
        return connection.error() == TcpError.NONE;
    }

    /** Returns when it wants to act next. */
    long nextNs(long nowNs) {
        if (over) {
            return holdsSomething() ? nowNs : NEVER;
        }
        return told ? nowNs : Math.min(nextNs, aloneNs());
    }

    /** Returns when it leaves, since the peer is gone and its reset may have been lost: it cannot know, if it only reads. */
    private long aloneNs() {
        boolean alone = connection != null && peer.over && (peer.gaveUp || peer.hasFailed());
        return alone ? Math.max(progressNs, healNs) + PATIENCE_NS : NEVER;
    }

    private void leave(long nowNs) {
        require(connection.unacknowledged() == 0, "the peer is gone, and what it never acknowledged did not tell");
        connection.abort(nowNs);
        over = true;
        gaveUp = true;
        giveBack(true, nowNs);
    }

    private boolean holdsSomething() {
        return lender != null && lender.holdsSomething();
    }

    private void giveBack(boolean all, long nowNs) {
        if (lender != null) {
            lender.giveBack(all, nowNs);
        }
    }

    void checkInvariants() {
        invariants.check();
    }

    /** Acts if it is time. */
    void act(long nowNs) {
        if (over) {
            giveBack(true, nowNs); // it may have been told of the end
            return;
        }
        actIfTime(nowNs);
        if (over) {
            giveBack(true, nowNs);
        } else if (holdsSomething() && nextNs == NEVER) {
            nextNs = nowNs + 1 + random.nextLong(delayMostNs);
        }
    }

    private void actIfTime(long nowNs) {
        if (!over && !endReported && aloneNs() - nowNs <= 0) {
            leave(nowNs);
        }
        if (over || (!told && nextNs - nowNs > 0)) {
            return;
        }
        if (told && nextNs != NEVER && nextNs - nowNs > 0) {
            // It pauses; what it was told waits.
            told = false;
            return;
        }
        told = false;
        nextNs = NEVER;
        if (!connected && !endReported) {
            return;
        }
        giveBack(false, nowNs);
        boolean moved = false;
        if (!endReported && ending != Ending.ORDERLY && written + read >= endAtBytes) {
            end(nowNs);
            return;
        }
        if (random.nextBoolean()) {
            moved = write(nowNs);
            moved |= read(nowNs);
        } else {
            moved = read(nowNs);
            moved |= write(nowNs);
        }
        if (shutDown && endOfStream && !over) {
            connection.close(nowNs);
            over = true;
            moved = true;
        }
        if (moved) {
            progressNs = nowNs;
            nextNs = nowNs + random.nextLong(delayMostNs);
            if (pauses && random.nextInt(50) == 0) {
                nextNs = nowNs + random.nextLong(5 * Scenario.SECOND);
            }
        }
    }

    private void end(long nowNs) {
        over = true;
        gaveUp = true;
        progressNs = nowNs;
        switch (ending) {
            case RESET:
                connection.abort(nowNs);
                break;
            case LINGER:
                connection.options().linger = 0;
                connection.applyOptions(nowNs);
                connection.close(nowNs);
                break;
            default:
                connection.close(nowNs);
        }
    }

    private boolean write(long nowNs) {
        if (shutDown || hasFailed()) {
            return false;
        }
        if (written == toWrite) {
            shutDown = true;
            connection.shutdownOutput(nowNs);
            return true;
        }
        int length = (int) Math.min(1 + random.nextInt(writeMost), toWrite - written);
        piece.clear();
        for (int i = 0; i < length; i++) {
            piece.put(byteAt(writeSeed, written + i));
        }
        piece.flip();
        int taken = lender == null ? connection.write(piece, nowNs) : lender.write(piece, nowNs);
        require(taken >= 0 || endReported, "a write failed and no end was told");
        require(taken < 0 || taken == piece.position(), "a write took more or less than it said");
        written += Math.max(taken, 0);
        return taken > 0;
    }

    private boolean read(long nowNs) {
        if (endOfStream) {
            return false;
        }
        piece.clear().limit(1 + random.nextInt(readMost));
        int count = lender == null ? connection.read(piece, nowNs) : lender.read(piece, nowNs);
        if (count == TcpConnection.END_OF_STREAM) {
            endOfStream = true;
            require(peer.hasEndedOutput(), "the stream ends, but the peer has not ended it");
            require(read == peer.written, "the stream ends early");
            if (hasFailed()) {
                over = true;
            }
            return true;
        }
        if (count == TcpConnection.FAILED) {
            require(endReported && hasFailed(), "a read failed and no error was told");
            over = true;
            connection.close(nowNs);
            return true;
        }
        for (int i = 0; i < count; i++) {
            if (piece.get(i) != byteAt(readSeed, read + i)) {
                throw new AssertionError("byte " + (read + i) + " is wrong: " + this);
            }
        }
        read += count;
        require(read <= peer.written, "more was read than the peer has written");
        return count > 0;
    }

    private boolean hasEndedOutput() {
        return shutDown || (gaveUp && ending == Ending.CLOSE);
    }

    private static byte byteAt(long seed, long offset) {
        return (byte) (((seed + offset) * 0x9E37_79B9_7F4A_7C15L) >>> 56);
    }

    @Override
    public void onConnected(TcpConnection c) {
        require(!connected, "connected twice");
        connected = true;
        wake();
    }

    @Override
    public void onReadable(TcpConnection c) {
        wake();
    }

    @Override
    public void onWritable(TcpConnection c) {
        wake();
    }

    @Override
    public void onClosed(TcpConnection c, TcpError reason) {
        wake();
        endReported = true;
        error = reason;
        if (reason != TcpError.NONE && endOfStream) {
            over = true;
        }
    }

    private void wake() {
        require(!over && !endReported, "told of something after the end");
        told = true;
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what + ": " + this + "; peer: " + peer);
        }
    }

    @Override
    public String toString() {
        return ending + ", written " + written + " of " + toWrite + (shutDown ? " (shut)" : "") + ", read " + read
                + (endOfStream ? " (end)" : "") + (over ? ", over" : "") + (gaveUp ? ", gave up" : "") + ", " + error
                + (connection == null ? "" : ", " + ConnectionInvariants.describe(connection));
    }
}
