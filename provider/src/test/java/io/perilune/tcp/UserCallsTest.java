package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.ip.Addresses;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import io.perilune.sim.SimPair;
import io.perilune.sim.SimTcp;
import io.perilune.tcp.SegmentArrivesSynchronizedTest.In;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The user's calls in each state (RFC 9293 §3.10.1 to §3.10.6) and what §3.9.1 asks of them. */
class UserCallsTest {

    private static final long ANY = Addresses.mappedLow(0);
    private static final long PEER = Addresses.mappedLow(TcpScript.PEER);

    private static TcpScript synReceived() {
        TcpScript t = new TcpScript();
        t.openActively();
        t.inject(seg("S").mss(1460)).skip();
        assertThat(t.connection.state()).isEqualTo(TcpState.SYN_RECEIVED);
        return t;
    }

    @Nested
    class Open {
        final TcpScript t = new TcpScript();

        @Test
        @Rfc(number = 9293, section = "3.10.1", label = "3.10.1/1")
        void anActiveOneSendsTheSynAndSetsTheVariables() {
            Sent syn = t.openActively();
            assertThat(syn.flags).isEqualTo("S");
            assertThat(t.connection.iss).isEqualTo(syn.seq);
            assertThat(t.connection.sndUna).isEqualTo(syn.seq);
            assertThat(t.connection.sndNxt).isEqualTo(syn.seq + 1);
            assertThat(t.connection.state()).isEqualTo(TcpState.SYN_SENT);
        }

        @Test
        @Rfc(number = 9293, section = "3.10.1", label = "3.10.1/2")
        void aSecondOneOfTheSameSocketsIsAnError() {
            t.openActively();
            TcpConnection second =
                    t.tcp.connect(0, 0, t.connection.localPort(), 0, PEER, TcpScript.PEER_PORT, t.options, t, t.nowNs);
            assertThat(second.error()).isEqualTo(TcpError.ADDRESS_IN_USE);
            t.silence();
            assertThat(t.connection.state()).isEqualTo(TcpState.SYN_SENT);
        }

        @Test
        @Rfc(number = 9293, section = "3.9.1.1", label = "MUST-41")
        void aPassiveOneLeavesConnectionsAlone() {
            t.options.reuseAddress = true;
            t.listen(5).accepted(seg("S").mss(1460));
            t.listener.close(t.nowNs);
            assertThat(t.tcp.bind(0, ANY, TcpScript.HOST_PORT, true, false)).isEqualTo(TcpScript.HOST_PORT);
            TcpListener again = t.tcp.listen(0, ANY, TcpScript.HOST_PORT, 5, t.options, l -> {});
            assertThat(again).isNotNull();
            assertThat(t.tcp.listen(0, ANY, TcpScript.HOST_PORT, 5, t.options, l -> {}))
                    .isNull();
            t.inject(data(10, 1, 1));
            assertThat(t.read(20, 1)).isEqualTo(10);
            assertThat(again.acceptableCount()).isZero();
        }

        @Test
        @Rfc(number = 9293, section = "3.9.1.1", label = "MUST-42")
        void aPassiveOneIsPossibleOnThePortOfAConnectionThatIsBeingOpened() {
            t.options.reuseAddress = true;
            assertThat(t.tcp.bind(0, ANY, 6000, true, false)).isEqualTo(6000);
            TcpConnection opening = t.tcp.connect(0, 0, 6000, 0, PEER, 9, t.options, t, t.nowNs);
            assertThat(opening.state()).isEqualTo(TcpState.SYN_SENT);
            assertThat(t.tcp.bind(0, ANY, 6000, true, false)).isEqualTo(6000);
            TcpListener listener = t.tcp.listen(0, ANY, 6000, 5, t.options, l -> {});
            assertThat(listener).isNotNull();
            t.skip();
            t.hostPort = 6000;
            t.inject(seg("S").mss(1460));
            assertThat(t.next().flags).isEqualTo("SA");
            // Now one is in SYN-RECEIVED: a listener on an address of its own is possible as well.
            assertThat(opening.state()).isEqualTo(TcpState.SYN_SENT);
            assertThat(t.tcp.connectionCount()).isEqualTo(2);
        }

        @Test
        @Rfc(number = 9293, section = "3.9.1.1", label = "MUST-43")
        void theLocalAddressCanBeNamed() {
            int other = TcpScript.HOST + 7;
            t.connection = t.tcp.connect(
                    0, Addresses.mappedLow(other), 0, 0, PEER, TcpScript.PEER_PORT, t.options, t, t.nowNs);
            assertThat(t.next().source).isEqualTo(other);
        }

