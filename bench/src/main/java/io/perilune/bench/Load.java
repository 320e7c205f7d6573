package io.perilune.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How busy the cores are with other programs before a measurement. */
final class Load {

    private static final int SAMPLE_MS = 1000;
    private static final Path STAT = Path.of("/proc/stat");
    private static final int IDLE = 4;
    private static final int WAITING_FOR_DISK = 5;
    private static final int COUNTED = 9;

    private Load() {}

    /** Waits a second and returns which part of all cores' time was used in it, from 0 to 1. */
    static double busy() throws IOException, InterruptedException {
        long[] before = ticks();
        Thread.sleep(SAMPLE_MS);
        long[] after = ticks();
        long all = after[0] - before[0];
        return all == 0 ? 0 : (double) (after[1] - before[1]) / all;
    }

    /** Returns the ticks of all kinds, and those that were used. */
    private static long[] ticks() throws IOException {
        String[] words = Files.readAllLines(STAT).get(0).split(" +", -1);
        long all = 0;
        long idle = 0;
        // Behind the ninth come those of guests, which are counted before.
        for (int i = 1; i < words.length && i < COUNTED; i++) {
            long ticks = Long.parseLong(words[i]);
            all += ticks;
            idle += i == IDLE || i == WAITING_FOR_DISK ? ticks : 0;
        }
        return new long[] {all, all - idle};
    }
}
