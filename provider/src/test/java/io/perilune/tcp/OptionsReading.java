package io.perilune.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The options of a segment, read twice: by {@link TcpOptions} and by means of its own, which must agree. */
public final class OptionsReading {

    private static final int AROUND = 48;

    private OptionsReading() {}

    /** Reads options, as many bytes as a header has room for. */
    public static void check(byte[] options) {
        TcpSegment first = read(options, (byte) 0);
        TcpSegment second = read(options, (byte) 5);
        assertThat(describe(second)).as("what lies around is not looked at").isEqualTo(describe(first));
        Naive naive = new Naive();
        boolean good = naive.read(options);
        TcpSegment s = new TcpSegment();
        assertThat(TcpOptions.parse(ByteBuffer.wrap(options), 0, options.length, s))
                .isEqualTo(good);
        assertThat(describe(s)).isEqualTo(naive.describe());
        assertThat(s.windowScale).isBetween(-1, TcpOptions.WINDOW_SCALE_MAX);
        assertThat(s.sackCount).isBetween(0, TcpSegment.SACK_BLOCKS_MAX);
    }

    /** Writes options of a SYN and reads them back. */
    public static void checkSyn(int mss, int shift, boolean sack, boolean timestamps, int tsVal, int tsEcr) {
        int length = TcpOptions.synLength(shift >= 0, sack, timestamps);
        assertThat(length % 4).isZero();
        assertThat(length).isLessThanOrEqualTo(40);
        ByteBuffer bytes = ByteBuffer.allocate(length);
        TcpOptions.writeSyn(bytes, 0, mss, shift, sack, timestamps, tsVal, tsEcr);
        TcpSegment s = new TcpSegment();
        assertThat(TcpOptions.parse(bytes, 0, length, s)).isTrue();
        assertThat(s.mss).isEqualTo(mss);
        assertThat(s.windowScale).isEqualTo(shift);
        assertThat(s.sackPermitted).isEqualTo(sack);
        assertThat(s.timestamps).isEqualTo(timestamps);
        assertThat(timestamps && (s.tsVal != tsVal || s.tsEcr != tsEcr)).isFalse();
    }

    private static TcpSegment read(byte[] options, byte around) {
        ByteBuffer bytes = ByteBuffer.allocate(options.length + 2 * AROUND);
        Arrays.fill(bytes.array(), around);
        bytes.put(AROUND, options);
        TcpSegment s = new TcpSegment();
        TcpOptions.parse(bytes, AROUND, AROUND + options.length, s);
        return s;
    }

    private static String describe(TcpSegment s) {
        StringBuilder text = new StringBuilder();
        text.append(s.mss).append(' ').append(s.windowScale).append(' ').append(s.sackPermitted);
        text.append(s.timestamps ? " " + s.tsVal + "," + s.tsEcr : "");
        for (int i = 0; i < s.sackCount; i++) {
            text.append(' ').append(s.sackLeft[i]).append('-').append(s.sackRight[i]);
        }
        return text.toString();
    }

    /** A reader that thinks of nothing but the letter of RFC 9293 §3.1, RFC 2018 and RFC 7323. */
    private static final class Naive {
        private int mss;
        private int shift = -1;
        private boolean sack;
        private String timestamps = "";
        private String blocks = "";

        boolean read(byte[] o) {
            int at = 0;
            while (at < o.length && o[at] != 0) {
                if (o[at] == 1) {
                    at++;
                    continue;
                }
                if (at + 1 >= o.length || (o[at + 1] & 0xFF) < 2 || at + (o[at + 1] & 0xFF) > o.length) {
                    return false;
                }
                ByteBuffer body = ByteBuffer.wrap(o, at + 2, (o[at + 1] & 0xFF) - 2);
                if (!take(o[at], body)) {
                    return false;
                }
                at += o[at + 1] & 0xFF;
            }
            return true;
        }

        private boolean take(int kind, ByteBuffer body) {
            int length = body.remaining();
            switch (kind) {
                case 2:
                    mss = length == 2 ? body.getShort() & 0xFFFF : mss;
                    return length == 2;
                case 3:
                    shift = length == 1 ? Math.min(14, body.get() & 0xFF) : shift;
                    return length == 1;
                case 4:
                    sack = length == 0;
                    return length == 0;
                case 5:
                    return takeBlocks(body, length);
                case 8:
                    timestamps = length == 8 ? " " + body.getInt() + "," + body.getInt() : timestamps;
                    return length == 8;
                default:
                    return true;
            }
        }

        private boolean takeBlocks(ByteBuffer body, int length) {
            if (length == 0 || length % 8 != 0 || length > 32) {
                return false;
            }
            StringBuilder text = new StringBuilder();
            while (body.hasRemaining()) {
                text.append(' ').append(body.getInt()).append('-').append(body.getInt());
            }
            blocks = text.toString();
            return true;
        }

        String describe() {
            return mss + " " + shift + " " + sack + timestamps + blocks;
        }
    }
}
