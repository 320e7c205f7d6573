package io.perilune.ip;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.packet.NaiveChecksum;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {

    private final SplittableRandom random = new SplittableRandom(1071);

    /** RFC 1071 §3 works this example. */
    @Test
    void theExampleOfTheRfcGivesItsSum() {
        byte[] bytes = {0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7};
        long sum = InternetChecksum.sum(direct(bytes), 0, 8);
        assertThat(InternetChecksum.fold(sum)).isEqualTo(0xddf2);
        assertThat(InternetChecksum.finish(sum)).isEqualTo(~0xddf2 & 0xFFFF);
    }

    @Test
    void anyLengthAtAnyOffsetAgreesWithTheDefinition() {
        byte[] bytes = new byte[4096];
        random.nextBytes(bytes);
        ByteBuffer memory = direct(bytes);
        for (int length = 0; length < 200; length++) {
            for (int offset = 0; offset < 9; offset++) {
                assertThat(InternetChecksum.finish(InternetChecksum.sum(memory, offset, length)))
                        .as("%d bytes from %d", length, offset)
                        .isEqualTo(NaiveChecksum.of(bytes, offset, length));
            }
        }
        for (int i = 0; i < 5000; i++) {
            int offset = random.nextInt(2000);
            int length = random.nextInt(2000);
            assertThat(InternetChecksum.finish(InternetChecksum.sum(memory, offset, length)))
                    .as("%d bytes from %d", length, offset)
                    .isEqualTo(NaiveChecksum.of(bytes, offset, length));
        }
    }

    @Test
    void theLongestPacketOfOnesDoesNotOverflow() {
        byte[] bytes = new byte[65535];
        Arrays.fill(bytes, (byte) 0xFF);
        assertThat(InternetChecksum.finish(InternetChecksum.sum(direct(bytes), 0, bytes.length)))
                .isEqualTo(NaiveChecksum.of(bytes, 0, bytes.length));
    }

    @Test
    void everySumFoldsToSixteenBits() {
        for (long sum : new long[] {0, 0xFFFF, 0x10000, 0xFFFF_FFFFL, 0x1_0000_0000L, 0xFFFF_FFFF_FFFFL, 1L << 62}) {
            assertThat(InternetChecksum.fold(sum)).isBetween(0, 0xFFFF);
        }
        assertThat(InternetChecksum.fold(Long.MAX_VALUE)).isEqualTo(0x7FFF);
    }

    @Test
    void pseudoHeadersOfBothFamiliesAgreeWithTheirLayouts() throws Exception {
        InetAddress[][] pairs = {
            {InetAddress.getByName("198.18.0.1"), InetAddress.getByName("198.18.255.254")},
            {InetAddress.getByName("fd00:7065::2"), InetAddress.getByName("2001:db8:ffff:ffff::ffff")}
        };
        for (InetAddress[] pair : pairs) {
            int addressLength = pair[0].getAddress().length;
            ByteBuffer layout = ByteBuffer.allocate(2 * addressLength + 8);
            layout.put(pair[0].getAddress())
                    .put(pair[1].getAddress())
                    .putInt(1234)
                    .putInt(6);
            long sum = InternetChecksum.pseudoHeader(
                    Addresses.high(pair[0]),
                    Addresses.low(pair[0]),
                    Addresses.high(pair[1]),
                    Addresses.low(pair[1]),
                    6,
                    1234);
            assertThat(InternetChecksum.finish(sum)).isEqualTo(NaiveChecksum.of(layout.array(), 0, layout.capacity()));
        }
    }

    /** RFC 1624 §4 works this example, on which equation 2 fails. */
    @Test
    void anUpdateAgreesWithTheRfcsExample() {
        assertThat(InternetChecksum.update(0xDD2F, 0x5555, 0x3285)).isEqualTo(0x0000);
    }

    @Test
    void anUpdateAgreesWithComputingAnew() {
        byte[] bytes = new byte[40];
        ByteBuffer memory = direct(bytes);
        for (int i = 0; i < 10_000; i++) {
            random.nextBytes(bytes);
            memory.put(0, bytes);
            int before = InternetChecksum.finish(InternetChecksum.sum(memory, 0, 40));
            int at = 2 * random.nextInt(20);
            int oldWord = memory.getShort(at) & 0xFFFF;
            int newWord = random.nextInt(0x10000);
            memory.putShort(at, (short) newWord);
            int after = InternetChecksum.finish(InternetChecksum.sum(memory, 0, 40));
            assertThat(InternetChecksum.update(before, oldWord, newWord)).isEqualTo(after);
        }
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
    }
}
