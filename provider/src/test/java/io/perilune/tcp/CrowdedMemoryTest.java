package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.memory.BufferPool;
import io.perilune.metrics.Counter;
import io.perilune.metrics.Counters;
import io.perilune.sim.SimPair;
import io.perilune.sim.SimTcp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A thousand connections whose receivers do not read, on a host with little memory: it lasts, and others get on. */
class CrowdedMemoryTest {

    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final int PORT = 7777;
    private static final int CROWD = 1_000;
    private static final int MEGABYTE = 1_000_000;
    /** What each sender wants to send, in bytes: all together fifty times the memory of the small host. */
    private static final int EACH = 400_000;

    private SimPair pair;
    private Tcp client;
    private Tcp server;
    private TcpListener listener;
    private final List<TcpConnection> senders = new ArrayList<>();
    private final List<TcpConnection> receivers = new ArrayList<>();
    private final int[] written = new int[CROWD];
    private final ByteBuffer source = ByteBuffer.allocate(4_000);
    private final ByteBuffer sink = ByteBuffer.allocate(64 << 10);
    private BufferPool small;
    private int most;

    private void begin(int slabsOfClient, int slabsOfServer, Settings ofServer) {
        pair = new SimPair(1, slabsOfClient, slabsOfServer);
        client = SimTcp.attach(pair.a(), Settings.defaults(), 1);
        server = SimTcp.attach(pair.b(), ofServer, 2);
        long any = Addresses.mappedLow(0);
        assertThat(server.bind(0, any, PORT, true, false)).isEqualTo(PORT);
        listener = server.listen(0, any, PORT, 2 * CROWD, new TcpSocketOptions(), l -> {});
        for (int i = 0; i < CROWD; i++) {
            senders.add(open());
            receivers.add(accept());
        }
    }

    private TcpConnection open() {
        TcpConnection c = client.connect(
                0, 0, 0, 0, Addresses.mappedLow(SimPair.ADDRESS_B), PORT, new TcpSocketOptions(), null, pair.nowNs());
        pair.run(MS);
        return c;
    }

    private TcpConnection accept() {
        pair.settle();
        TcpConnection c = listener.accept();
        assertThat(c).isNotNull();
        return c;
    }

    /** Lets each sender write what it can. */
    private void write() {
        for (int i = 0; i < CROWD; i++) {
            source.position(0).limit(Math.min(source.capacity(), EACH - written[i]));
            written[i] += senders.get(i).write(source, pair.nowNs());
        }
        most = Math.max(most, small.lentCount());
    }

    private void crowd(Counters counters) {
        TcpConnection busy = open();
        TcpConnection reader = accept();
        for (int round = 0; round < 200; round++) {
            write();
            pair.run(10 * MS);
        }
        System.out.printf(
                "of %d buffers at most %d were lent, %d now; shortages %d, dropped in order %d, pruned %d%n",
                small.usable(),
                most,
                small.lentCount(),
                counters.get(Counter.TCP_MEMORY_SHORTAGES),
                counters.get(Counter.DROP_TCP_RECEIVE_QUEUE_FULL),
                counters.get(Counter.DROP_TCP_OUT_OF_ORDER_PRUNED));
        assertThat(counters.get(Counter.TCP_MEMORY_SHORTAGES)).isPositive();
        assertThat(most).as("buffers lent at once").isBetween(small.usable() / 2, small.usable() * 31 / 32);
        transfer(busy, reader);
    }

    /** One that reads gets its stream meanwhile. */
    private void transfer(TcpConnection busy, TcpConnection reader) {
        long beginNs = pair.nowNs();
        int received = 0;
        int sent = 0;
        while (received < MEGABYTE) {
            assertThat(pair.nowNs() - beginNs).as("received %d", received).isLessThan(60 * SECOND);
            source.position(0).limit(Math.min(source.capacity(), MEGABYTE - sent));
            sent += busy.write(source, pair.nowNs());
            pair.run(MS);
            received += Math.max(0, reader.read(sink.clear(), pair.nowNs()));
        }
        System.out.printf("the reader had its megabyte after %d ms%n", (pair.nowNs() - beginNs) / MS);
    }

    /** They read after all: everybody gets everything. */
    private void readAll() {
        long total = 0;
        long deadlineNs = pair.nowNs() + 1_000 * SECOND;
        while (total < (long) CROWD * EACH) {
            assertThat(pair.nowNs()).as("received %d", total).isLessThan(deadlineNs);
            write();
            for (TcpConnection c : receivers) {
                total += Math.max(0, c.read(sink.clear(), pair.nowNs()));
            }
            pair.run(20 * MS);
        }
        client.abortAll(TcpError.ABORTED, pair.nowNs());
        server.abortAll(TcpError.ABORTED, pair.nowNs());
        pair.settle();
        assertThat(pair.a().pool().lentCount()).isZero();
        assertThat(pair.b().pool().lentCount()).isZero();
    }

    @Test
    void receiversThatDoNotReadStarveNobodyAndNothingIsLeftBehind() {
        begin(64, 4, Settings.defaults());
        small = pair.b().pool();
        crowd(pair.b().counters());
        readAll();
    }

    @Test
    void sendersWhosePeersDoNotReadStarveNobodyAndNothingIsLeftBehind() {
        begin(4, 64, Settings.of(Map.of("tcp.receive-buffer", "8k")));
        small = pair.a().pool();
        crowd(pair.a().counters());
        readAll();
    }
}