        @Test
        @Rfc(
                number = 9293,
                section = "3.9.1.1",
                label = {"MUST-44", "MUST-45"})
        void otherwiseIpChoosesItOnceForAllSegments() {
            Sent syn = t.openActively();
            assertThat(syn.source).isEqualTo(TcpScript.HOST);
            t.sourceAddress = TcpScript.HOST + 7;
            t.advance(1_010);
            assertThat(t.next().source).isEqualTo(TcpScript.HOST);
            t.inject(seg("SA").ack(1).mss(1460));
            t.write(10);
            t.connection.abort(t.nowNs);
            int segments = 0;
            while (t.hasSent()) {
                assertThat(t.next().source).isEqualTo(TcpScript.HOST);
                segments++;
            }
            assertThat(segments).isEqualTo(3);
        }

        @ParameterizedTest
        @ValueSource(ints = {0xFFFF_FFFF, 0xC612_00FF, 0xC612_0000, 0xE000_0001, 0xEFFF_FFFF, 0xF000_0001, 0})
        @Rfc(number = 9293, section = "3.9.1.1", label = "MUST-46")
        void anAddressThatNobodyCanHaveIsAnError(int remote) {
            SimPair pair = new SimPair(1);
            Tcp tcp = SimTcp.attach(pair.a(), io.perilune.config.Settings.defaults(), 1);
            TcpConnection c = tcp.connect(0, 0, 0, 0, Addresses.mappedLow(remote), 80, t.options, null, pair.nowNs());
            assertThat(c.state()).isEqualTo(TcpState.CLOSED);
            assertThat(c.error()).isEqualTo(TcpError.NET_UNREACHABLE);
            assertThat(tcp.connectionCount()).isZero();
        }
    }

    /** RFC 9293, appendix A.2: a socket that is connected to itself opens, talks and closes as two that open at once. */
    @Test
    @Rfc(number = 9293, section = "3.5", label = "MUST-10")
    void aSocketCanConnectToItself() {
        SimPair pair = new SimPair(1);
        Tcp tcp = SimTcp.attach(pair.a(), io.perilune.config.Settings.defaults(), 1);
        long own = Addresses.mappedLow(SimPair.ADDRESS_A);
        assertThat(tcp.bind(0, own, 5000, false, false)).isEqualTo(5000);
        TcpConnection c = tcp.connect(0, own, 5000, 0, own, 5000, new TcpSocketOptions(), null, pair.nowNs());
        pair.run(10_000_000);
        assertThat(c.state()).isEqualTo(TcpState.ESTABLISHED);
        assertThat(c.write(java.nio.ByteBuffer.allocate(100_000), pair.nowNs())).isEqualTo(100_000);
        pair.run(10_000_000_000L);
        assertThat(c.available()).isEqualTo(100_000);
        java.nio.ByteBuffer all = java.nio.ByteBuffer.allocate(200_000);
        assertThat(c.read(all, pair.nowNs())).isEqualTo(100_000);
        c.close(pair.nowNs());
        pair.run(61_000_000_000L);
        assertThat(tcp.connectionCount()).isZero();
        assertThat(tcp.timeWaitCount()).isZero();
        assertThat(pair.a().pool().lentCount()).isZero();
    }

    @Nested
    class Send {
        @Test
        @Rfc(number = 9293, section = "3.10.2", label = "3.10.2/1")
        void beforeTheConnectionIsEstablishedItWaits() {
            TcpScript t = new TcpScript();
            t.openActively();
            assertThat(t.write(10)).isZero();
            assertThat(t.connection.isWritable()).isFalse();
            t.inject(seg("SA").ack(1).mss(1460)).skip();
            assertThat(t.events).containsExactly("connected");
            assertThat(t.connection.isWritable()).isTrue();
            assertThat(t.write(10)).isEqualTo(10);
            t.expect("PA", 1, 1, 10);
            assertThat(synReceived().write(10)).isZero();
        }

        @ParameterizedTest
        @EnumSource(names = {"ESTABLISHED", "CLOSE_WAIT"})
        @Rfc(number = 9293, section = "3.10.2", label = "3.10.2/2")
        void itGoesOutWithTheAcknowledgment(In in) {
            TcpScript t = in.enter();
            assertThat(t.write(10)).isEqualTo(10);
            t.expect("PA", 1, in.rcvNxt, 10);
        }

