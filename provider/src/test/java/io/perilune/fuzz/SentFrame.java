package io.perilune.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.NaiveChecksum;
import io.perilune.trace.PacketFormatter;
import java.nio.ByteBuffer;

/** What must hold of each frame that a host sends, whatever it answers to. Reads it by means of its own. */
final class SentFrame {

    private static final int HEADER_LENGTH = 14;

    private SentFrame() {}

    static void check(byte[] bytes, long mac, int mtu) {
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        int length = bytes.length;
        assertThat(length).isBetween(HEADER_LENGTH, HEADER_LENGTH + mtu);
        assertThat(frame.getLong(6) >>> 16).as("source").isEqualTo(mac);
        String line = PacketFormatter.format(bytes);
        assertThat(line).doesNotContain("malformed").doesNotContain("truncated");
        byte[] packet = new byte[length - HEADER_LENGTH];
        frame.get(HEADER_LENGTH, packet);
        ByteBuffer in = ByteBuffer.wrap(packet);
        switch (frame.getShort(12) & 0xFFFF) {
            case 0x0800 -> {
                int header = (packet[0] & 0xF) * 4;
                assertThat(in.getShort(2) & 0xFFFF).as(line).isEqualTo(packet.length);
                assertThat(NaiveChecksum.of(packet, 0, header)).as(line).isZero();
                // RFC 1122 §3.2.1.3: neither a group nor a broadcast address sends.
                assertThat(packet[12] & 0xF0).as(line).isLessThan(0xE0);
                if (packet[9] == 1) {
                    assertThat(NaiveChecksum.of(packet, header, packet.length - header))
                            .as(line)
                            .isZero();
                }
            }
            case 0x86DD -> {
                assertThat(in.getShort(4) & 0xFFFF).as(line).isEqualTo(packet.length - 40);
                // RFC 4291 §2.7: a group is no sender.
                assertThat(packet[8]).as(line).isNotEqualTo((byte) 0xFF);
                if (packet[6] == 58) {
                    assertThat(checksum6(in)).as(line).isZero();
                }
            }
            case 0x0806 -> assertThat(packet.length).isGreaterThanOrEqualTo(28);
            default -> throw new AssertionError("a frame of an unknown type was sent: " + line);
        }
    }

    private static int checksum6(ByteBuffer packet) {
        int length = packet.capacity() - 40;
        ByteBuffer pseudo = ByteBuffer.allocate(40 + length);
        pseudo.put(0, packet, 8, 32).putInt(32, length).putInt(36, 58).put(40, packet, 40, length);
        return NaiveChecksum.of(pseudo.array(), 0, pseudo.capacity());
    }
}
