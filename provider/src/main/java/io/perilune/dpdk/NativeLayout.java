package io.perilune.dpdk;

import io.perilune.link.Burst;
import io.perilune.memory.BufferPool;
import io.perilune.memory.Slab;

/** The numbers that {@code native-src/src/layout.h} and this package must agree on. */
final class NativeLayout {

    /** Raised with every change of what a native method or a structure means. */
    static final int VERSION = 3;

    private static final String[] NAMES = {
        "version",
        "frames in a burst",
        "length of a descriptor",
        "offset of the cell",
        "offset of the offset",
        "offset of the length",
        "offset of the flags",
        "flag of a good IP checksum",
        "flag of a good TCP checksum",
        "flag of a bad TCP checksum",
        "pieces in a burst",
        "flag of a shared piece",
        "flag of a piece that is not the last",
        "length of a slab",
        "offset of the counts",
        "length of a count",
        "offset within a count",
        "offset of what returned",
        "headroom",
        "kinds of links"
    };

    private NativeLayout() {}

    private static int[] expected() {
        return new int[] {
            VERSION,
            Burst.MAX,
            BurstArray.DESCRIPTOR_LENGTH,
            BurstArray.CELL,
            BurstArray.OFFSET,
            BurstArray.LENGTH,
            BurstArray.FLAGS,
            Burst.IP_CHECKSUM_GOOD,
            Burst.L4_CHECKSUM_GOOD,
            Burst.L4_CHECKSUM_BAD,
            BurstArray.PIECES_MAX,
            BurstArray.KEEP,
            BurstArray.MORE,
            Slab.LENGTH,
            Slab.COUNTS,
            Slab.COUNT_LENGTH,
            Slab.COUNT,
            Slab.RETURNED,
            BufferPool.HEADROOM,
            LinkName.Kind.values().length
        };
    }

    /**
     * Compares what a native library reports with what this class expects.
     *
     * @return the first difference in words, or null if there is none
     */
    static String difference(int[] reported) {
        int[] expected = expected();
        for (int i = 0; i < expected.length; i++) {
            if (i >= reported.length || reported[i] != expected[i]) {
                return NAMES[i] + " is " + (i < reported.length ? reported[i] : "missing") + " in the library and "
                        + expected[i] + " in the classes";
            }
        }
        return reported.length == expected.length ? null : "the library reports more numbers than the classes know";
    }
}
