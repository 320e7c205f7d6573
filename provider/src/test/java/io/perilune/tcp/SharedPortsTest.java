package io.perilune.tcp;

import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.ip.Addresses;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may have a port beside others, as on Linux (socket(7), SO_REUSEADDR and SO_REUSEPORT). */
class SharedPortsTest {

    private static final long ANY = Addresses.mappedLow(0);
    private static final long HOST = Addresses.mappedLow(TcpScript.HOST);
    private static final int PORT = 6000;
    private static final int FLOWS = 64;

    private final TcpScript t = new TcpScript();

    @ParameterizedTest
    @CsvSource({
        "false, false, false, false, false",
        "true, false, false, false, false",
        "true, false, true, false, true",
        "false, true, false, true, true",
        "false, true, true, false, false",
        "true, true, false, true, true",
        "true, true, true, false, true"
    })
    void twoReservationsStandBesideEachOtherIfBothWantTheSame(
            boolean address1, boolean port1, boolean address2, boolean port2, boolean possible) {
        assertThat(t.tcp.bind(0, ANY, PORT, address1, port1)).isEqualTo(PORT);
        assertThat(t.tcp.bind(0, HOST, PORT, address2, port2) != 0).isEqualTo(possible);
        assertThat(t.tcp.bind(0, HOST + 1, PORT, false, false)).isZero();
        t.tcp.unbind(0, ANY, PORT, address1, port1);
        assertThat(t.tcp.bind(0, HOST + 1, PORT, false, false))
                .as("the one on the wildcard is gone")
                .isEqualTo(PORT);
    }

    @Test
    void whoReusesTheAddressAloneSharesNoPortOnWhichOneListens() {
        t.options.reuseAddress = true;
        assertThat(t.tcp.bind(0, ANY, PORT, true, false)).isEqualTo(PORT);
        assertThat(t.tcp.bind(0, HOST, PORT, true, false)).isEqualTo(PORT);
        assertThat(t.tcp.listen(0, ANY, PORT, 5, t.options, l -> {})).isNotNull();
        assertThat(t.tcp.listen(0, HOST, PORT, 5, t.options, l -> {})).isNull();
        assertThat(t.tcp.bind(0, HOST, PORT, true, false)).isZero();
    }

    @Test
    void theReservationOfOneIsNotGivenBackForAnother() {
        assertThat(t.tcp.bind(0, ANY, PORT, true, false)).isEqualTo(PORT);
        assertThat(t.tcp.bind(0, ANY, PORT, true, true)).isEqualTo(PORT);
        t.tcp.unbind(0, ANY, PORT, true, false);
        assertThat(t.tcp.bind(0, ANY, PORT, false, true))
                .as("beside the one that is left")
                .isEqualTo(PORT);
    }

    @Test
    void flowsAreSharedAndEachStaysWithItsListener() {
        TcpListener[] listeners = new TcpListener[3];
        t.options.reusePort = true;
        for (int i = 0; i < listeners.length; i++) {
            assertThat(t.tcp.bind(0, ANY, TcpScript.HOST_PORT, false, true)).isEqualTo(TcpScript.HOST_PORT);
            listeners[i] = t.tcp.listen(0, ANY, TcpScript.HOST_PORT, FLOWS, t.options, l -> {});
            assertThat(listeners[i]).isNotNull();
        }
        handshakes(1_000);
        int sum = 0;
        for (TcpListener listener : listeners) {
            assertThat(listener.acceptableCount()).isBetween(FLOWS / 10, FLOWS * 6 / 10);
            sum += listener.acceptableCount();
        }
        assertThat(sum).isEqualTo(FLOWS);
        int ofOthers = listeners[0].acceptableCount() + listeners[2].acceptableCount();
        listeners[1].close(t.nowNs);
        t.skip();
        assertThat(listeners[0].acceptableCount() + listeners[2].acceptableCount())
                .as("those of the closed one are reset, not handed on")
                .isEqualTo(ofOthers);
        handshakes(3_000);
        assertThat(listeners[0].acceptableCount() + listeners[2].acceptableCount())
                .isEqualTo(ofOthers + FLOWS);
    }

    private void handshakes(int firstPort) {
        for (int i = 0; i < FLOWS; i++) {
            t.peerPort = firstPort + i;
            t.handshake(seg("S").mss(1460));
        }
    }

    @Test
    void aConnectionInTimeWaitHoldsItsPort() {
        TcpScript u = new TcpScript();
        u.options.reuseAddress = true;
        u.listen(5).accepted(seg("S").mss(1460));
        u.listener.close(u.nowNs);
        u.connection.close(u.nowNs);
        u.tcp.flush(u.nowNs);
        u.skip();
        u.inject(seg("FA").seq(1).ack(2));
        assertThat(u.tcp.timeWaitCount()).isOne();
        assertThat(u.tcp.bind(0, ANY, TcpScript.HOST_PORT, false, false)).isZero();
        assertThat(u.tcp.bind(0, HOST + 1, TcpScript.HOST_PORT, false, false))
                .as("another address")
                .isEqualTo(TcpScript.HOST_PORT);
        assertThat(u.tcp.bind(0, HOST, TcpScript.HOST_PORT, true, false)).isEqualTo(TcpScript.HOST_PORT);
        u.tcp.unbind(0, HOST, TcpScript.HOST_PORT, true, false);
        u.advance(61_000);
        assertThat(u.tcp.bind(0, HOST, TcpScript.HOST_PORT, false, false)).isEqualTo(TcpScript.HOST_PORT);
    }
}
