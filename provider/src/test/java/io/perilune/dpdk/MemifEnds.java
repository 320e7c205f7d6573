package io.perilune.dpdk;

import io.perilune.config.Settings;
import java.util.Map;

/**
 * Child of {@link MemifLinkTest}: both ends of a memif link in one process, opened and then closed at the same moment,
 * again and again: the second has its peer go while it goes itself.
 */
public final class MemifEnds {

    private MemifEnds() {}

    /** Runs it: the socket's path, and how often. */
    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[1]);
        for (int round = 0; round < rounds; round++) {
            DpdkLink server = open(arguments[0], "server");
            DpdkLink client = open(arguments[0], "client");
            awaitUp(client);
            if (round % 2 == 0) {
                closeTogether(server, client, round / 2);
            } else {
                closeTogether(client, server, round / 2);
            }
        }
        System.out.println("rounds=" + rounds);
    }

    private static DpdkLink open(String path, String end) throws Exception {
        return DpdkLinks.open(Settings.of(Map.of("link", "memif:" + path + "," + end, "memory", "4m")));
    }

    private static void awaitUp(DpdkLink client) {
        long deadlineNs = System.nanoTime() + 20_000_000_000L;
        while (!client.isUp()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("the ends do not find each other\n" + Eal.log());
            }
            Thread.onSpinWait();
        }
    }

    /** One after the other, at a distance that differs: the control thread hears of the first at its own time. */
    private static void closeTogether(DpdkLink first, DpdkLink second, int round) {
        first.close();
        long startNs = System.nanoTime();
        while (System.nanoTime() - startNs < round % 40 * 2_500L) {
            Thread.onSpinWait();
        }
        second.close();
    }
}
