package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.config.Settings;
import io.perilune.ip.Addresses;
import io.perilune.sim.SimPair;
import io.perilune.sim.SimTcp;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * An hour in which peers send faster than the application reads: some connections are read slowly, one lends what it has
 * received and is slow to give back, one is not read at all for most of the hour. Memory stays bounded, every byte is the
 * right one, and a connection that is read promptly does not suffer.
 */
class FastPeerTest {

    private static final long MS = 1_000_000L;
    private static final long STEP = 10 * MS;
    private static final int STEPS_OF_AN_HOUR = 360_000;
    private static final int PORT = 7777;
    private static final int SLOW_READERS = 3;
    /** What a slow reader reads in one step: 100 kB/s. */
    private static final int SLOW_BYTES = 1_000;
    /** Loans that the holder has at a time. */
    private static final int HELD_MOST = 300;
    /** Steps between two loans that it gives back. */
    private static final int HOLD_STEPS = 5;
    /** Steps between two messages on the connection that is read promptly. */
    private static final int MESSAGE_STEPS = 10;

    private static final int MESSAGE = 64;
    /** A stream's byte is its place modulo this. */
    private static final int PERIOD = 251;

    private static final byte[] PATTERN = new byte[300 * PERIOD];

    static {
        for (int i = 0; i < PATTERN.length; i++) {
            PATTERN[i] = (byte) (i % PERIOD);
        }
    }

    /** One connection, and how many bytes went in and came out. */
    private final class Flow {
        private final TcpConnection sender = connect();
        private final TcpConnection receiver = accept();
        private final Deque<Loan> held = new ArrayDeque<>();
        private long written;
        private long received;

        void write(int most) {
            int begin = (int) (written % PERIOD);
            int count = sender.write(ByteBuffer.wrap(PATTERN, begin, most), pair.nowNs());
            assertThat(count).isNotNegative();
            written += count;
        }

        int read(int most) {
            ByteBuffer destination = sink.clear().limit(most);
            int count = receiver.read(destination, pair.nowNs());
            assertThat(count).isNotNegative();
            check(destination.flip());
            return count;
        }

        /** Takes all there is as it lies, as far as it may hold that. */
        void hold() {
            Loan loan = new Loan();
            while (held.size() < HELD_MOST && receiver.take(loan, pair.nowNs()) > 0) {
                check(loan.bytes()
                        .duplicate()
                        .limit(loan.offset() + loan.length())
                        .position(loan.offset()));
                held.add(loan);
                loan = new Loan();
            }
        }

        void giveBackOldest() {
            if (!held.isEmpty()) {
                receiving.giveBack(held.remove(), pair.nowNs());
            }
        }

        private void check(ByteBuffer bytes) {
            int begin = (int) (received % PERIOD);
            assertThat(bytes.mismatch(ByteBuffer.wrap(PATTERN, begin, bytes.remaining())))
                    .as("the first wrong byte behind %d", received)
                    .isEqualTo(-1);
            received += bytes.remaining();
        }
    }

    private final SimPair pair = new SimPair(1);
    private final Tcp sending = SimTcp.attach(pair.a(), Settings.defaults(), 1);
    private final Tcp receiving = SimTcp.attach(pair.b(), Settings.defaults(), 2);
    private final TcpListener listener = listen();
    private final ByteBuffer sink = ByteBuffer.allocate(64_000);
    private int mostLent;
    private int mostLentOfSender;

    private TcpListener listen() {
        long any = Addresses.mappedLow(0);
        assertThat(receiving.bind(0, any, PORT, true, false)).isEqualTo(PORT);
        return receiving.listen(0, any, PORT, 100, new TcpSocketOptions(), l -> {});
    }

    private TcpConnection connect() {
        TcpSocketOptions options = new TcpSocketOptions();
        options.noDelay = true;
        return sending.connect(0, 0, 0, 0, Addresses.mappedLow(SimPair.ADDRESS_B), PORT, options, null, pair.nowNs());
    }

    private TcpConnection accept() {
        pair.run(MS);
        TcpConnection c = listener.accept();
        assertThat(c).isNotNull();
        return c;
    }

    private void step() {
        pair.run(STEP);
        mostLent = Math.max(mostLent, pair.b().pool().lentCount());
        mostLentOfSender = Math.max(mostLentOfSender, pair.a().pool().lentCount());
    }

    @Test
    void anHourOfFastPeersAndSlowReadersIsBorneWithBoundedMemory() {
        List<Flow> slow = new ArrayList<>();
        for (int i = 0; i < SLOW_READERS; i++) {
            slow.add(new Flow());
        }
        Flow holder = new Flow();
        Flow unread = new Flow();
        Flow prompt = new Flow();
        for (int step = 0; step < STEPS_OF_AN_HOUR; step++) {
            for (Flow flow : slow) {
                flow.write(16_000);
                flow.read(SLOW_BYTES);
            }
            holder.write(16_000);
            holder.hold();
            if (step % HOLD_STEPS == 0) {
                holder.giveBackOldest();
            }
            unread.write(16_000);
            if (step > STEPS_OF_AN_HOUR * 9 / 10) {
                unread.read(SLOW_BYTES);
            }
            if (step % MESSAGE_STEPS == 0) {
                assertThat(prompt.read(MESSAGE))
                        .as("message before step %d", step)
                        .isEqualTo(step == 0 ? 0 : MESSAGE);
                prompt.write(MESSAGE);
            }
            step();
        }
        for (Flow flow : slow) {
            assertThat(flow.received).isGreaterThan((long) STEPS_OF_AN_HOUR * SLOW_BYTES * 9 / 10);
        }
        assertThat(holder.received).isGreaterThan(STEPS_OF_AN_HOUR / HOLD_STEPS * 1_000L);
        assertThat(unread.received).isGreaterThan(STEPS_OF_AN_HOUR / 10 * SLOW_BYTES * 8L / 10);
        System.out.printf(
                "in an hour at most %d of %d buffers were lent where was read, %d of %d where was sent%n",
                mostLent,
                pair.b().pool().usable(),
                mostLentOfSender,
                pair.a().pool().usable());
        assertThat(mostLent).isLessThan(pair.b().pool().usable() * 3 / 4);
        end(slow, holder, unread, prompt);
    }

    /** Nobody holds anything once the connections are gone. */
    private void end(List<Flow> slow, Flow... others) {
        List<Flow> all = new ArrayList<>(slow);
        all.addAll(List.of(others));
        for (Flow flow : all) {
            while (!flow.held.isEmpty()) {
                flow.giveBackOldest();
            }
            flow.sender.abort(pair.nowNs());
        }
        step();
        for (Flow flow : all) {
            flow.receiver.close(pair.nowNs());
        }
        step();
        assertThat(receiving.lentCount()).isZero();
        assertThat(pair.b().pool().lentCount()).isZero();
        assertThat(pair.a().pool().lentCount()).isZero();
    }
}