        @ParameterizedTest
        @EnumSource(names = {"FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "LAST_ACK"})
        @Rfc(number = 9293, section = "3.10.2", label = "3.10.2/3")
        void afterCloseItIsAnError(In in) {
            TcpScript t = in.enter();
            assertThat(t.write(10)).isEqualTo(TcpConnection.FAILED);
            assertThat(t.connection.writeUrgent((byte) 1, t.nowNs)).isFalse();
            t.silence();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.2", label = "3.10.2/3")
        void withoutConnectionItIsAnError() {
            TcpScript t = TcpScript.established();
            t.inject(seg("R").seq(1));
            assertThat(t.write(10)).isEqualTo(TcpConnection.FAILED);
            t.silence();
        }

        @Test
        @Rfc(number = 9293, section = "3.9.1.2", label = "SHLD-27")
        void manySmallWritesMakeFullSegmentsWithOnePush() {
            TcpScript t = TcpScript.established();
            for (int i = 0; i < 300; i++) {
                t.connection.write(java.nio.ByteBuffer.allocate(10), t.nowNs);
            }
            t.tcp.flush(t.nowNs);
            t.expect("A", 1, 1, 1460);
            t.expect("A", 1461, 1, 1460);
            t.expect("PA", 2921, 1, 80);
            t.silence();
        }
    }

    @Nested
    class Receive {
        @Test
        @Rfc(number = 9293, section = "3.10.3", label = "3.10.3/1")
        void beforeTheConnectionIsEstablishedItWaits() {
            TcpScript t = new TcpScript();
            t.openActively();
            assertThat(t.read(10, 1)).isZero();
            assertThat(synReceived().read(10, 1)).isZero();
            assertThat(TcpScript.established().read(10, 1)).isZero();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.3", label = "3.10.3/2")
        void inCloseWaitItGetsWhatIsThereAndThenTheEnd() {
            TcpScript t = TcpScript.established();
            t.inject(seg("FA").seq(1).ack(1).bytes(10));
            assertThat(t.read(6, 1)).isEqualTo(6);
            assertThat(t.read(6, 7)).isEqualTo(4);
            assertThat(t.read(6, 11)).isEqualTo(TcpConnection.END_OF_STREAM);
        }

        @ParameterizedTest
        @EnumSource(names = {"CLOSING", "LAST_ACK"})
        @Rfc(number = 9293, section = "3.10.3", label = "3.10.3/3")
        void whereAllIsReadItGetsTheEnd(In in) {
            TcpScript t = in.enter();
            assertThat(t.read(10, 1)).isEqualTo(TcpConnection.END_OF_STREAM);
            t.inject(seg("A").seq(2).ack(2));
            assertThat(t.read(10, 1)).isEqualTo(TcpConnection.END_OF_STREAM);
        }
    }

    @Nested
    class Close {
        @Test
        @Rfc(number = 9293, section = "3.10.4", label = "3.10.4/1")
        void ofAListenerForgetsHalfOpenConnections() {
            TcpScript t = new TcpScript().listen(5);
            t.inject(seg("S")).skip();
            t.listener.close(t.nowNs);
            t.silence();
            t.expectNothingLeft();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.4", label = "3.10.4/3")
        void inSynReceivedSendsFinWhenTheConnectionIsEstablished() {
            TcpScript t = synReceived();
            t.connection.close(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.silence();
            t.inject(seg("A").seq(1).ack(1));
            t.expect("FA", 1, 1);
            assertThat(t.connection.state()).isEqualTo(TcpState.FIN_WAIT_1);
        }

        @ParameterizedTest
        @EnumSource(names = {"ESTABLISHED", "CLOSE_WAIT"})
        @Rfc(number = 9293, section = "3.10.4", label = "3.10.4/4")
        void sendsFinBehindAllData(In in) {
            TcpScript t = in.enter();
            t.write(20 * 1460);
            assertThat(t.skip()).isEqualTo(10);
            t.connection.close(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.silence();
            assertThat(t.connection.state()).isEqualTo(in == In.ESTABLISHED ? TcpState.FIN_WAIT_1 : TcpState.LAST_ACK);
            t.inject(seg("A").seq(in.rcvNxt).ack(1 + 10 * 1460));
            Sent last = null;
            int acknowledged = 1 + 10 * 1460;
            while (t.hasSent()) {
                last = t.next();
                acknowledged += last.data.length;
                t.inject(seg("A").seq(in.rcvNxt).ack(acknowledged));
            }
            assertThat(last.flags).isEqualTo("FPA");
            assertThat(acknowledged).isEqualTo(1 + 20 * 1460);
        }

        @ParameterizedTest
        @EnumSource(names = {"FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "LAST_ACK"})
        @Rfc(number = 9293, section = "3.10.4", label = "3.10.4/5")
        void aSecondOneSendsNoSecondFin(In in) {
            TcpScript t = in.enter();
            t.connection.shutdownOutput(t.nowNs);
            t.connection.close(t.nowNs);
            t.connection.close(t.nowNs);
            t.tcp.flush(t.nowNs);
            t.silence();
            in.check(t);
            assertThat(t.connection.sndNxt).isEqualTo(t.mine(2));
        }
    }

    @Nested
    class Abort {
        @Test
        @Rfc(number = 9293, section = "3.10.5", label = "3.10.5/1")
        void inSynSentSendsNothing() {
            TcpScript t = new TcpScript();
            t.openActively();
            t.connection.abort(t.nowNs);
            t.silence();
            t.expectNothingLeft();
        }

        @ParameterizedTest
        @EnumSource(names = {"ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT"})
        @Rfc(number = 9293, section = "3.10.5", label = "3.10.5/2")
        void sendsAResetWithTheNextNumberAndDropsAllQueues(In in) {
            TcpScript t = in.enter();
            if (in == In.ESTABLISHED) {
                t.write(20 * 1460);
                t.inject(data(10, 1, 1)).inject(data(10, 100, 1));
                t.skip();
                t.connection.abort(t.nowNs);
                t.expect("RA", 1 + 10 * 1460, 11);
            } else {
                t.connection.abort(t.nowNs);
                t.expect("RA", in.sndNxt, in.rcvNxt);
            }
            t.silence();
            t.expectNothingLeft();
        }

        /** A driver that is wanted by others sends what several calls have made due at once; the order stays. */
        @Test
        void whatEarlierCallsHaveMadeDueLeavesBeforeTheReset() {
            TcpScript t = In.ESTABLISHED.enter();
            t.inject(data(10, 1, 1));
            t.skip();
            t.connection.write(ByteBuffer.allocate(100), t.nowNs);
            t.connection.shutdownOutput(t.nowNs);
            t.connection.close(t.nowNs); // with unread data
            t.tcp.flush(t.nowNs);
            Sent last = t.next();
            assertThat(last.data).hasSize(100);
            assertThat(last.flags).contains("F");
            t.expect("RA", 102, 11);
            t.expectNothingLeft();
        }

        @Test
        @Rfc(number = 9293, section = "3.10.5", label = "3.10.5/2")
        void inSynReceivedSendsAReset() {
            TcpScript t = synReceived();
            t.connection.abort(t.nowNs);
            t.expect("RA", 1, 1);
            t.expectNothingLeft();
        }

        @ParameterizedTest
        @EnumSource(names = {"CLOSING", "LAST_ACK"})
        @Rfc(number = 9293, section = "3.10.5", label = "3.10.5/3")
        void afterBothSidesClosedLeavesNothing(In in) {
            TcpScript t = in.enter();
            t.connection.abort(t.nowNs);
            assertThat(t.connection.state()).isEqualTo(TcpState.CLOSED);
            t.expectNothingLeft();
        }
    }

    @Nested
    class Status {
        @ParameterizedTest
        @EnumSource
        @Rfc(number = 9293, section = "3.10.6", label = "3.10.6/1")
        void tellsTheStateAndTheSockets(In in) {
            TcpConnection c = in.enter().connection;
            assertThat(c.state()).isEqualTo(in.state);
            assertThat(c.remoteLow()).isEqualTo(PEER);
            assertThat(c.remotePort()).isEqualTo(TcpScript.PEER_PORT);
            assertThat(c.localLow()).isEqualTo(Addresses.mappedLow(TcpScript.HOST));
            assertThat(c.localPort()).isBetween(32_768, 60_999);
            assertThat(c.error()).isEqualTo(TcpError.NONE);
        }
    }

    @Nested
    class Diffserv {
        @Test
        @Rfc(
                number = 9293,
                section = "3.9.1.9",
                label = {"MUST-48", "SHLD-21", "SHLD-22"})
        void theFieldIsThatOfTheApplicationAndMayChange() {
            TcpScript t = new TcpScript();
            t.options.trafficClass = 0xB8;
            assertThat(t.openActively().trafficClass).isEqualTo(0xB8);
            t.inject(seg("SA").ack(1).mss(1460));
            assertThat(t.next().trafficClass).isEqualTo(0xB8);
            t.options.trafficClass = 0x28;
            t.connection.applyOptions(t.nowNs);
            t.write(10);
            assertThat(t.next().trafficClass).isEqualTo(0x28);
            t.connection.abort(t.nowNs);
            assertThat(t.next().trafficClass).isEqualTo(0x28);
        }
    }
}
