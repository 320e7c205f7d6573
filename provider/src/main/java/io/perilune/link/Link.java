package io.perilune.link;

/** Where frames come from and go to: a DPDK port, the loopback link, a simulated link in a test. */
public interface Link extends AutoCloseable {

    /** Returns the link's name for messages, as the setting spelled it ({@code tap}, {@code memif:/run/x,client}). */
    String name();

    /** Returns the link's own Ethernet address in the low 48 bits. */
    long macAddress();

    /** Returns what the link can do. */
    LinkCapabilities capabilities();

    /**
     * Returns the index of the kernel's interface that has this link's other end or the link itself, or 0 if there is
     * none. It is what the scope of a link-local IPv6 address names.
     */
    default int kernelInterfaceIndex() {
        return 0;
    }

    /**
     * Returns whether the other end is there: a carrier, a peer. Any thread, also after {@link #close}; may cost a
     * microsecond: for reports, not for each turn.
     */
    default boolean isUp() {
        return true;
    }

    /** Returns how many queues there are, at least 1. */
    int queueCount();

    /** Returns a queue, by its index in [0, {@link #queueCount}). */
    LinkQueue queue(int index);

    /**
     * Returns how the link spreads flows over that many queues, or null if it does not, or nobody knows how. Any thread.
     */
    default QueueSpreading spreading(int queues) {
        return null;
    }

    /** Stops the link and takes away what it made (device, socket file). Called once, when no thread uses a queue. */
    @Override
    void close();
}
