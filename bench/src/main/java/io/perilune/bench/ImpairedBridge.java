package io.perilune.bench;

import io.perilune.config.Settings;
import io.perilune.dpdk.DpdkLinks;
import io.perilune.link.Burst;
import io.perilune.link.ImpairedLink;
import io.perilune.link.Impairment;
import io.perilune.link.Link;
import io.perilune.link.LinkQueue;
import io.perilune.memory.PacketBuffer;
import io.perilune.time.NanoClock;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A bad path between two interfaces: carries every frame from one to the other, with losses and overtaking in both
 * directions, whatever stacks are at the ends. So two stacks can be compared over the same path.
 */
public final class ImpairedBridge {

    private static final long SPIN_NS = 50_000;
    private static final long NAP_NS = 50_000;

    private final LinkQueue left;
    private final LinkQueue right;
    private final Burst received = new Burst();
    private final Burst sent = new Burst();
    private long refused;

    private ImpairedBridge(LinkQueue left, LinkQueue right) {
        this.left = left;
        this.right = right;
    }

    /**
     * Runs until its standard input ends: INTERFACE INTERFACE SEED LOSS REORDERING MICROSECONDS. The chances, from 0 to 1,
     * are those of each frame, in each direction; the last is how long a frame is held back that others overtake.
     */
    public static void main(String[] arguments) throws IOException {
        NanoClock clock = System::nanoTime;
        Impairment impairment = Impairment.NONE
                .withLoss(Double.parseDouble(arguments[3]))
                .withReordering(Double.parseDouble(arguments[4]), Long.parseLong(arguments[5]) * 1_000);
        try (ImpairedLink left = new ImpairedLink(open(arguments[0]), clock, Long.parseLong(arguments[2]));
                Link right = open(arguments[1])) {
            left.inward(impairment);
            left.outward(impairment);
            System.out.println("ready");
            ImpairedBridge bridge = new ImpairedBridge(left.queue(0), right.queue(0));
            bridge.run();
            System.out.println("lost " + left.lostCount() + ", refused " + bridge.refused + ", dropped by the links "
                    + (left.queue(0).droppedCount() + right.queue(0).droppedCount()));
        }
    }

    private static Link open(String name) throws IOException {
        return DpdkLinks.open(Settings.of(Map.of("link", "afpacket:" + name, "memory", "24m")));
    }

    private void run() throws IOException {
        long busyNs = System.nanoTime();
        while (System.in.available() == 0) {
            // A look at standard input is a system call: not in each pass.
            for (int i = 0; i < 4096; i++) {
                int moved = carry(left, right) + carry(right, left);
                long nowNs = System.nanoTime();
                if (moved > 0) {
                    busyNs = nowNs;
                } else if (nowNs - busyNs > SPIN_NS) {
                    LockSupport.parkNanos(NAP_NS);
                }
            }
        }
    }

    private int carry(LinkQueue from, LinkQueue to) {
        int count = from.rxBurst(received);
        for (int i = 0; i < count; i++) {
            PacketBuffer frame = received.frame(i);
            // Each link sends from its own memory.
            PacketBuffer copy = to.pool().allocateCopyOf(frame);
            frame.release();
            if (copy == null) {
                refused++;
            } else {
                sent.add(copy, 0);
            }
        }
        received.clear();
        // Also when nothing came: the link may hold frames back that are due now.
        to.txBurst(sent);
        for (int i = 0; i < sent.count(); i++) {
            refused++;
            sent.frame(i).release();
        }
        sent.clear();
        from.pool().flushReturns();
        to.pool().flushReturns();
        return count;
    }
}
