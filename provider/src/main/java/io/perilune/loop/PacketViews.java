package io.perilune.loop;

import io.perilune.tcp.Loan;

/**
 * The views of one shard's packet buffers: one for each buffer that has ever been lent, more for those that have been
 * shared, each used again with its buffer. Guarded by the shard's role.
 */
final class PacketViews {

    private final Shard shard;
    /** Those of each cell that nobody has, as a list. */
    private final PacketView[] free;

    private final boolean debug;
    private final Loan scratch = new Loan();

    /** With the debug mode no object is used twice: one that its program still has after its release is found out. */
    PacketViews(Shard shard, int cells, boolean debug) {
        this.shard = shard;
        this.debug = debug;
        this.free = new PacketView[cells];
    }

    /** Returns an empty loan, to be filled and given to {@link #of}. */
    Loan scratch() {
        return scratch;
    }

    /** Moves a loan to a view that nobody has. */
    PacketView of(Loan filled) {
        int cell = filled.cell();
        PacketView view = free[cell];
        if (view == null) {
            view = new PacketView(shard, cell);
        } else {
            free[cell] = view.next;
            view.next = null;
        }
        filled.moveTo(view.loan);
        return view;
    }

    /** Nobody has a view any more. */
    void takeBack(PacketView view) {
        if (!debug) {
            view.next = free[view.cell];
            free[view.cell] = view;
        }
    }

    /** What to tell a program that holds as much as it may. */
    String fullText() {
        return "No buffer space available: the program holds " + shard.tcp().lentCount()
                + " packet buffers, half of all; some must be released first";
    }
}
