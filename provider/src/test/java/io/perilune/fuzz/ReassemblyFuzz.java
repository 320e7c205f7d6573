package io.perilune.fuzz;

import io.perilune.ip.ReassemblyModel;

/** Fragments of either family into the reassembler: any order, overlaps, repetitions, gaps, many datagrams, time. */
public final class ReassemblyFuzz {

    private static final FuzzMemory MEMORY = new FuzzMemory();
    private static final int FRAGMENTS_MOST = 200;
    private static final int OFFSET_MOST = 8_191;

    private ReassemblyFuzz() {}

    /** Runs one input. */
    public static void fuzzerTestOneInput(byte[] data) {
        Input in = new Input(data);
        ReassemblyModel model = new ReassemblyModel(MEMORY.pool());
        for (int i = 0; i < FRAGMENTS_MOST && in.hasMore(); i++) {
            int choice = in.octet();
            if (choice >= 0xF8) {
                model.advance(1_000_000_000L << (choice & 7));
                continue;
            }
            boolean more = (choice & 1) == 0;
            int source = 1 + (choice >> 1 & 3);
            int identification = in.below(40);
            int units = (choice & 8) == 0 ? in.below(32) : in.halfWord() & OFFSET_MOST;
            int length = 1 + in.octet() + ((choice & 16) == 0 ? 0 : 5 * in.octet());
            length = Math.min(more ? (length + 7) / 8 * 8 : length, 65_535 - units * 8);
            if (more) {
                length &= ~7;
            }
            if (length > 0) {
                byte[] part = part(units * 8, length, (choice & 32) == 0 ? 0 : in.octet());
                model.add(source, identification, units * 8, part, more, choice >> 6);
            }
        }
        model.end();
    }

    /** The same datagram's octets wherever it is cut, unless a difference is wanted. */
    private static byte[] part(int offset, int length, int difference) {
        byte[] part = new byte[length];
        for (int i = 0; i < length; i++) {
            part[i] = (byte) ((offset + i) * 7 + ((offset + i) >> 8));
        }
        part[length - 1] = (byte) (part[length - 1] + difference);
        return part;
    }
}
