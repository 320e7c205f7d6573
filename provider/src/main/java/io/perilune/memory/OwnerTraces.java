package io.perilune.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The debug mode of one pool ({@code memory.debug}): who lent and who released each buffer last, and whether somebody has
 * written into one that was free. Costs a stack trace and a pass over the buffer each time. Owned by the shard's driver.
 */
final class OwnerTraces {

    private static final long PATTERN = 0xDEAD_BEEF_DEAD_BEEFL;

    private final Throwable[] lenders;
    private final Throwable[] releasers;
    /** Whether a free cell is filled with the pattern: not after it was with the source. */
    private final boolean[] filled;

    OwnerTraces(int cells) {
        lenders = new Throwable[cells];
        releasers = new Throwable[cells];
        filled = new boolean[cells];
    }

    /** A buffer is lent that has been free on the pool's own list. */
    void onAllocated(PacketBuffer buffer) {
        int cell = buffer.cell();
        if (filled[cell]) {
            filled[cell] = false;
            for (int at = buffer.base(); at <= buffer.base() + buffer.capacity() - Long.BYTES; at += Long.BYTES) {
                if (buffer.bytes().getLong(at) != PATTERN) {
                    throw failure("written after its release, at byte " + (at - buffer.base()) + " or behind", buffer);
                }
            }
        }
        onLent(buffer);
    }

    /** A buffer is lent that came from the source or the device. */
    void onLent(PacketBuffer buffer) {
        lenders[buffer.cell()] = new Throwable("lent");
        filled[buffer.cell()] = false;
    }

    /** The last reference is gone. */
    void onReleased(PacketBuffer buffer) {
        int cell = buffer.cell();
        releasers[cell] = new Throwable("released");
        lenders[cell] = null;
        filled[cell] = true;
        for (int at = buffer.base(); at <= buffer.base() + buffer.capacity() - Long.BYTES; at += Long.BYTES) {
            buffer.bytes().putLong(at, PATTERN);
        }
    }

    /** It is the device's or the source's: whatever is written there now is its own affair. */
    void onLeft(PacketBuffer buffer) {
        lenders[buffer.cell()] = null;
        filled[buffer.cell()] = false;
    }

    /** Returns what to throw where a buffer is used that is not lent: by whom it was released last is the cause. */
    IllegalStateException failure(String what, PacketBuffer buffer) {
        return new IllegalStateException(what + ": " + buffer, releasers[buffer.cell()]);
    }

    /** Returns a text for each buffer that is lent now: who lent it. */
    List<String> leaks(PacketBuffer[] buffers) {
        List<String> leaks = new ArrayList<>();
        for (PacketBuffer buffer : buffers) {
            Throwable lender = lenders[buffer.cell()];
            if (lender != null && buffer.references() > 0) {
                StringBuilder text = new StringBuilder("not released: ").append(buffer);
                Arrays.stream(lender.getStackTrace()).skip(2).limit(12).forEach(frame -> text.append("\n    lent at ")
                        .append(frame));
                leaks.add(text.toString());
            }
        }
        return leaks;
    }
}
