package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Test;

/** What options of sockets do on the wire, where no other test has it for its subject. */
class SocketOptionsTest {

    private static final int MSS = 1460;

    private final TcpScript t = new TcpScript();

    private void connect() {
        t.connect(seg("SA").ack(1).mss(MSS).window(60_000));
    }

    @Test
    void noMoreThanTheSendBufferIsInFlight() {
        t.options.sendBuffer = 5 * MSS;
        connect();
        int taken = t.write(60_000);
        assertThat(taken).isEqualTo(5 * MSS);
        assertThat(t.skip()).isEqualTo(5);
        t.inject(seg("A").seq(1).ack(1 + 2 * MSS).window(60_000));
        assertThat(t.write(60_000)).isEqualTo(2 * MSS);
        assertThat(t.skip()).isEqualTo(2);
    }

    @Test
    void theReceiveBufferIsTheWindow() {
        t.options.receiveBuffer = 10 * MSS;
        Sent syn = t.openActively();
        assertThat(syn.window).isEqualTo(10 * MSS);
        t.inject(seg("SA").ack(1).mss(MSS).window(60_000));
        assertThat(t.next().window << Math.max(0, t.connection.rcvScale)).isEqualTo(10 * MSS);
        for (int i = 0; i < 10; i++) {
            t.inject(data(MSS, 1 + (long) i * MSS, 1));
        }
        t.advance(50);
        t.skip();
        t.inject(data(1, 1 + 10L * MSS, 1)); // a probe
        assertThat(t.next().window).isZero();
        assertThat(t.connection.available()).isEqualTo(10 * MSS);
    }

    @Test
    void quickAcknowledgmentsWaitForNoSecondSegment() {
        t.options.quickAck = true;
        connect();
        long seq = 1;
        for (int i = 0; i < 200; i++) {
            t.inject(data(100, seq, 1));
            seq += 100;
            t.expect("A", 1, seq);
        }
        t.options.quickAck = false;
        t.connection.applyOptions(t.nowNs);
        for (int i = 0; i < 100; i++) {
            t.inject(data(100, seq, 1));
            seq += 100;
            t.skip();
        }
        t.advance(50);
        t.skip();
        t.inject(data(100, seq, 1)).silence();
    }
}
