package io.perilune.dpdk;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Every native method. Crossing the border costs about 5 ns; what comes on top is said of each. "The driver" is the
 * thread that drives the queue at the moment: never two at once on one queue. Handles are checked in C; a wrong one, as
 * any number out of range, is an {@link IllegalStateException}. {@link NativeLoader#load} comes first.
 */
final class Native {

    /** What {@link #queueFact} tells: received frames that were dropped for their length or for want of memory. */
    static final int FACT_DROPPED = 0;
    /** How many cells are free in the native pool. */
    static final int FACT_FREE_CELLS = 1;
    /** How many cells Java holds. */
    static final int FACT_LENT_CELLS = 2;
    /** 1 if a sleep ends when a frame arrives. */
    static final int FACT_ENDS_ON_FRAME = 3;
    /** 1 if the link has its other end. */
    static final int FACT_LINK_UP = 4;
    /** The device's own Ethernet address. */
    static final int FACT_MAC = 5;
    /** How often the device's driver did not send a frame that it was given. */
    static final int FACT_SEND_ERRORS = 6;

    /** How many pieces with other holders the device has not finished with. */
    static final int FACT_IN_FLIGHT = 7;
    /** 1 if the device sends frames of two pieces. */
    static final int FACT_GATHERS = 8;

    /** The handle of no queue. */
    static final int NO_QUEUE = -1;

    private Native() {}

    /** Returns the numbers that C and Java must see alike, in {@link NativeLayout}'s order. Any thread. */
    static native int[] layout();

    /** Starts DPDK with EAL's arguments, once a process; does nothing if it runs. Takes some 10 ms. Any thread. */
    static native void ealStart(String[] arguments) throws IOException;

    /** Returns the last 16 KiB of DPDK's log. Any thread. */
    static native String ealLog();

    /**
     * Makes a device, its queues and their memory, and starts it. Takes milliseconds. Any thread.
     *
     * @param kind number of a {@link LinkName.Kind}
     * @param device DPDK's name for it
     * @param arguments of the device
     * @param kernelInterface name of the interface that it makes or uses, or empty
     * @param sizes mtu, cell size and slabs of each queue
     * @param bursts the memory of a {@link BurstArray} for each queue
     * @return the handle of the port, then of each queue
     */
    static native int[] portOpen(
            int kind, String device, String arguments, String kernelInterface, int[] sizes, ByteBuffer[] bursts)
            throws IOException;

    /** Stops and takes away a device. No thread may be in a call for its queues. Takes milliseconds. */
    static native void portClose(int port);

    /** Returns the slabs of a queue's pool, 2 MiB each. They stay mapped for the life of the process. Any thread. */
    static native ByteBuffer[] queueSlabs(int queue);

    /** Tells a number about a queue, see the constants. Any thread; up to a microsecond. */
    static native long queueFact(int queue, int fact);

    /**
     * Returns how the device spreads flows over its queues: the ten words of its key, then its redirection table; or null: it
     * does not, or does not tell. Any thread; microseconds.
     */
    static native int[] queueSpreading(int queue);

    /** Receives up to 32 frames into the queue's burst array; returns how many. The driver; from 10 ns. */
    static native int rxBurst(int queue);

    /** Sends the first frames of the queue's burst array; returns how many were taken. The driver; from 30 ns. */
    static native int txBurst(int queue, int count);

    /** Frees what the device has sent, as far as its driver tells. The driver; from 10 ns. */
    static native void reclaim(int queue);

    /** Takes free cells out of the pool, up to 32; returns how many. The driver; 100 ns. */
    static native int take(int queue, int[] cells, int most);

    /** Gives up to 32 cells back. The driver; 100 ns. */
    static native void give(int queue, int[] cells, int count);

    /** Opens an event, a descriptor to be woken by. Any thread; a system call. */
    static native int eventOpen() throws IOException;

    /** Closes an event. No thread may be in a call for it. */
    static native void eventClose(int event);

    /** Signals an event. Any thread; a system call. */
    static native void eventSignal(int event);

    /**
     * Sleeps until an event, a frame on a queue (or {@link #NO_QUEUE}), input on a descriptor (or -1), or the time is
     * over. The driver; a system call.
     */
    static native void sleep(int event, int queue, int descriptor, long timeoutNs);

    /** Gives a kernel interface its IPv4 address (unless 0), prefix and mtu, and sets it up. Any thread. */
    static native void setAddress(String kernelInterface, int address, int prefixLength, int mtu) throws IOException;

    /** Gives a kernel interface an IPv6 address, which nobody else can have. Any thread. */
    static native void setAddress6(String kernelInterface, long high, long low, int prefixLength) throws IOException;

    /** Returns the mtu of a kernel interface, in bytes; fails if there is none of that name. Any thread. */
    static native int interfaceMtu(String kernelInterface) throws IOException;
}
