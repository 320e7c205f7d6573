package io.perilune.fuzz;

import io.perilune.packet.Frames;
import io.perilune.tcp.OptionsReading;

/** TCP's options: read as a naive reader reads them, and read as they were written. */
public final class TcpOptionsFuzz {

    private static final int LENGTH_MOST = 40;

    private TcpOptionsFuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        Input in = new Input(data);
        if (in.below(8) == 7) {
            int shift = in.below(16) - 1;
            OptionsReading.checkSyn(in.halfWord(), shift, in.flag(), in.flag(), in.word(), in.word());
            return;
        }
        byte[] rest = in.rest();
        OptionsReading.check(Frames.part(rest, 0, Math.min(rest.length, LENGTH_MOST)));
    }
}
