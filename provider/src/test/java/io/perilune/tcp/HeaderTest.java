package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.ip.Addresses;
import io.perilune.link.Burst;
import io.perilune.memory.PacketBuffer;
import io.perilune.packet.Seg;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The header, its options and the sizes that follow from them (RFC 9293 §3.1, §3.2, §3.4.1, §3.7.1). */
class HeaderTest {

    @ParameterizedTest
    @ValueSource(ints = {0x7FFF, 0x8000, 0xFFFF})
    @Rfc(number = 9293, section = "3.1", label = "MUST-1")
    void aLargeWindowIsNoNegativeOne(int window) {
        TcpScript t = new TcpScript().connect(seg("SA").ack(1).mss(1460).window(window));
        assertThat(t.connection.sndWnd).isEqualTo(window);
        t.write(10 * 1460);
        assertThat(t.skip()).isEqualTo(10);
    }

    @Test
    @Rfc(number = 9293, section = "3.1", label = "REC-1")
    void theLargestWindowOfAllIsHeld() {
        TcpScript t = new TcpScript().connect(seg("SA").ack(1).mss(1460).scale(14));
        t.inject(seg("A").seq(1).ack(1).window(65_535));
        assertThat(t.connection.sndWnd).isEqualTo(65_535 << 14).isPositive();
        t.write(10 * 1460);
        assertThat(t.skip()).isEqualTo(10);
    }

    /** Each of the kinds of segment that there are, of a peer that offers all options. */
    private static List<Sent> everyKindOfSegment() {
        List<Sent> all = new ArrayList<>();
        TcpScript t = new TcpScript();
        all.add(t.openActively());
        t.inject(seg("SA").ack(1).mss(1460).scale(3).sackPermitted().timestamps(5, 0));
        all.add(t.next());
        t.write(1501);
        t.inject(data(10, 100, 1).timestamps(5, 0));
        t.inject(seg("A").seq(1).ack(1502).window(0).timestamps(5, 0));
        t.write(10);
        t.advance(500);
        t.inject(seg("A").seq(1).ack(1502).timestamps(5, 0));
        t.connection.writeUrgent((byte) 1, t.nowNs);
        t.connection.shutdownOutput(t.nowNs);
        t.tcp.flush(t.nowNs);
        t.connection.abort(t.nowNs);
        drain(t, all);
        t = new TcpScript().listen(5);
        t.inject(seg("S").mss(1460).scale(3).sackPermitted().timestamps(5, 0));
        t.inject(seg("A").seq(-9).ack(3));
        t.advance(200).inject(seg("R").seq(5));
        drain(t, all);
        t = new TcpScript();
        t.inject(seg("A").ack(7)).inject(seg("S"));
        drain(t, all);
        assertThat(all.stream().map(s -> s.flags).distinct())
                .contains("S", "A", "PA", "SA", "RA", "R")
                .anyMatch(flags -> flags.contains("U"))
                .anyMatch(flags -> flags.contains("F"));
        return all;
    }

    private static void drain(TcpScript t, List<Sent> all) {
        while (t.hasSent()) {
            all.add(t.next());
        }
    }

    @Test
    @Rfc(number = 9293, section = "3.1", label = "MUST-2")
    void everySegmentSentHasARightChecksum() {
        assertThat(everyKindOfSegment()).allMatch(s -> s.checksumGood);
    }

    @Test
    @Rfc(
            number = 9293,
            section = "3.1",
            label = {"MUST-68", "MUST-69"})
    void theOptionsOfEverySegmentFillTheHeaderWithoutAnEnd() {
        // The kit's own parser walks by the lengths and knows neither an end nor an unknown option.
        assertThat(everyKindOfSegment()).allMatch(s -> s.optionsFillHeader);
    }

    @Test
    @Rfc(number = 9293, section = "3.2", label = "MUST-65")
    void onlySynsBearMss() {
        assertThat(everyKindOfSegment()).allMatch(s -> s.flags.contains("S") == (s.mss != 0));
    }

    @Test
    @Rfc(number = 2018, section = "2", label = "2/1")
    @Rfc(number = 7323, section = "2.2", label = "2.2/1")
    void onlySynsAgreeOnOptions() {
        assertThat(everyKindOfSegment())
                .filteredOn(s -> !s.flags.contains("S"))
                .isNotEmpty()
                .noneMatch(s -> s.sackPermitted || s.scale >= 0);
    }

    @Test
    @Rfc(number = 9293, section = "3.1", label = "MUST-4")
    void endAndNoOperationAndMssAreUnderstood() {
        assertThat(sendMssOf(seg("S").options(1, 1, 2, 4, 3, 232, 0, 0))).isEqualTo(1000);
        assertThat(sendMssOf(seg("S").options(0, 2, 4, 3, 232, 0, 0, 0))).isEqualTo(536);
    }

    @Test
    @Rfc(number = 9293, section = "3.2", label = "MUST-64")
    void optionsBeginAnywhere() {
        for (int nops = 0; nops < 5; nops++) {
            int[] octets = new int[8 + nops];
            java.util.Arrays.fill(octets, 1);
            System.arraycopy(new int[] {2, 4, 3, 232}, 0, octets, nops, 4);
            assertThat(sendMssOf(seg("S").options(octets))).isEqualTo(1000);
        }
    }

    private static int sendMssOf(Seg syn) {
        return new TcpScript().listen(5).accepted(syn).connection.sndMss;
    }

