package io.perilune.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The hash of network cards, against the numbers of Microsoft's verification suite for receive-side scaling. */
class ToeplitzTest {

    /** The suite's key. */
    private static final byte[] KEY =
            HexFormat.of().parseHex("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa");

    private final Toeplitz toeplitz = new Toeplitz(KEY);

    @ParameterizedTest
    @CsvSource({
        "66.9.149.187, 2794, 161.142.100.80, 1766, 51ccc178",
        "199.92.111.2, 14230, 65.69.140.83, 4739, c626b0ea",
        "24.19.198.95, 12898, 12.22.207.184, 38024, 5c2b394a",
        "38.27.205.30, 48228, 209.142.163.6, 2217, afc7327f",
        "153.39.163.191, 44251, 202.188.127.2, 1303, 10e828a2",
    })
    void flowsOfIpv4(String source, int sourcePort, String destination, int destinationPort, String hash)
            throws UnknownHostException {
        assertThat(toeplitz.hash(ipv4(source), ipv4(destination), sourcePort << 16 | destinationPort))
                .isEqualTo((int) Long.parseLong(hash, 16));
    }

    /** 3ffe:2501:200:1fff::7, port 2794, to 3ffe:2501:200:3::1, port 1766. */
    @Test
    void aFlowOfIpv6() {
        int ports = 2794 << 16 | 1766;
        assertThat(toeplitz.hash(0x3ffe_2501_0200_1fffL, 7, 0x3ffe_2501_0200_0003L, 1, ports))
                .isEqualTo(0x40207d3d);
    }

    @Test
    void flowsOfIpv6AreAsTheDefinitionSays() {
        Random random = new Random(6);
        for (int i = 0; i < 200; i++) {
            long[] halves = random.longs(4).toArray();
            int ports = random.nextInt();
            ByteBuffer input = ByteBuffer.allocate(36);
            for (long half : halves) {
                input.putLong(half);
            }
            input.putInt(ports);
            assertThat(toeplitz.hash(halves[0], halves[1], halves[2], halves[3], ports))
                    .isEqualTo(byDefinition(input.array()));
        }
    }

    @Test
    void bothDirectionsAreEqualUnderTheSymmetricKey() {
        Toeplitz symmetric = new Toeplitz(Toeplitz.symmetricKey());
        Random random = new Random(7);
        for (int i = 0; i < 1_000; i++) {
            int here = random.nextInt();
            int there = random.nextInt();
            int ports = random.nextInt();
            assertThat(symmetric.hash(here, there, ports))
                    .isEqualTo(symmetric.hash(there, here, ports << 16 | ports >>> 16));
        }
    }

    @Test
    void theTableForLinksWithoutOneIsEven() {
        QueueSpreading spreading = QueueSpreading.symmetric(3);
        int[] count = new int[3];
        Random random = new Random(8);
        for (int i = 0; i < 30_000; i++) {
            count[spreading.queueOf(spreading.hash().hash(0xC6120002, 0xC6120001, random.nextInt()))]++;
        }
        for (int flows : count) {
            assertThat(flows).isBetween(9_000, 11_000);
        }
    }

    @Test
    void aTableMustBeAsLongAsAPowerOfTwo() {
        assertThatThrownBy(() -> new QueueSpreading(toeplitz, new int[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a redirection table of 3 entries");
    }

    /** For each bit of the input that is set: the 32 bits of the key from there on. */
    private static int byDefinition(byte[] input) {
        int result = 0;
        for (int bit = 0; bit < input.length * 8; bit++) {
            if ((input[bit / 8] & (0x80 >>> (bit % 8))) != 0) {
                for (int i = 0; i < 32; i++) {
                    int place = bit + i;
                    if ((KEY[place / 8] & (0x80 >>> (place % 8))) != 0) {
                        result ^= 1 << (31 - i);
                    }
                }
            }
        }
        return result;
    }

    private static int ipv4(String text) throws UnknownHostException {
        return ByteBuffer.wrap(InetAddress.getByName(text).getAddress()).getInt();
    }
}
