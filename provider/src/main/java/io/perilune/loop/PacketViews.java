package io.perilune.loop;

import io.perilune.tcp.Loan;

/** The views of one shard's packet buffers, made when a buffer is first lent. Guarded by the shard's role. */
final class PacketViews {

    private final Shard shard;
    private final PacketView[] byCell;
    private final boolean debug;
    private final Loan scratch = new Loan();

    /** With the debug mode no object is used twice: one that its program still has after its release is found out. */
    PacketViews(Shard shard, int cells, boolean debug) {
        this.shard = shard;
        this.debug = debug;
        this.byCell = new PacketView[cells];
    }

    /** Returns an empty loan, to be filled and given to {@link #of}. */
    Loan scratch() {
        return scratch;
    }

    /** Moves a loan to a view that nobody has. */
    PacketView of(Loan filled) {
        int cell = filled.cell();
        PacketView view = byCell[cell];
        if (view == null || debug) {
            view = new PacketView(shard);
            byCell[cell] = view;
        } else if (view.isOpen()) {
            view = new PacketView(shard); // the buffer is shared: seldom
        }
        filled.moveTo(view.loan);
        return view;
    }

    /** What to tell a program that holds as much as it may. */
    String fullText() {
        return "No buffer space available: the program holds " + shard.tcp().lentCount()
                + " packet buffers, half of all; some must be released first";
    }
}
