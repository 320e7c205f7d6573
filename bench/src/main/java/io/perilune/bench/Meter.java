package io.perilune.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What a server allocates in a phase: from when all connections of its client are open, to the end of the first. A
 * client has two phases, one to warm up and one that counts; the server ends when the second's connections have. Any
 * thread.
 */
final class Meter {

    /** Before the line that a server prints at the end of each phase, with a number of bytes behind it. */
    static final String LINE = "allocated ";

    private static final int PHASES = 2;

    private final int connections;
    private int opened;
    private int ended;
    private int phases;
    private boolean measuring;
    private long atStart;

    Meter(int connections) {
        this.connections = connections;
    }

    /** Returns how many bytes the live threads of this JVM have allocated so far: the stack's threads are among them. */
    static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(bytes, 0);
        }
        return sum;
    }

    /** Says that a connection is open and all is made that it needs. */
    synchronized void opened() {
        if (++opened == connections * (phases + 1)) {
            measuring = true;
            atStart = allocated();
        }
    }

    /** Says that a connection has ended, before it is closed; one of the phase before may do so late. */
    synchronized void ended() {
        if (++ended > connections * phases && measuring) {
            System.out.println(LINE + (allocated() - atStart));
            measuring = false;
            phases++;
        }
    }

    /** Returns whether the client has done all it does. */
    synchronized boolean isOver() {
        return ended == connections * PHASES;
    }
}