    @Test
    @Rfc(
            number = 9293,
            section = "3.1",
            label = {"MUST-5", "MUST-6"})
    void optionsAreTakenInEverySegment() {
        TcpScript t = new TcpScript();
        Sent syn = t.openActively();
        t.inject(seg("SA").ack(1).mss(1460).timestamps(5, syn.tsVal).options(253, 4, 0, 0))
                .skip();
        t.inject(data(10, 1, 1).options(253, 3, 7).timestamps(6, 0));
        assertThat(t.next().tsEcr).isEqualTo(6);
        t.inject(seg("FA").seq(11).ack(1).timestamps(7, 0).options(254, 6, 1, 2, 3, 4));
        assertThat(t.next().tsEcr).isEqualTo(7);
        t.inject(seg("RA").seq(12).ack(1).options(77, 2));
        assertThat(t.connection.state()).isEqualTo(TcpState.CLOSED);
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "5", "40", "255"})
    @Rfc(number = 9293, section = "3.1", label = "MUST-7")
    void anImpossibleLengthEndsTheOptionsOfAnySegment(int length) {
        TcpScript t = TcpScript.established();
        t.inject(data(10, 1, 1).options(99, length, 2, 2));
        assertThat(t.connection.available()).isEqualTo(10);
        t.inject(data(10, 11, 1).options(1, 1, 1, 99));
        assertThat(t.connection.available()).isEqualTo(20);
    }

    @Test
    @Rfc(number = 9293, section = "3.4.1", label = "MUST-9")
    @Rfc(number = 6528, section = "3", label = "3/2")
    void withoutTheSecretTheInitialNumberIsNotKnown() {
        byte[] secret = new byte[32];
        new SplittableRandom(7).nextBytes(secret);
        TcpScript t = TcpScript.established();
        int known = new IsnGenerator(secret).initialSequence(t.connection, 0);
        assertThat(new IsnGenerator(secret).initialSequence(t.connection, 0)).isEqualTo(known);
        for (int bit = 0; bit < 128; bit++) {
            secret[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(new IsnGenerator(secret).initialSequence(t.connection, 0))
                    .isNotEqualTo(known);
            secret[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {576, 1280, 1500, 9000})
    @Rfc(
            number = 9293,
            section = "3.7.1",
            label = {"MUST-67", "SHLD-5"})
    void theMssToldIsTheMtuWithoutHeaders(int mtu) {
        TcpScript t = new TcpScript();
        t.mtu = mtu;
        assertThat(t.openActively().mss).isEqualTo(mtu - 40);
        TcpScript u = new TcpScript().listen(1);
        u.mtu = mtu;
        u.inject(seg("S"));
        assertThat(u.next().mss).isEqualTo(mtu - 40);
    }

    @ParameterizedTest
    @CsvSource({"1460,1500,1460", "9000,1500,1460", "1460,1000,960", "700,1500,700", "0,1500,536", "0,576,536"})
    @Rfc(
            number = 9293,
            section = "3.7.1",
            label = {"MUST-14", "MUST-16"})
    void aSegmentIsNoLargerThanBothSidesAllow(int peerMss, int mtu, int expected) {
        TcpScript t = new TcpScript();
        t.mtu = mtu;
        t.connect(peerMss == 0 ? seg("SA").ack(1) : seg("SA").ack(1).mss(peerMss));
        t.write(3 * 1460);
        t.expect("A", 1, 1, expected);
        TcpScript u = new TcpScript();
        u.mtu = mtu;
        u.openActively();
        u.inject((peerMss == 0 ? seg("SA").ack(1) : seg("SA").ack(1).mss(peerMss)).timestamps(1, 0));
        u.expect("A", 1, 1);
        u.write(3 * 1460);
        u.expect("A", 1, 1, expected - 12);
    }

    @Test
    @Rfc(number = 9293, section = "3.7.1", label = "MUST-15")
    void aPeerWithoutMssGets1220OverIpv6() {
        TcpScript t = new TcpScript();
        long high = 0xFD00_7065_0000_0000L;
        TcpConnection c = t.tcp.connect(high, 1, 0, high, 2, 80, t.options, t, t.nowNs);
        PacketBuffer synAck = t.pool.allocate();
        ByteBuffer header = ByteBuffer.allocate(20);
        header.putShort((short) 80).putShort((short) c.localPort());
        header.putInt(5000).putInt(c.iss + 1).putInt(0x5012_FFFF).putInt(0);
        synAck.bytes().put(synAck.append(20), header.array());
        t.tcp.receive(synAck, high, 2, high, 1, 0, Burst.L4_CHECKSUM_GOOD, t.nowNs);
        assertThat(c.state()).isEqualTo(TcpState.ESTABLISHED);
        assertThat(c.sndMss).isEqualTo(1220);
        assertThat(Addresses.isMapped(high, 1)).isFalse();
    }

    @Test
    @Rfc(number = 9293, section = "A.1", label = "A.1/1")
    void thePrecedenceOfReceivedSegmentsPlaysNoRole() {
        TcpScript t = new TcpScript();
        t.options.trafficClass = 0x10;
        t.openActively();
        t.trafficClassOfPeer = 0xC0;
        t.inject(seg("SA").ack(1).mss(1460)).skip();
        t.trafficClassOfPeer = 0x20;
        t.inject(data(10, 1, 1));
        assertThat(t.connection.available()).isEqualTo(10);
        assertThat(t.next().trafficClass).isEqualTo(0x10);
    }
}
