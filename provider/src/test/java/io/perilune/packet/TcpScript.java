package io.perilune.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.ip.IcmpError;
import io.perilune.ip.IpSender;
import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.memory.Slab;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.tcp.Tcp;
import io.perilune.tcp.TcpConnection;
import io.perilune.tcp.TcpError;
import io.perilune.tcp.TcpListener;
import io.perilune.tcp.TcpSocketOptions;
import io.perilune.tcp.TcpUser;
import io.perilune.time.TimerWheel;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * One TCP whose peer is the test: {@link #inject} what the peer sends, {@link #expect} what the stack sends, {@link
 * #advance} the time. Sequence numbers are relative: the peer's to {@link #PEER_ISS}, this side's to its first SYN.
 */
public final class TcpScript implements IpSender, TcpUser {

    public static final int HOST = 0xC612_0001;
    public static final int PEER = 0xC612_0002;
    public static final int HOST_PORT = 80;
    public static final int PEER_PORT = 40_000;
    public static final int PEER_ISS = 0xFFFF_F000;
    public static final long MS = 1_000_000L;

    public final BufferPool pool;
    public final TimerWheel wheel;
    public final Counters counters = new Counters();
    public final Tcp tcp;
    public final TcpSocketOptions options = new TcpSocketOptions();
    /** What the user was told, in order. */
    public final List<String> events = new ArrayList<>();

    public long nowNs = 5_000 * MS;
    public int mtu = 1500;
    public boolean reachable = true;
    /** How often IP was told that segments seem not to arrive. */
    public int doubts;
    /** The TOS octet that the peer's packets bear. */
    public int trafficClassOfPeer;
    /** The address that IP chooses for this side. */
    public int sourceAddress = HOST;

    public TcpConnection connection;
    public TcpListener listener;
    /** This side's first sequence number. */
    public int iss;

    public int hostPort = HOST_PORT;
    public int peerPort = PEER_PORT;
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();

    public TcpScript(String... settings) {
        this(new BufferPool(List.of(Slab.ofDirectMemory(2048)), true), settings);
    }

    /** Makes one whose memory somebody else has, who may use it again when {@link #expectNothingLeft} held. */
    public TcpScript(BufferPool pool, String... settings) {
        this.pool = pool;
        wheel = new TimerWheel(nowNs);
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            values.put(settings[i], settings[i + 1]);
        }
        byte[] secret = new byte[32];
        new SplittableRandom(1).nextBytes(secret);
        tcp = new Tcp(Settings.of(values), this, pool, wheel, counters, secret);
        LeakCheck.atEnd(pool, this::end);
    }

    /** Aborts what there is. */
    private void end() {
        if (connection != null) {
            connection.abort(nowNs); // what it has received stays its user's until then
        }
        tcp.abortAll(TcpError.STACK_CLOSED, nowNs);
        tcp.flush(nowNs);
    }

    /** Returns one whose connection was opened by this side; the peer has options of its choice in its SYN. */
    public TcpScript connect(Seg synAck) {
        openActively();
        inject(synAck);
        expect("A", 1, 1);
        return this;
    }

    /** Opens a connection over a path with a round-trip time, so that it has a sample of it. */
    public TcpScript connect(Seg synAck, long rttMs) {
        openActively();
        advance(rttMs);
        inject(synAck);
        expect("A", 1, 1);
        return this;
    }

    /** Sends the SYN. */
    public Sent openActively() {
        connection = tcp.connect(0, 0, 0, 0, Addresses.mappedLow(PEER), PEER_PORT, options, this, nowNs);
        hostPort = connection.localPort();
        peerPort = PEER_PORT;
        tcp.flush(nowNs);
        Sent syn = next();
        iss = syn.seq;
        return syn;
    }

    /** Returns one with a plain peer (no options but MSS 1460), opened by this side, ESTABLISHED. */
    public static TcpScript established(String... settings) {
        return new TcpScript(settings).connect(Seg.seg("SA").ack(1).mss(1460));
    }

    /** Returns one whose peer speaks SACK. */
    public static TcpScript establishedWithSack(String... settings) {
        return new TcpScript(settings).connect(Seg.seg("SA").ack(1).mss(1460).sackPermitted());
    }

    /** Begins to listen on {@link #HOST_PORT}. */
    public TcpScript listen(int backlog) {
        long any = Addresses.mappedLow(0);
        assertThat(tcp.bind(0, any, HOST_PORT, true, false)).isEqualTo(HOST_PORT);
        listener = tcp.listen(0, any, HOST_PORT, backlog, options, l -> events.add("acceptable"));
        return this;
    }

    /** Lets the peer open a connection and accepts it. */
    public TcpScript accepted(Seg syn) {
        handshake(syn);
        connection = listener.accept();
        connection.attach(this);
        return this;
    }

    /** Lets the peer open a connection. */
    public TcpScript handshake(Seg syn) {
        inject(syn);
        Sent synAck = next();
        assertThat(synAck.flags).startsWith("SA");
        iss = synAck.seq;
        Seg ack = Seg.seg("A").seq(1).ack(1);
        if (synAck.timestamps) {
            ack.timestamps(synAck.tsEcr, synAck.tsVal);
        }
        inject(ack);
        return this;
    }

    /** Lets the peer send. */
    public TcpScript inject(Seg segment) {
        receive(segment);
        tcp.flush(nowNs);
        return this;
    }

    /** Lets the peer send, in the middle of a turn: nothing is sent yet but what is sent at once. */
    public TcpScript receive(Seg segment) {
        byte[] bytes = segment.bytes(PEER, HOST, peerPort, hostPort, PEER_ISS, iss);
        PacketBuffer buffer = pool.allocate();
        buffer.bytes().put(buffer.append(bytes.length), bytes);
        int trafficClass = trafficClassOfPeer | segment.trafficClass;
        tcp.receive(buffer, 0, Addresses.mappedLow(PEER), 0, Addresses.mappedLow(HOST), trafficClass, 0, nowNs);
        return this;
    }

    /** Lets a router send an error about a segment, whose relative sequence number is quoted. */
    public boolean icmp(IcmpError error, int newMtu, int seq) {
        boolean believed = tcp.onIcmpError(
                error,
                newMtu,
                0,
                Addresses.mappedLow(HOST),
                0,
                Addresses.mappedLow(PEER),
                hostPort,
                peerPort,
                iss + seq,
                nowNs);
        tcp.flush(nowNs);
        return believed;
    }

    /** Returns whether something was sent that was not looked at. */
    public boolean hasSent() {
        return !sent.isEmpty();
    }

    /** Returns the next segment that was sent. */
    public Sent next() {
        Sent first = sent.poll();
        assertThat(first).as("a segment").isNotNull();
        assertThat(first.checksumGood).as("checksum of %s", first).isTrue();
        return first;
    }

    /** Expects the next segment. */
    public Sent expect(String flags, long seq, long ack) {
        return expect(flags, seq, ack, 0);
    }

    /** Expects the next segment, with so much data. */
    public Sent expect(String flags, long seq, long ack, int length) {
        Sent s = next();
        assertThat(s.flags + " seq " + (s.seq - iss) + " ack " + (s.ack - PEER_ISS) + " length " + s.data.length)
                .isEqualTo(flags + " seq " + seq + " ack " + ack + " length " + length);
        return s;
    }

    /** Expects a reset that bears no acknowledgment. */
    public void expectPlainReset(long seq) {
        Sent s = next();
        assertThat(s.flags + " seq " + (s.seq - iss)).isEqualTo("R seq " + seq);
    }

    /** Expects that nothing more was sent. */
    public TcpScript silence() {
        assertThat(sent).isEmpty();
        return this;
    }

    /** Forgets what was sent, and returns how many segments it was. */
    public int skip() {
        int count = sent.size();
        sent.clear();
        return count;
    }

    /** Moves the time on, a millisecond at a time up to a minute, else in larger steps. */
    public TcpScript advance(long ms) {
        long endNs = nowNs + ms * MS;
        long stepNs = ms <= 60_000 ? MS : 50 * MS;
        while (nowNs - endNs < 0) {
            nowNs = Math.min(nowNs + stepNs, endNs);
            wheel.advance(nowNs);
            tcp.flush(nowNs);
        }
        return this;
    }

    /** Writes bytes of the pattern and flushes; returns how many were taken. */
    public int write(int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        int taken = connection.write(bytes, nowNs);
        tcp.flush(nowNs);
        return taken;
    }

    /** Reads all there is, up to a length, checks it against the pattern from a relative number on, and flushes. */
    public int read(int most, long seq) {
        ByteBuffer bytes = ByteBuffer.allocate(most);
        int count = connection.read(bytes, nowNs);
        for (int i = 0; i < count; i++) {
            assertThat(bytes.get(i)).as("byte %d", i).isEqualTo(Seg.patternAt(seq + i));
        }
        tcp.flush(nowNs);
        return count;
    }

    /** Returns a relative number of this side as an absolute one. */
    public int mine(int relative) {
        return iss + relative;
    }

    /** Returns a relative number of the peer as an absolute one. */
    public int theirs(int relative) {
        return PEER_ISS + relative;
    }

    public long count(Counter counter) {
        return counters.get(counter);
    }

    /** Expects that nothing of any connection is left. */
    public void expectNothingLeft() {
        assertThat(tcp.connectionCount()).isZero();
        assertThat(tcp.timeWaitCount()).isZero();
        assertThat(wheel.armedCount()).isZero();
        assertThat(pool.lentCount()).isZero();
    }

    @Override
    public void send(
            PacketBuffer segment,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int protocol,
            int trafficClass,
            long timeNs) {
        assertThat(protocol).isEqualTo(6);
        assertThat(segment.headroom()).isGreaterThanOrEqualTo(34);
        assertThat(segment.frameLength()).isLessThanOrEqualTo(mtu - 20);
        byte[] bytes = new byte[segment.frameLength()];
        segment.copyTo(ByteBuffer.wrap(bytes), 0);
        segment.release();
        sent.add(new Sent(bytes, (int) sourceLow, (int) destinationLow, trafficClass, timeNs));
    }

    @Override
    public boolean reaches(long destinationHigh, long destinationLow) {
        return reachable;
    }

    @Override
    public void doubt(long destinationHigh, long destinationLow, long timeNs) {
        doubts++;
    }

    @Override
    public boolean isOwn(long high, long low) {
        return (int) low == HOST;
    }

    @Override
    public long sourceHighFor(long destinationHigh, long destinationLow) {
        return 0;
    }

    @Override
    public long sourceLowFor(long destinationHigh, long destinationLow) {
        return Addresses.mappedLow(sourceAddress);
    }

    @Override
    public int mtuFor(long destinationHigh, long destinationLow) {
        return mtu;
    }

    @Override
    public boolean offloadsTcpChecksum() {
        return false;
    }

    @Override
    public void onConnected(TcpConnection c) {
        events.add("connected");
    }

    @Override
    public void onReadable(TcpConnection c) {
        events.add("readable");
    }

    @Override
    public void onWritable(TcpConnection c) {
        events.add("writable");
    }

    @Override
    public void onClosed(TcpConnection c, TcpError error) {
        events.add("closed " + error);
    }
}
