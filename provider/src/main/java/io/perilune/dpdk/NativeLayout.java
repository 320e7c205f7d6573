package io.perilune.dpdk;

import io.perilune.link.Burst;
import io.perilune.memory.BufferPool;
import io.perilune.memory.Slab;

/** The numbers that {@code native-src/src/layout.h} and this package must agree on. */
final class NativeLayout {

    /** Raised with every change of what a native method or a structure means. */
    static final int VERSION = 2;
    /** Length of a slab's header, in bytes. */
    static final int SLAB_HEADER = 2048;

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
        "flag of a kept frame",
        "length of a slab",
        "header of a slab",
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
            BurstArray.KEEP,
            Slab.LENGTH,
            SLAB_HEADER,
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
