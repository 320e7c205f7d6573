package io.perilune.dpdk;

import io.perilune.config.Settings;
import io.perilune.link.Burst;
import io.perilune.memory.PacketBuffer;
import java.util.Map;

/** Child of {@link KernelLinkTest}: sends on a link whose kernel interface somebody has set down, then up again. */
public final class DownPeer {

    private DownPeer() {}

    /** Runs it: the link and its interface. */
    public static void main(String[] arguments) throws Exception {
        try (DpdkLink link = DpdkLinks.open(Settings.of(Map.of("link", arguments[0], "memory", "8m")))) {
            DpdkQueue queue = link.dpdkQueue(0);
            long atRest = queue.freeCells() + queue.lentCells();
            boolean upAtFirst = link.isUp();
            ip("down", arguments[1]);
            boolean upWhenDown = link.isUp();
            for (int i = 0; i < 100; i++) {
                sendBurst(queue);
            }
            ip("up", arguments[1]);
            System.out.println("up at first=" + upAtFirst + " when down=" + upWhenDown + " again=" + link.isUp());
            int sent = 0;
            for (int i = 0; i < 100; i++) {
                sent += sendBurst(queue);
                Burst received = new Burst();
                queue.rxBurst(received);
                for (int j = 0; j < received.count(); j++) {
                    received.frame(j).release();
                }
            }
            queue.pool().flushReturns();
            System.out.println("sent when up again=" + (sent > 0) + " lent="
                    + queue.pool().lentCount() + " lost=" + (atRest - queue.freeCells() - queue.lentCells()));
        }
    }

    /** Sends a burst in which every third frame is kept, and the last one is there twice; returns how many went. */
    private static int sendBurst(DpdkQueue queue) {
        Burst burst = new Burst();
        PacketBuffer[] kept = new PacketBuffer[Burst.MAX];
        for (int i = 0; i < Burst.MAX - 1; i++) {
            PacketBuffer frame = queue.pool().allocate();
            frame.append(60);
            Frames.putMac(frame.bytes(), frame.start(), 0xFFFFFFFFFFFFL);
            if (i % 3 == 0) {
                frame.retain();
                kept[i] = frame;
            }
            burst.add(frame, 0);
        }
        burst.frame(Burst.MAX - 2).retain();
        burst.add(burst.frame(Burst.MAX - 2), 0);
        int taken = queue.txBurst(burst);
        for (int i = 0; i < burst.count(); i++) {
            burst.frame(i).release();
        }
        for (PacketBuffer frame : kept) {
            if (frame != null) {
                frame.release();
            }
        }
        queue.pool().flushReturns();
        return taken;
    }

    private static void ip(String state, String name) throws Exception {
        int result = new ProcessBuilder("ip", "link", "set", name, state)
                .inheritIO()
                .start()
                .waitFor();
        if (result != 0) {
            throw new AssertionError("ip link set " + name + " " + state + ": " + result);
        }
    }
}
