package io.perilune.tcp;

import static io.perilune.packet.Seg.data;
import static io.perilune.packet.Seg.seg;
import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.compliance.Rfc;
import io.perilune.packet.Sent;
import io.perilune.packet.TcpScript;
import org.junit.jupiter.api.Test;

/** Urgent data (RFC 9293 §3.8.5, RFC 6093), as far as {@link TcpStatesTest} leaves it open. */
class UrgentTest {

    private final TcpScript t = TcpScript.established();

    @Test
    @Rfc(number = 9293, section = "3.8.5", label = "MUST-62")
    void thePointerOfEachSegmentTellsTheSameOctet() {
        t.connection.write(java.nio.ByteBuffer.allocate(2000), t.nowNs);
        t.connection.writeUrgent((byte) 9, t.nowNs);
        t.tcp.flush(t.nowNs);
        Sent first = t.expect("UA", 1, 1, 1460);
        Sent second = t.expect("PUA", 1461, 1, 541);
        assertThat(first.urgentPointer).isEqualTo(2001);
        assertThat(second.urgentPointer).isEqualTo(541);
    }

    @Test
    @Rfc(number = 9293, section = "3.8.5", label = "MUST-31")
    void urgentDataOfAnyLengthIsSentAndThePointerGoesAsFarAsItReaches() {
        t.inject(seg("A").seq(1).ack(1).window(65_535));
        t.write(70_000);
        t.skip();
        for (int i = 0; i < 10; i++) {
            assertThat(t.connection.writeUrgent((byte) i, t.nowNs)).isTrue();
        }
        t.advance(210);
        Sent again = t.next();
        assertThat(again.flags).isEqualTo("UA");
        assertThat(again.urgentPointer).isEqualTo(0xFFFF);
        assertThat(t.connection.sndUp).isEqualTo(t.mine(70_011));
    }

    @Test
    @Rfc(number = 9293, section = "3.8.5", label = "MUST-31")
    void urgentDataOverManySegmentsIsReceived() {
        t.inject(seg("UA").seq(1).ack(1).urgent(3000).bytes(1460));
        t.inject(seg("UA").seq(1461).ack(1).urgent(1540).bytes(1460));
        t.inject(seg("UA").seq(2921).ack(1).urgent(80).bytes(200));
        assertThat(t.connection.available()).isEqualTo(3119);
        assertThat(t.read(2999, 1)).isEqualTo(2999);
        assertThat(t.read(200, 3001)).isEqualTo(120);
    }

    @Test
    @Rfc(number = 9293, section = "3.8.5", label = "MUST-62")
    void thePointerOfASegmentThatIsPartlyOldStillTellsItsOctet() {
        t.inject(data(100, 1, 1));
        t.inject(seg("UA").seq(51).ack(1).urgent(60).bytes(100));
        assertThat(t.connection.available()).isEqualTo(149);
        assertThat(t.read(109, 1)).isEqualTo(109);
        assertThat(t.read(100, 111)).isEqualTo(40);
    }

    @Test
    @Rfc(number = 9293, section = "3.8.5", label = "MUST-30")
    void aPointerToWhatWasReadAlreadyIsNoHarm() {
        t.inject(data(100, 1, 1));
        t.inject(seg("UA").seq(51).ack(1).urgent(20).bytes(100));
        assertThat(t.read(200, 1)).isEqualTo(150);
        t.inject(seg("UA").seq(151).ack(1).urgent(0).bytes(10));
        assertThat(t.read(200, 151)).isEqualTo(10);
    }
}
