package io.perilune.dpdk;

import io.perilune.config.Settings;
import io.perilune.link.Burst;
import io.perilune.memory.PacketBuffer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Child of {@link KernelLinkTest}: sends on an interface whose kernel keeps the frames, until no room is left. */
public final class StuckPeer {

    private static final int BURSTS = 100;
    private static final long LIMIT_MS = 20_000;

    private StuckPeer() {}

    /** Runs it: the link. */
    public static void main(String[] arguments) throws Exception {
        DpdkLink link = DpdkLinks.open(Settings.of(Map.of("link", arguments[0], "memory", "16m")));
        DpdkQueue queue = link.dpdkQueue(0);
        long atRest = queue.freeCells() + queue.lentCells();
        AtomicInteger bursts = new AtomicInteger();
        int[] refused = new int[1];
        Thread driver = new Thread(
                () -> {
                    for (int i = 0; i < BURSTS; i++) {
                        refused[0] += sendBurst(queue);
                        bursts.incrementAndGet();
                    }
                    queue.pool().flushReturns();
                },
                "driver");
        driver.setDaemon(true);
        driver.start();
        driver.join(LIMIT_MS);
        if (driver.isAlive()) {
            throw new AssertionError("the driver is stuck in burst " + bursts.get());
        }
        System.out.println("bursts=" + bursts.get() + " refused=" + (refused[0] > 0) + " lent="
                + queue.pool().lentCount() + " lost=" + (atRest - queue.freeCells() - queue.lentCells()));
        link.close();
    }

    private static int sendBurst(DpdkQueue queue) {
        Burst burst = new Burst();
        for (int i = 0; i < Burst.MAX; i++) {
            PacketBuffer frame = queue.pool().allocate();
            frame.append(1000);
            Frames.putMac(frame.bytes(), frame.start(), 0xFFFFFFFFFFFFL);
            burst.add(frame, 0);
        }
        queue.txBurst(burst);
        int refused = burst.count();
        for (int i = 0; i < refused; i++) {
            burst.frame(i).release();
        }
        return refused;
    }
}
