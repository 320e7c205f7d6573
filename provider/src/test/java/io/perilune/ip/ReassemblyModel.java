package io.perilune.ip;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.memory.BufferPool;
import io.perilune.memory.PacketBuffer;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.time.TimerWheel;
import java.util.HashMap;
import java.util.Map;

/** A {@link Reassembler} beside a slow and simple account of which fragments came: what becomes whole must be theirs. */
public final class ReassemblyModel {

    /** Datagrams at once, of one sender. */
    public static final int MOST_OF_ONE = Reassembler.MOST_OF_ONE;

    private static final int HEADER_LENGTH = 20;

    private final BufferPool pool;
    private final TimerWheel wheel;
    private final Counters counters = new Counters();
    private final Reassembler reassembler;
    private final Map<Long, byte[][]> came = new HashMap<>();
    private long nowNs;

    /** Makes one of memory that is given back by {@link #end}. */
    public ReassemblyModel(BufferPool pool) {
        this.pool = pool;
        wheel = new TimerWheel(nowNs);
        reassembler = new Reassembler(pool, wheel, counters);
        reassembler.connect((start, timeNs) -> {
            assertThat(start.length()).isGreaterThan(HEADER_LENGTH);
            start.release();
        });
    }

    /** Takes a fragment; its offset is a multiple of 8, and so is its length if more follow. */
    public void add(int source, int identification, int offset, byte[] part, boolean more, int trafficClass) {
        PacketBuffer packet = pool.allocate();
        int header = packet.append(HEADER_LENGTH + part.length);
        packet.bytes().put(header, header(source, identification)).put(header + HEADER_LENGTH, part);
        long key = (long) source << 32 | identification;
        remember(key, offset, part);
        long before = counters.get(Counter.FRAGMENTS_RECEIVED);
        PacketBuffer whole = reassembler.add(
                packet,
                header,
                HEADER_LENGTH,
                0,
                source,
                0,
                1,
                identification,
                header + HEADER_LENGTH,
                part.length,
                offset,
                more,
                trafficClass,
                nowNs);
        packet.release();
        assertThat(counters.get(Counter.FRAGMENTS_RECEIVED)).isEqualTo(before + 1);
        assertThat(reassembler.count()).isLessThanOrEqualTo(Reassembler.MOST);
        if (whole != null) {
            checkWhole(whole, key, header(source, identification));
        }
        assertThat(pool.lentCount()).as("one buffer for each datagram").isLessThanOrEqualTo(reassembler.count());
        assertThat(wheel.armedCount()).isEqualTo(reassembler.count());
    }

    /** Lets time pass. */
    public void advance(long ns) {
        nowNs += ns;
        wheel.advance(nowNs);
    }

    /** Expects that nothing outlives its time. */
    public void end() {
        advance(Reassembler.LIFETIME_NS + 1_000_000_000L);
        assertThat(reassembler.count()).isZero();
        assertThat(pool.lentCount()).isZero();
        assertThat(wheel.armedCount()).isZero();
    }

    /** Each octet of a datagram is one that came at its place, at any time: nothing is made up or moved. */
    private void checkWhole(PacketBuffer whole, long key, byte[] header) {
        byte[] data = new byte[whole.length()];
        whole.bytes().get(whole.start(), data);
        assertThat(whole.references()).isEqualTo(1);
        whole.release();
        assertThat(data).startsWith(header);
        byte[][] values = came.get(key);
        for (int i = HEADER_LENGTH; i < data.length; i++) {
            byte[] there = values[i - HEADER_LENGTH];
            assertThat(there).as("octet %d of a datagram, which never came", i).isNotNull();
            boolean found = there[data[i] & 0xFF] != 0;
            assertThat(found)
                    .as("octet %d of a datagram, which came otherwise", i)
                    .isTrue();
        }
    }

    private void remember(long key, int offset, byte[] part) {
        byte[][] values = came.computeIfAbsent(key, k -> new byte[1 << 16][]);
        for (int i = 0; i < part.length; i++) {
            if (values[offset + i] == null) {
                values[offset + i] = new byte[256];
            }
            values[offset + i][part[i] & 0xFF] = 1;
        }
    }

    private static byte[] header(int source, int identification) {
        byte[] header = new byte[HEADER_LENGTH];
        header[0] = (byte) source;
        header[19] = (byte) identification;
        return header;
    }
}
