package io.perilune.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.trace.PacketFormatter;
import java.nio.ByteBuffer;

/** The line that a trace prints about a frame: any frame gets one, and nothing beyond its end is in it. */
public final class TraceFuzz {

    private static final int LINE_MOST = 20_000;

    private TraceFuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        Input in = new Input(data);
        int type = in.oneOf(0x0800, 0x86DD, 0x0806, -1);
        byte[] frame = in.rest();
        if (type >= 0 && frame.length >= 14) {
            ByteBuffer.wrap(frame).putShort(12, (short) type);
        }
        if (type >= 0 && type != 0x0806 && frame.length > 14) {
            frame[14] = (byte) (type == 0x0800 ? 0x40 | (frame[14] & 0xF) : 0x60);
        }
        String line = PacketFormatter.format(frame);
        assertThat(line).isNotBlank().hasSizeLessThan(LINE_MOST);
        for (int i = 0; i < line.length(); i++) {
            assertThat((int) line.charAt(i)).as("a line of plain characters").isBetween(32, 126);
        }
        for (byte around : new byte[] {0, -1}) {
            ByteBuffer memory = ByteBuffer.allocate(frame.length + 128);
            while (memory.hasRemaining()) {
                memory.put(around);
            }
            memory.put(64, frame);
            assertThat(PacketFormatter.format(memory, 64, frame.length))
                    .as("what lies around a frame is not looked at")
                    .isEqualTo(line);
        }
    }
}
